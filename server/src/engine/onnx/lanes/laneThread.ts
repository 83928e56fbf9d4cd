/** The program of a lane: a thread that makes and runs staged programs, one thing after the other. */
import { parentPort } from 'node:worker_threads';
import type { ArrayValue } from '../../engine';
import { buildProgram, type StagedProgram } from '../stagedProgram';
import type { FromLane, ToLane } from './laneMessages';

const programs = new Map<number, Promise<StagedProgram>>();

/** Results move to the engine's thread. */
function answer(message: FromLane): void {
  const buffers = 'error' in message ? [] : message.results.map(({ data }) => data.buffer);
  const moved = buffers.filter((buffer) => buffer instanceof ArrayBuffer);
  parentPort?.postMessage(message, moved);
}

async function perform(message: Extract<ToLane, { id: number }>): Promise<readonly ArrayValue[]> {
  if (message.kind === 'build') {
    const program = buildProgram(message.plan, message.settings);
    programs.set(message.program, program);
    await program;
    return [];
  }
  const program = await programs.get(message.program);
  if (program === undefined) throw new RangeError('a run of a program that is gone');
  return program.run(message.steady, message.free);
}

async function take(message: ToLane): Promise<void> {
  if (message.kind === 'build' || message.kind === 'run') {
    const { id } = message;
    try {
      answer({ id, results: await perform(message) });
    } catch (error) {
      answer({ id, error: error instanceof Error ? error.message : String(error) });
    }
    return;
  }
  // A program that could not be built has told so when it was asked for.
  const program = await programs.get(message.program)?.catch(() => undefined);
  if (message.kind === 'forget') program?.forget(message.key);
  else {
    programs.delete(message.program);
    program?.dispose();
  }
}

let previous = Promise.resolve();
parentPort?.on('message', (message: ToLane) => {
  previous = previous.then(() => take(message));
});
