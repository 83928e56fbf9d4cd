/** Runs a process that opens hostile files, and another one after each that did not come to its end. */
import { fork } from 'node:child_process';
import type { Fault, Message, Task } from './messages';

/** Wall clock: a file that takes longer hangs. */
const LONGEST = 20_000;

export interface Summary {
  readonly read: number;
  readonly refused: number;
  readonly faults: readonly Fault[];
  /** Processor seconds of the slowest file. */
  readonly slowest: number;
  /** Bytes above the start, of the process that took the most. */
  readonly memory: number;
}

export async function watch(program: string, task: Task, tell: (fault: Fault) => void): Promise<Summary> {
  let summary: Summary = { read: 0, refused: 0, faults: [], slowest: 0, memory: 0 };
  const end = task.first + task.count;
  for (let first = task.first; first < end;) {
    const part = await runOne(program, { ...task, first, count: end - first }, tell);
    summary = {
      read: summary.read + part.read,
      refused: summary.refused + part.refused,
      faults: [...summary.faults, ...part.faults],
      slowest: Math.max(summary.slowest, part.slowest),
      memory: Math.max(summary.memory, part.memory),
    };
    first = part.next;
  }
  return summary;
}

function runOne(
  program: string,
  task: Task,
  tell: (fault: Fault) => void,
): Promise<Summary & { readonly next: number }> {
  return new Promise((resolve) => {
    const child = fork(program, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    const faults: Fault[] = [];
    let current = { index: task.first, name: '' };
    let ended: Extract<Message, { kind: 'ends' }> | undefined;
    let hangs = false;
    let complaint = '';
    const note = (fault: Fault): void => {
      faults.push(fault);
      tell(fault);
    };
    const kill = (): void => {
      hangs = true;
      child.kill('SIGKILL');
    };
    let timer = setTimeout(kill, LONGEST);
    child.stderr?.on('data', (chunk) => (complaint = (complaint + String(chunk)).slice(-1000)));
    child.on('message', (received) => {
      const message = received as Message;
      clearTimeout(timer);
      timer = setTimeout(kill, LONGEST);
      if (message.kind === 'begins') current = message;
      else if (message.kind === 'fault') note(message.fault);
      else ended = message;
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (ended !== undefined) {
        resolve({ ...ended, faults });
        return;
      }
      note({ ...current, reason: hangs ? 'does not end' : `ended the process (${signal ?? code}): ${complaint}` });
      resolve({ read: 0, refused: 0, slowest: 0, memory: 0, faults, next: current.index + 1 });
    });
    child.send(task);
  });
}
