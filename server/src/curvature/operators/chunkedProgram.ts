import type { ArrayValue, Engine, Executable } from '../../engine/engine';
import type { Graph, Node } from '../../graph/node';
import { simplify } from '../../graph/simplify/simplify';
import type { Problem } from '../problem';
import { asTensors } from '../problem';
import { overlapped } from './overlapped';

/** What one run takes: sample numbers, and values of the inputs that follow the data. */
export interface ChunkRun {
  readonly chunk: readonly number[];
  readonly extra: readonly ArrayValue[];
}

interface Compiled {
  readonly executable: Executable;
  readonly data: readonly Node<'input'>[];
}

/** A program per chunk length, with the parameters bound; inputs that follow the data are given at each run. */
export class ChunkedProgram {
  private readonly compiled = new Map<string, Promise<Compiled>>();
  constructor(
    private readonly problem: Problem,
    private readonly engine: Engine,
    private readonly build: (n: number) => Graph,
  ) {}

  /** A run for each item, several at once where the engine can; `take` gets the results in the order of the items. */
  async runAll<Item>(
    items: readonly Item[],
    runOf: (item: Item) => ChunkRun,
    take: (item: Item, results: readonly ArrayValue[]) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const isConcurrent = this.isConcurrent(items.length);
    await overlapped(items, this.engine.concurrency, (item) => this.run(runOf(item), isConcurrent), take, signal);
  }

  /** Compiles what `runAll` of these runs needs. */
  async prepare(chunks: readonly (readonly number[])[]): Promise<void> {
    const isConcurrent = this.isConcurrent(chunks.length);
    for (const { length } of chunks) await this.programFor(length, isConcurrent);
  }

  dispose(): void {
    for (const program of this.compiled.values())
      void program.then(
        ({ executable }) => executable.dispose(),
        () => undefined,
      );
    this.compiled.clear();
  }

  private isConcurrent(runs: number): boolean {
    return this.engine.concurrency > 1 && runs > 1;
  }

  private async run({ chunk, extra }: ChunkRun, isConcurrent: boolean): Promise<ArrayValue[]> {
    const { executable, data } = await this.programFor(chunk.length, isConcurrent);
    // A sample mapped over n is [n, 1, …] where the batch has [n, …].
    const batch = this.problem.batch(chunk).map((value, i) => ({ ...value, shape: data[i]?.shape ?? value.shape }));
    return executable.run([...batch, ...extra]);
  }

  private programFor(n: number, isConcurrent: boolean): Promise<Compiled> {
    const key = `${n} ${String(isConcurrent)}`;
    const known = this.compiled.get(key);
    if (known !== undefined) return known;
    const program = this.compile(n, isConcurrent);
    this.compiled.set(key, program);
    return program;
  }

  private async compile(n: number, isConcurrent: boolean): Promise<Compiled> {
    const graph = simplify(this.build(n));
    const values = [...asTensors(this.problem.parameters, this.problem.theta), ...this.problem.buffers];
    const bound = new Map(values.map((value, i) => [graph.inputs[i] as Node<'input'>, value]));
    return {
      executable: await this.engine.compile(graph, { bound, isConcurrent }),
      data: graph.inputs.slice(values.length),
    };
  }
}
