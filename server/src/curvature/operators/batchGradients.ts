import { gradient } from '../../autodiff/gradient';
import type { Engine } from '../../engine/engine';
import type { Graph } from '../../graph/node';
import type { Problem } from '../problem';
import { ChunkedProgram } from './chunkedProgram';
import { joinFlat } from './flatVector';

/** The gradient of the mean loss of each batch, all of one size, by one program. */
export async function batchGradients(
  problem: Problem,
  engine: Engine,
  batches: readonly (readonly number[])[],
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  const program = new ChunkedProgram(problem, engine, (n): Graph => {
    const { parameters, buffers, data, loss } = problem.trace(n);
    return {
      inputs: [...parameters, ...buffers, ...data],
      outputs: [joinFlat(gradient(loss, parameters), problem.parameters)],
    };
  });
  try {
    const found: Float64Array[] = [];
    await program.runAll(
      batches,
      (chunk) => ({ chunk, extra: [] }),
      (_, [result]) => found.push(Float64Array.from(result?.data ?? [])),
      signal,
    );
    return found;
  } finally {
    program.dispose();
  }
}
