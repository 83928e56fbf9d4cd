/** Runs one entry in a process of its own, so that neither its memory nor its end touches the others. */
import { fork } from 'node:child_process';
import { memoryEnvironment } from '../../server/src/worker/memoryEnvironment';
import type { EndOutcome, EntryRequest, NumbersOutcome, Outcome, TraceOutcome } from './messages';

export interface EntryResult {
  readonly trace: TraceOutcome | undefined;
  readonly numbers: readonly NumbersOutcome[];
  readonly peakMiB: number | undefined;
  /** What ended the process before it was done. */
  readonly ended: string | undefined;
}

/** Seconds for reading a model. */
const TRACE_LIMIT = 60;
const MEMORY_LIMIT_MIB = 12_000;

/** `limit`: seconds for all numbers together. */
export function runEntry(program: string, request: EntryRequest, limit: number): Promise<EntryResult> {
  return new Promise((resolve) => {
    const child = fork(program, {
      env: memoryEnvironment(process.env),
      execArgv: [`--max-old-space-size=${MEMORY_LIMIT_MIB}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const outcomes: Outcome[] = [];
    let ended: string | undefined;
    let complaint = '';
    const stopAfter = (seconds: number, what: string): NodeJS.Timeout =>
      setTimeout(() => {
        ended = `${what} took more than ${seconds} s`;
        child.kill('SIGKILL');
      }, 1000 * seconds);
    let timer = stopAfter(TRACE_LIMIT, 'reading');
    child.stderr?.on('data', (chunk) => (complaint = (complaint + String(chunk)).slice(-2000)));
    child.on('message', (message) => {
      const outcome = message as Outcome;
      outcomes.push(outcome);
      if (outcome.kind !== 'trace') return;
      clearTimeout(timer);
      timer = stopAfter(limit, 'computing');
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (code !== 0) ended ??= `the process ended with ${signal ?? code}: ${lastLine(complaint)}`;
      resolve({
        trace: outcomes.find((each) => each.kind === 'trace'),
        numbers: outcomes.filter((each) => each.kind === 'numbers'),
        peakMiB: outcomes.find((each): each is EndOutcome => each.kind === 'end')?.peakMiB,
        ended,
      });
    });
    child.send(request);
  });
}

const lastLine = (text: string): string =>
  text
    .split('\n')
    .filter((line) => /error/i.test(line))
    .at(-1)
    ?.trim() ?? '';
