/**
 * Products with a curvature matrix of the mean loss over all samples. One program serves all: it is split into what depends on the
 * parameters alone (computed once and bound, so that an engine bakes it in), what also depends on the data (computed once per
 * chunk of samples, kept where memory allows) and what is linear in the vector (run per block of vectors).
 */
import type { Engine } from '../../engine/engine';
import { bytesOf, operationsIn, peakBytes } from '../cost';
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { ROUNDOFF } from '../linearAlgebra/linearOperator';
import type { Problem } from '../problem';
import { BlockedProducts, ChunkProducts } from './chunkProducts';
import { splitProgram, type CurvatureProduct } from './chunkPrograms';
import { planChunks } from './chunks';

export interface OperatorOptions {
  /** Vectors per run of the program, k ≥ 1. */
  readonly blockSize: number;
  /** Bytes for stored intermediates. */
  readonly memoryLimit: number;
  /** Most samples per run; the memory limit may allow fewer. */
  readonly batch?: number;
  /** So few products follow that copies which make each of them faster would not pay. */
  readonly isBrief?: boolean;
  /** Told of every product, by number of vectors. */
  readonly onProducts?: (vectors: number) => void;
  readonly signal?: AbortSignal;
}

export interface CurvatureOperator extends LinearOperator {
  /** Sample numbers of each run. */
  readonly chunks: readonly (readonly number[])[];
  /** Bytes kept between applications. */
  readonly residualBytes: number;
  dispose(): void;
}

/** Expected cost of one product, before anything is compiled. */
export interface OperatorCost {
  /** Floating-point operations of one product with one vector over all samples. */
  readonly operations: number;
  /** Bytes of stored intermediates over all samples. */
  readonly residualBytes: number;
  /** Bytes of intermediates per sample while a block of k vectors is multiplied. */
  readonly workBytesPerSample: number;
  /** Sample numbers of each run. */
  readonly chunks: readonly (readonly number[])[];
}

/**
 * Bytes of intermediates that a run should not exceed: an engine's arenas are several times as large, memory touched for the first
 * time costs more than the work done in it, and longer runs are no faster per sample.
 */
const HANDY_WORK = 256 * 2 ** 20;

/** Samples of the two small programs from which the growth with the number of samples is measured. */
const MEASURED_SAMPLES = [2, 4] as const;

interface ProgramCost {
  readonly operations: number;
  readonly kept: number;
  readonly work: number;
}

/** By model and product: both are asked about for all samples, for some of them and for groups of them. */
const measured = new WeakMap<Problem['trace'], WeakMap<CurvatureProduct, Map<string, ProgramCost>>>();

function programCost(problem: Problem, engine: Engine, product: CurvatureProduct, n: number, k: number): ProgramCost {
  const ofModel = measured.get(problem.trace) ?? new WeakMap<CurvatureProduct, Map<string, ProgramCost>>();
  measured.set(problem.trace, ofModel);
  const known = ofModel.get(product) ?? new Map<string, ProgramCost>();
  ofModel.set(product, known);
  const key = [n, k, problem.theta.length, engine.precision].join(' ');
  const cost = known.get(key) ?? measureProgram(problem, engine, product, n, k);
  known.set(key, cost);
  return cost;
}

function measureProgram(
  problem: Problem,
  engine: Engine,
  product: CurvatureProduct,
  n: number,
  k: number,
): ProgramCost {
  const program = splitProgram(problem, product, n, k);
  const kept = program.residuals.filter((_, i) => program.ofData[i] === true);
  return {
    operations: operationsIn(program.apply) / k,
    kept: kept.reduce((sum, node) => sum + bytesOf(node, engine.precision), 0),
    work: peakBytes(program.apply, engine.precision) + peakBytes(program.setup, engine.precision),
  };
}

/** Cost and chunks, from the shapes of programs for a few samples. */
export function predictCost(
  problem: Problem,
  engine: Engine,
  product: CurvatureProduct,
  options: OperatorOptions,
): OperatorCost {
  const { sampleCount, separable } = problem;
  const [few, more] = MEASURED_SAMPLES;
  const k = options.blockSize;
  if (!separable || sampleCount <= more) {
    const whole = programCost(problem, engine, product, sampleCount, k);
    return {
      operations: whole.operations,
      residualBytes: whole.kept,
      workBytesPerSample: whole.work / sampleCount,
      chunks: planChunks(sampleCount, separable ? (options.batch ?? Infinity) : Infinity),
    };
  }
  const [low, high] = [few, more].map((n) => programCost(problem, engine, product, n, k)) as [ProgramCost, ProgramCost];
  // Everything is linear in the number of samples, plus a part that depends on the parameters alone.
  const slope = (part: keyof ProgramCost): number => Math.max(0, (high[part] - low[part]) / (more - few));
  const fixed = (part: keyof ProgramCost): number => Math.max(0, high[part] - more * slope(part));
  const { concurrency } = engine;
  const room = Math.max(options.memoryLimit / 2 - concurrency * fixed('work'), options.memoryLimit / 16);
  const handy = Math.max(1, Math.floor(HANDY_WORK / Math.max(1, slope('work'))));
  const fitting = Math.max(1, Math.floor(room / Math.max(1, slope('kept') + concurrency * slope('work'))));
  return {
    operations: fixed('operations') + slope('operations') * sampleCount,
    residualBytes: fixed('kept') + slope('kept') * sampleCount,
    workBytesPerSample: slope('work'),
    chunks: planChunks(sampleCount, Math.min(options.batch ?? Infinity, fitting, handy), concurrency),
  };
}

/**
 * The operator of `product` at the problem's θ: Σ_c (n_c/N)·(matrix of chunk c). Throws `RangeError` when the samples of an inseparable
 * loss do not fit into memory.
 */
export async function createCurvatureOperator(
  problem: Problem,
  engine: Engine,
  product: CurvatureProduct,
  options: OperatorOptions,
): Promise<CurvatureOperator> {
  const all = Array.from({ length: problem.sampleCount }, (_, i) => i);
  const [operator] = await createGroupOperators(problem, engine, product, [all], options);
  if (operator === undefined) throw new RangeError('a curvature matrix of no samples');
  return operator;
}

/**
 * One operator for the mean loss of each group of samples, which share programs: `dispose` of any of them disposes of all. Throws as
 * `createCurvatureOperator`.
 */
export async function createGroupOperators(
  problem: Problem,
  engine: Engine,
  product: CurvatureProduct,
  groups: readonly (readonly number[])[],
  options: OperatorOptions,
): Promise<CurvatureOperator[]> {
  const blockSize = Math.max(1, Math.min(options.blockSize, problem.theta.length));
  const count = groups.reduce((sum, { length }) => sum + length, 0);
  const cost = predictCost({ ...problem, sampleCount: count }, engine, product, { ...options, blockSize });
  if (!problem.separable && cost.residualBytes > options.memoryLimit)
    throw new RangeError(
      `${count} samples that depend on each other (${problem.inseparableBecause ?? 'the loss is not a mean over samples'}) ` +
        `need ${Math.ceil(cost.residualBytes / 2 ** 20)} MiB, more than the limit: analyse fewer samples or use --mode eval`,
    );
  const longest = cost.chunks[0]?.length ?? 1;
  const chunksOf = groups.map((group) =>
    planChunks(group.length, longest, problem.separable ? engine.concurrency : 1).map((chunk) =>
      chunk.map((i) => group[i] as number),
    ),
  );
  const chunks = chunksOf.flat();
  const keep = cost.residualBytes <= options.memoryLimit / 2;
  // The threads of an engine share the samples, or the vectors where there are few samples.
  const isShared = chunks.length === 1 && blockSize > 1 && engine.concurrency > 1;
  const compile = (vectors: number, shared = false): Promise<ChunkProducts> =>
    ChunkProducts.compile(problem, engine, product, chunks, { ...options, blockSize: vectors, keep, isShared: shared });
  const hasRoom = 2 * cost.residualBytes <= options.memoryLimit / 2;
  const width = isShared ? Math.ceil(blockSize / engine.concurrency) : blockSize;
  const blocks = await compile(width, isShared);
  const products = new BlockedProducts(blocks, blockSize, hasRoom ? () => compile(1) : undefined);
  return chunksOf.map((own): CurvatureOperator => {
    let applications = 0;
    return {
      size: problem.theta.length,
      blockSize,
      roundoff: ROUNDOFF[engine.precision],
      chunks: own,
      residualBytes: (cost.residualBytes * (keep ? own.length : 1)) / chunks.length,
      get applications() {
        return applications;
      },
      applyBlock: async (vectors) => {
        const images = await products.multiply(own, vectors);
        applications += vectors.length;
        options.onProducts?.(vectors.length);
        return images;
      },
      dispose: () => products.dispose(),
    };
  });
}
