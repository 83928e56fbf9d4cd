import type { ArrayValue, Engine, Executable } from '../../engine/engine';
import type { Graph } from '../../graph/node';
import { simplify } from '../../graph/simplify/simplify';
import type { Problem } from '../problem';
import { asTensors } from '../problem';
import { planRuns } from './chunks';
import { overlapped } from './overlapped';
import { sampleLosses } from './perSample';

/** Losses of every sample as a function of θ; of an inseparable loss, its value alone. */
export interface LossFunction {
  /** N losses, or one. */
  readonly evaluate: (theta: Float64Array) => Promise<Float64Array>;
  readonly dispose: () => void;
}

/** `batch`: most samples per run; all for an inseparable loss. */
export async function createLossFunction(
  problem: Problem,
  engine: Engine,
  options: { readonly batch: number; readonly signal?: AbortSignal },
): Promise<LossFunction> {
  const chunks = planRuns(problem, engine, options.batch);
  const programs = new Map<
    number,
    { readonly executable: Executable; readonly graph: Graph; readonly first: number }
  >();
  for (const { length } of chunks)
    if (!programs.has(length)) {
      const { graph, first } = lossProgram(problem, length);
      programs.set(length, {
        executable: await engine.compile(graph, { isConcurrent: chunks.length > 1 }),
        graph,
        first,
      });
    }
  return {
    evaluate: async (theta) => {
      const losses = new Float64Array(problem.separable ? problem.sampleCount : 1);
      const fixed: ArrayValue[] = [...asTensors(problem.parameters, theta), ...problem.buffers];
      const run = async (chunk: readonly number[]): Promise<ArrayValue | undefined> => {
        const program = programs.get(chunk.length);
        const batch = problem.batch(chunk).map((value, i) => ({
          ...value,
          shape: program?.graph.inputs[program.first + i]?.shape ?? value.shape,
        }));
        return (await program?.executable.run([...fixed, ...batch]))?.[0];
      };
      await overlapped(
        chunks,
        engine.concurrency,
        run,
        (chunk, result) => losses.set(result?.data ?? [NaN], problem.separable ? (chunk[0] ?? 0) : 0),
        options.signal,
      );
      return losses;
    },
    dispose: () => {
      for (const { executable } of programs.values()) executable.dispose();
      programs.clear();
    },
  };
}

/** The losses of n samples, and which input is the first of the data. */
function lossProgram(problem: Problem, n: number): { graph: Graph; first: number } {
  const first = problem.parameters.length + problem.buffers.length;
  if (problem.separable) {
    const { parameters, others, losses } = sampleLosses(problem, n);
    return { graph: simplify({ inputs: [...parameters, ...others], outputs: [losses] }), first };
  }
  const { parameters, buffers, data, loss } = problem.trace(n);
  return { graph: simplify({ inputs: [...parameters, ...buffers, ...data], outputs: [loss] }), first };
}
