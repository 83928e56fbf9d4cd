import type { ArrayValue, Engine, Executable } from '../../engine/engine';
import type { Graph, Node } from '../../graph/node';
import { simplify } from '../../graph/simplify/simplify';
import type { Problem } from '../problem';
import { asTensors } from '../problem';

/** A program per chunk length, with the parameters bound; inputs that follow the data are given at each run. */
export class ChunkedProgram {
  private readonly compiled = new Map<
    number,
    { readonly executable: Executable; readonly data: readonly Node<'input'>[] }
  >();
  constructor(
    private readonly problem: Problem,
    private readonly engine: Engine,
    private readonly build: (n: number) => Graph,
  ) {}

  async run(chunk: readonly number[], extra: readonly ArrayValue[]): Promise<ArrayValue[]> {
    let program = this.compiled.get(chunk.length);
    if (program === undefined) {
      const graph = simplify(this.build(chunk.length));
      const values = [...asTensors(this.problem.parameters, this.problem.theta), ...this.problem.buffers];
      const bound = new Map(values.map((value, i) => [graph.inputs[i] as Node<'input'>, value]));
      program = { executable: await this.engine.compile(graph, { bound }), data: graph.inputs.slice(values.length) };
      this.compiled.set(chunk.length, program);
    }
    // A sample mapped over n is [n, 1, …] where the batch has [n, …].
    const { executable, data } = program;
    const batch = this.problem.batch(chunk).map((value, i) => ({ ...value, shape: data[i]?.shape ?? value.shape }));
    return executable.run([...batch, ...extra]);
  }

  dispose(): void {
    for (const { executable } of this.compiled.values()) executable.dispose();
    this.compiled.clear();
  }
}
