/** A thread that runs programs, as the engine sees it. */
import { Worker } from 'node:worker_threads';
import type { ArrayValue } from '../../engine';
import { OnnxRuntimeError, type SessionSettings } from '../onnxSession';
import type { ProgramPlan, StagedProgram } from '../stagedProgram';
import type { FromLane, ToLane } from './laneMessages';

interface Waiting {
  readonly resolve: (results: ArrayValue[]) => void;
  readonly reject: (error: Error) => void;
}

type Asked = Omit<Extract<ToLane, { kind: 'build' }>, 'id'> | Omit<Extract<ToLane, { kind: 'run' }>, 'id'>;

export class Lane {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private next = 0;
  private failure: Error | undefined;

  /** `programPath`: the bundled laneThread program. */
  constructor(programPath: string) {
    this.worker = new Worker(programPath);
    // What waits for an answer keeps the process alive, an idle lane does not.
    this.worker.unref();
    this.worker.on('message', (message: FromLane) => this.settle(message));
    this.worker.on('error', (error) => this.fail(error.message));
    this.worker.on('exit', () => this.fail('it was stopped'));
  }

  /** Runs that were asked for and have not ended. */
  get load(): number {
    return this.waiting.size;
  }

  /** Throws `OnnxRuntimeError` as `buildProgram`. */
  async build(plan: ProgramPlan, settings: SessionSettings): Promise<StagedProgram> {
    const program = this.next++;
    await this.ask({ kind: 'build', program, plan, settings });
    const told = new Set<number>();
    return {
      run: (steady, free) => {
        const known = steady === undefined || !told.has(steady.key) ? steady : { key: steady.key, arrays: undefined };
        if (steady !== undefined) told.add(steady.key);
        return this.ask({ kind: 'run', program, steady: known, free });
      },
      forget: (key) => {
        told.delete(key);
        this.tell({ kind: 'forget', program, key });
      },
      dispose: () => this.tell({ kind: 'dispose', program }),
    };
  }

  dispose(): void {
    void this.worker.terminate();
  }

  private ask(message: Asked): Promise<ArrayValue[]> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) {
        reject(this.failure);
        return;
      }
      const id = this.next++;
      this.waiting.set(id, { resolve, reject });
      this.worker.ref();
      this.tell({ ...message, id });
    });
  }

  private tell(message: ToLane): void {
    if (this.failure === undefined) this.worker.postMessage(message);
  }

  private settle(message: FromLane): void {
    const asked = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (this.waiting.size === 0) this.worker.unref();
    if ('error' in message) asked?.reject(new OnnxRuntimeError(message.error));
    else asked?.resolve([...message.results]);
  }

  private fail(reason: string): void {
    this.failure ??= new OnnxRuntimeError(`a thread of onnxruntime ended: ${reason}`);
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }
}
