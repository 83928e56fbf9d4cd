/**
 * The mean square of the Hessians of single samples without a product for each: for independent random signs εᵢ and z,
 *     E‖Σᵢ εᵢHᵢz‖² = Σᵢ E‖Hᵢz‖² = Σᵢ ‖Hᵢ‖_F²,
 * and Σᵢ εᵢHᵢz is one product with the Hessian of a weighted loss.
 */
import { gradient } from '../../autodiff/gradient';
import { jvp } from '../../autodiff/jvp';
import { vmap } from '../../autodiff/vmap';
import type { Engine } from '../../engine/engine';
import type { Graph } from '../../graph/node';
import * as op from '../../graph/operations';
import { peakBytes } from '../cost';
import type { Problem } from '../problem';
import type { Random } from '../random';
import { ChunkedProgram } from './chunkedProgram';
import { packBlock } from './chunkProducts';
import { planChunks } from './chunks';
import { joinFlat, splitFlat } from './flatVector';
import { sampleLosses } from './perSample';

/** Estimates of one run of the program. */
const BLOCK = 4;
/** Bytes of its intermediates. */
const PROGRAM_BYTES = 2 ** 26;

export class SignedSquares {
  private readonly program: ChunkedProgram;
  private readonly chunks: readonly (readonly number[])[];

  constructor(
    private readonly problem: Problem,
    private readonly engine: Engine,
    private readonly signal?: AbortSignal,
  ) {
    const build = (n: number): Graph => signedGraph(problem, n);
    const small = Math.min(2, problem.sampleCount);
    const perSample = peakBytes(build(small), engine.precision) / small;
    this.program = new ChunkedProgram(problem, engine, build);
    this.chunks = planChunks(problem.sampleCount, Math.max(1, PROGRAM_BYTES / perSample));
  }

  /** Independent estimates of (1/N)·Σᵢ ‖Hᵢ‖_F². Throws the signal's reason when cancelled. */
  async draw(count: number, random: Random): Promise<number[]> {
    const { theta, sampleCount } = this.problem;
    const estimates: number[] = [];
    while (estimates.length < count) {
      const vectors = Array.from({ length: BLOCK }, () => random.rademacherVector(theta.length));
      const signs = Array.from({ length: BLOCK }, () => random.rademacherVector(sampleCount));
      const sums = new Float64Array(BLOCK);
      // Chunks have signs of their own: products of two of them vanish in the mean and need not be drawn.
      for (const chunk of this.chunks) {
        this.signal?.throwIfAborted();
        const own = signs.map((row) => Float64Array.from(chunk, (i) => row[i] as number));
        const [squares] = await this.program.run(chunk, [
          packBlock(own, BLOCK, chunk.length, this.engine),
          packBlock(vectors, BLOCK, theta.length, this.engine),
        ]);
        sums.forEach((sum, k) => (sums[k] = sum + (squares?.data[k] ?? NaN)));
      }
      estimates.push(...sums.map((sum) => sum / sampleCount));
    }
    return estimates.slice(0, count);
  }

  dispose(): void {
    this.program.dispose();
  }
}

/** Data, signs [BLOCK, n] and vectors [BLOCK, p] → ‖Σᵢ εᵢHᵢz‖² of each, [BLOCK]. */
function signedGraph(problem: Problem, n: number): Graph {
  const { parameters, others, losses } = sampleLosses(problem, n);
  const [signs, vector] = [op.input('signs', [n]), op.input('vector', [problem.theta.length])];
  const slopes = gradient(op.reduceSum(op.mul(losses, signs), [0]), parameters);
  const parts = splitFlat(vector, problem.parameters);
  const tangents = new Map(parameters.map((parameter, t) => [parameter, parts[t] ?? op.full(0, parameter.shape)]));
  const product = joinFlat(
    jvp(slopes, tangents).map((part, t) => part ?? op.full(0, parameters[t]?.shape ?? [])),
    problem.parameters,
  );
  const square = op.reduceSum(op.mul(product, product), [0]);
  const inputs = [...parameters, ...others, signs, vector];
  return vmap({ inputs, outputs: [square] }, new Set([signs, vector]), BLOCK);
}
