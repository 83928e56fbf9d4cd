/**
 * Products with a curvature matrix of the mean loss over all samples. One program serves all: it is split into what depends on the
 * parameters alone (computed once and bound, so that an engine bakes it in), what also depends on the data (computed once per
 * chunk of samples, kept where memory allows) and what is linear in the vector (run per block of vectors).
 */
import { partialEvaluate } from '../../autodiff/partialEvaluate';
import { vmap } from '../../autodiff/vmap';
import type { ArrayValue, Engine, Executable } from '../../engine/engine';
import type { Graph, Node } from '../../graph/node';
import { dependents, topologicalOrder } from '../../graph/node';
import { input } from '../../graph/operations';
import { simplify } from '../../graph/simplify/simplify';
import { bytesOf, operationsIn, peakBytes } from '../cost';
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { ROUNDOFF } from '../linearAlgebra/linearOperator';
import type { Vector } from '../linearAlgebra/vector';
import type { LossGraph, Problem } from '../problem';
import { asTensors } from '../problem';
import { planChunks } from './chunks';
import { withFoldedScales } from './foldedScales';
import { joinFlat, splitFlat } from './flatVector';

/** (loss, one vector per parameter) → product, one node per parameter. */
export type CurvatureProduct = (graph: LossGraph, vectors: readonly Node[]) => readonly Node[];

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

/** A program for chunks of n samples, not yet compiled. */
interface SplitProgram {
  readonly setup: Graph;
  readonly apply: Graph;
  /** Both in one. */
  readonly whole: Graph;
  readonly residuals: readonly Node[];
  /** residuals[i] depends on the data. */
  readonly ofData: readonly boolean[];
  readonly parameters: readonly Node<'input'>[];
  readonly data: readonly Node<'input'>[];
}

function splitProgram(problem: Problem, product: CurvatureProduct, n: number, k: number): SplitProgram {
  const graph = withFoldedScales(problem.trace(n));
  const v = input('vector', [problem.theta.length]);
  const flat = joinFlat(product(graph, splitFlat(v, problem.parameters)), problem.parameters);
  const single: Graph = { inputs: [...graph.parameters, ...graph.buffers, ...graph.data, v], outputs: [flat] };
  const batched = simplify(k === 1 ? single : vmap(single, new Set([v]), k));
  const fixedCount = batched.inputs.length - 1;
  const { setup, apply, residuals, whole } = partialEvaluate(batched, batched.inputs.slice(fixedCount));
  const parameterCount = graph.parameters.length + graph.buffers.length;
  const data = batched.inputs.slice(parameterCount, fixedCount);
  const varying = dependents(topologicalOrder(residuals), data);
  return {
    setup,
    apply,
    whole,
    residuals,
    ofData: residuals.map((node) => varying.has(node)),
    parameters: batched.inputs.slice(0, parameterCount),
    data,
  };
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

function programCost(problem: Problem, engine: Engine, product: CurvatureProduct, n: number, k: number): ProgramCost {
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
  const room = Math.max(options.memoryLimit / 2 - fixed('work'), options.memoryLimit / 16);
  const handy = Math.max(1, Math.floor(HANDY_WORK / Math.max(1, slope('work'))));
  const fitting = Math.max(1, Math.floor(room / Math.max(1, slope('kept') + slope('work'))));
  return {
    operations: fixed('operations') + slope('operations') * sampleCount,
    residualBytes: fixed('kept') + slope('kept') * sampleCount,
    workBytesPerSample: slope('work'),
    chunks: planChunks(sampleCount, Math.min(options.batch ?? Infinity, fitting, handy)),
  };
}

/** A compiled program for chunks of one length. */
interface ChunkProgram {
  /** Data → what products need of them. */
  setUp(data: readonly ArrayValue[]): Promise<ArrayValue[]>;
  /** No further `setUp` follows: gives back the memory of its program. */
  endSetUp(): void;
  /** (what `setUp` gave, block of vectors [k, p] or [p]) → products. */
  multiply(kept: readonly ArrayValue[], vectors: ArrayValue): Promise<ArrayValue>;
  dispose(): void;
}

/** Values of `nodes`: given ones where they are inputs, else computed by the engine. */
async function evaluator(
  engine: Engine,
  inputs: readonly Node<'input'>[],
  nodes: readonly Node[],
  bound: ReadonlyMap<Node<'input'>, ArrayValue>,
): Promise<{ run(values: readonly ArrayValue[]): Promise<ArrayValue[]>; dispose(): void }> {
  const computed = nodes.filter((node) => node.primitive !== 'input');
  let executable: Executable | undefined =
    computed.length === 0 ? undefined : await engine.compile({ inputs, outputs: computed }, { bound });
  const unbound = inputs.filter((node) => !bound.has(node));
  return {
    run: async (values) => {
      const results = (await executable?.run(values)) ?? [];
      let next = 0;
      return nodes.map((node) => {
        const value = node.primitive === 'input' ? (bound.get(node) ?? values[unbound.indexOf(node)]) : results[next++];
        if (value === undefined) throw new RangeError(`no value for '${node.primitive}' of a setup program`);
        return value;
      });
    },
    dispose: () => {
      executable?.dispose();
      executable = undefined;
    },
  };
}

/** What an engine may keep for chunks of one length. */
interface Keeping {
  /** How many of them take turns; none when intermediates are made anew for every product. */
  readonly sets: number;
  /** Part of the memory for copies that make a product faster: they cost as much as several products. */
  readonly share: number;
}

function valuesOfParameters(program: SplitProgram, problem: Problem): Map<Node<'input'>, ArrayValue> {
  const values = [...asTensors(problem.parameters, problem.theta), ...problem.buffers];
  const bound = new Map<Node<'input'>, ArrayValue>();
  program.parameters.forEach((node, i) => {
    const value = values[i];
    if (value === undefined)
      throw new RangeError(`${values.length} values for ${program.parameters.length} parameters and buffers`);
    bound.set(node, value);
  });
  return bound;
}

/** For an engine that keeps what it derives: it is given the data, and splits the program by itself. */
async function compileWhole(
  program: SplitProgram,
  engine: Engine,
  bound: ReadonlyMap<Node<'input'>, ArrayValue>,
  keeping: Keeping,
): Promise<ChunkProgram> {
  const steady = { inputs: new Set(program.data), ...keeping };
  const executable = await engine.compile(program.whole, keeping.sets === 0 ? { bound } : { bound, steady });
  return {
    setUp: (data) => Promise.resolve([...data]),
    endSetUp: () => undefined,
    multiply: async (data, vectors) => (await executable.run([...data, vectors]))[0] as ArrayValue,
    dispose: () => executable.dispose(),
  };
}

/** For any other engine: one program makes the residuals, another one multiplies. */
async function compileParts(
  program: SplitProgram,
  engine: Engine,
  bound: ReadonlyMap<Node<'input'>, ArrayValue>,
): Promise<ChunkProgram> {
  const isFixed = (_: unknown, i: number): boolean => program.ofData[i] !== true;
  const isOfData = (_: unknown, i: number): boolean => program.ofData[i] === true;
  const fixed = await evaluator(engine, program.parameters, program.residuals.filter(isFixed), bound);
  const fixedValues = await fixed.run([]);
  fixed.dispose();
  const handed = program.apply.inputs.slice(0, program.residuals.length);
  const baked = new Map<Node<'input'>, ArrayValue>();
  handed.filter(isFixed).forEach((node, i) => baked.set(node, fixedValues[i] as ArrayValue));
  const setup = await evaluator(engine, program.setup.inputs, program.residuals.filter(isOfData), bound);
  const apply = await engine.compile(program.apply, { bound: baked });
  return {
    setUp: (data) => setup.run(data),
    endSetUp: () => setup.dispose(),
    multiply: async (residuals, vectors) => (await apply.run([...residuals, vectors]))[0] as ArrayValue,
    dispose: () => {
      setup.dispose();
      apply.dispose();
    },
  };
}

/**
 * The operator of `product` at the problem's θ: Σ_c (n_c/N)·(matrix of chunk c). Products are float64 sums of what the engine
 * returns. Throws `RangeError` when the samples of an inseparable loss do not fit into memory.
 */
export async function createCurvatureOperator(
  problem: Problem,
  engine: Engine,
  product: CurvatureProduct,
  options: OperatorOptions,
): Promise<CurvatureOperator> {
  const size = problem.theta.length;
  const k = Math.max(1, Math.min(options.blockSize, size));
  const cost = predictCost(problem, engine, product, { ...options, blockSize: k });
  if (!problem.separable && cost.residualBytes > options.memoryLimit)
    throw new RangeError(
      `${problem.sampleCount} samples that depend on each other (${problem.inseparableBecause ?? 'the loss is not a mean over samples'}) ` +
        `need ${Math.ceil(cost.residualBytes / 2 ** 20)} MiB, more than the limit: analyse fewer samples or use --mode eval`,
    );
  const { chunks } = cost;
  const keep = cost.residualBytes <= options.memoryLimit / 2;
  const programs = new Map<number, ChunkProgram>();
  for (const { length } of chunks)
    if (!programs.has(length)) {
      const program = splitProgram(problem, product, length, k);
      const sets = keep ? chunks.filter((chunk) => chunk.length === length).length : 0;
      const keeping = { sets, share: options.isBrief === true ? 0 : sets / chunks.length };
      const compileChunk = engine.keepsDerived ? compileWhole : compileParts;
      programs.set(length, await compileChunk(program, engine, valuesOfParameters(program, problem), keeping));
    }
  const programFor = (chunk: readonly number[]): ChunkProgram => programs.get(chunk.length) as ChunkProgram;
  const stored = new Map<readonly number[], ArrayValue[]>();
  // All at once, so that the setup's memory is free again before products need theirs.
  const store = async (): Promise<void> => {
    for (const chunk of chunks) {
      options.signal?.throwIfAborted();
      if (!stored.has(chunk)) stored.set(chunk, await programFor(chunk).setUp(problem.batch(chunk)));
    }
    for (const program of programs.values()) program.endSetUp();
  };
  const residualsOf = async (chunk: readonly number[]): Promise<ArrayValue[]> =>
    stored.get(chunk) ?? (await programFor(chunk).setUp(problem.batch(chunk)));
  let applications = 0;
  return {
    size,
    blockSize: k,
    roundoff: ROUNDOFF[engine.precision],
    chunks,
    residualBytes: keep ? cost.residualBytes : cost.residualBytes / chunks.length,
    get applications() {
      return applications;
    },
    applyBlock: async (vectors) => {
      const products = vectors.map(() => new Float64Array(size));
      if (keep && stored.size < chunks.length) await store();
      for (const chunk of chunks) {
        options.signal?.throwIfAborted();
        const residuals = await residualsOf(chunk);
        for (let first = 0; first < vectors.length; first += k) {
          options.signal?.throwIfAborted();
          const block = packBlock(vectors.slice(first, first + k), k, size, engine);
          const result = await programFor(chunk).multiply(residuals, block);
          accumulate(products.slice(first, first + k), result, chunk.length / problem.sampleCount);
        }
      }
      applications += vectors.length;
      options.onProducts?.(vectors.length);
      return products;
    },
    dispose: () => {
      for (const program of programs.values()) program.dispose();
      stored.clear();
    },
  };
}

/** Up to k vectors as rows of [k, p] in the engine's precision, missing ones zero; [p] for k = 1. */
export function packBlock(
  vectors: readonly Vector[],
  k: number,
  size: number,
  { precision }: Pick<Engine, 'precision'>,
): ArrayValue {
  const data = precision === 'float32' ? new Float32Array(k * size) : new Float64Array(k * size);
  vectors.forEach((vector, i) => data.set(vector, i * size));
  return { shape: k === 1 ? [size] : [k, size], dtype: 'float', data };
}

/** products[i] += weight·row i of `result`. */
function accumulate(products: readonly Float64Array[], result: ArrayValue, weight: number): void {
  products.forEach((product, i) => {
    const start = i * product.length;
    for (let j = 0; j < product.length; j++)
      product[j] = (product[j] as number) + weight * (result.data[start + j] as number);
  });
}
