/**
 * The mean square of the Hessians of single samples without a product for each: for independent random signs εᵢ and z,
 *     E‖Σᵢ εᵢHᵢz‖² = Σᵢ E‖Hᵢz‖² = Σᵢ ‖Hᵢ‖_F²,
 * and Σᵢ εᵢHᵢz is one product with the Hessian of a weighted loss.
 */
import { gradient } from '../../autodiff/gradient';
import { jvp } from '../../autodiff/jvp';
import type { ArrayValue, Engine } from '../../engine/engine';
import type { Graph } from '../../graph/node';
import * as op from '../../graph/operations';
import { peakBytes } from '../cost';
import type { Problem } from '../problem';
import type { Random } from '../random';
import { ChunkedProgram, type ChunkRun } from './chunkedProgram';
import { packBlock } from './chunkProducts';
import { planChunks } from './chunks';
import { joinFlat, splitFlat } from './flatVector';
import { sampleLosses } from './perSample';

/** Bytes for intermediates of one run: longer runs are no faster. */
const PROGRAM_BYTES = 2 ** 26;

export class SignedSquares {
  private readonly program: ChunkedProgram;
  private readonly chunks: readonly (readonly number[])[];

  constructor(
    private readonly problem: Problem,
    private readonly engine: Engine,
    private readonly options: { readonly batch?: number; readonly signal?: AbortSignal },
  ) {
    const build = (n: number): Graph => signedGraph(problem, n);
    const small = Math.min(2, problem.sampleCount);
    const perSample = peakBytes(build(small), engine.precision) / small;
    this.program = new ChunkedProgram(problem, engine, build);
    const fitting = Math.max(1, PROGRAM_BYTES / perSample);
    this.chunks = planChunks(problem.sampleCount, Math.min(options.batch ?? Infinity, fitting), engine.concurrency);
  }

  /** An estimate of (1/N)·Σᵢ ‖Hᵢ‖_F², independent of others. Throws the signal's reason when cancelled. */
  async draw(random: Random): Promise<number> {
    const { theta, sampleCount } = this.problem;
    const vector = random.rademacherVector(theta.length);
    const signs = random.rademacherVector(sampleCount);
    let sum = 0;
    // Chunks have signs of their own: products of two of them vanish in the mean and need not be drawn.
    const direction = packBlock([vector], 1, theta.length, this.engine);
    const runOf = (chunk: readonly number[]): ChunkRun => {
      const own = Float64Array.from(chunk, (i) => signs[i] as number);
      return { chunk, extra: [packBlock([own], 1, chunk.length, this.engine), direction] };
    };
    const add = (_: unknown, [square]: readonly ArrayValue[]): void => void (sum += square?.data[0] ?? NaN);
    await this.program.runAll(this.chunks, runOf, add, this.options.signal);
    return sum / sampleCount;
  }

  dispose(): void {
    this.program.dispose();
  }
}

/** Data, signs [n] and a vector [p] → ‖Σᵢ εᵢHᵢz‖². */
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
  return {
    inputs: [...parameters, ...others, signs, vector],
    outputs: [op.reduceSum(op.mul(product, product), [0])],
  };
}
