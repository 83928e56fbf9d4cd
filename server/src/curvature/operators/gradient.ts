import { gradient } from '../../autodiff/gradient';
import type { ArrayValue, Engine } from '../../engine/engine';
import { simplify } from '../../graph/simplify/simplify';
import type { Problem } from '../problem';
import { asTensors } from '../problem';
import { planRuns } from './chunks';
import { withFoldedScales } from './foldedScales';
import { joinFlat } from './flatVector';
import { overlapped } from './overlapped';

export interface LossAndGradient {
  readonly loss: number;
  readonly gradient: Float64Array;
}

/** Told of every run of samples but the last: their number and mean loss. */
export type OnChunk = (samples: number, loss: number) => void;

/** The mean loss over all samples and its gradient as a function of θ. */
export interface GradientFunction {
  readonly evaluate: (theta: Float64Array, onChunk?: OnChunk) => Promise<LossAndGradient>;
  readonly dispose: () => void;
}

/** `batch`: most samples per run; all for an inseparable loss. */
export async function createGradient(
  problem: Problem,
  engine: Engine,
  options: { readonly batch: number; readonly signal?: AbortSignal },
): Promise<GradientFunction> {
  const { concurrency } = engine;
  const chunks = planRuns(problem, engine, options.batch);
  const compile = (n: number): ReturnType<Engine['compile']> => {
    const graph = withFoldedScales(problem.trace(n));
    const flat = joinFlat(gradient(graph.loss, graph.parameters), problem.parameters);
    const inputs = [...graph.parameters, ...graph.buffers, ...graph.data];
    return engine.compile(simplify({ inputs, outputs: [graph.loss, flat] }), { isConcurrent: chunks.length > 1 });
  };
  const programs = new Map<number, Awaited<ReturnType<Engine['compile']>>>();
  for (const { length } of chunks) if (!programs.has(length)) programs.set(length, await compile(length));
  return {
    evaluate: async (theta, onChunk) => {
      const sum = new Float64Array(theta.length);
      let loss = 0;
      const parameters: ArrayValue[] = asTensors(problem.parameters, theta);
      await overlapped(
        chunks,
        concurrency,
        async (chunk) => programs.get(chunk.length)?.run([...parameters, ...problem.buffers, ...problem.batch(chunk)]),
        (chunk, results) => {
          const weight = chunk.length / problem.sampleCount;
          const own = results?.[0]?.data[0] ?? NaN;
          loss += weight * own;
          const part = results?.[1]?.data ?? [];
          for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + weight * (part[i] as number);
          if (chunk !== chunks.at(-1)) onChunk?.(chunk.length, own);
        },
        options.signal,
      );
      return { loss, gradient: sum };
    },
    dispose: () => {
      for (const program of programs.values()) program.dispose();
    },
  };
}
