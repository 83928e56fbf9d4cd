/**
 * Quantities of single samples of a separable loss: the loss of one sample is mapped over the samples, and differentiated forward where a
 * number per sample is wanted (no gradient per sample is stored for those).
 */
import { gradient } from '../../autodiff/gradient';
import { jvp } from '../../autodiff/jvp';
import { vmap } from '../../autodiff/vmap';
import type { ArrayValue, Engine } from '../../engine/engine';
import type { Graph, Node } from '../../graph/node';
import * as op from '../../graph/operations';
import { peakBytes } from '../cost';
import type { Vector } from '../linearAlgebra/vector';
import type { ParameterBlock, Problem } from '../problem';
import { ChunkedProgram } from './chunkedProgram';
import { planChunks } from './chunks';
import { packBlock } from './chunkProducts';
import { joinFlat, splitFlat } from './flatVector';

export interface PerSampleOptions {
  /** Bytes for intermediates of one run. */
  readonly memoryLimit: number;
  /** Most samples per run. */
  readonly batch: number;
  /** Vectors per run. */
  readonly blockSize: number;
  readonly signal?: AbortSignal;
}

/** ℓᵢ as a vector over n samples, with parameters that are shared by them. */
export interface SampleLosses {
  readonly parameters: readonly Node<'input'>[];
  readonly others: readonly Node<'input'>[];
  /** [n] */
  readonly losses: Node;
}

export function sampleLosses(problem: Problem, n: number): SampleLosses {
  const single = problem.trace(1);
  const inputs = [...single.parameters, ...single.buffers, ...single.data];
  const mapped = vmap({ inputs, outputs: [op.reshape(single.loss, [])] }, new Set(single.data), n);
  return {
    parameters: mapped.inputs.slice(0, single.parameters.length),
    others: mapped.inputs.slice(single.parameters.length),
    losses: mapped.outputs[0] as Node,
  };
}

/** Derivative of `node` along the flat vector `v`. */
function along(node: Node, parameters: readonly Node<'input'>[], blocks: readonly ParameterBlock[], v: Node): Node {
  const parts = splitFlat(v, blocks);
  const [tangent] = jvp([node], new Map(parameters.map((parameter, i) => [parameter, parts[i] as Node])));
  return tangent ?? op.full(0, node.shape);
}

export interface SampleGradients {
  /** ℓᵢ */
  readonly losses: Float64Array;
  /** squares[t][i] = ‖∂ℓᵢ/∂tensor t‖². */
  readonly squares: readonly Float64Array[];
}

export interface ProjectedGradients extends SampleGradients {
  /** projections[t][i] = ∂ℓᵢ/∂tensor t · (the direction's part of it). */
  readonly projections: readonly Float64Array[];
}

/** A program and the samples of each of its runs. */
interface PlannedProgram {
  readonly program: ChunkedProgram;
  readonly chunks: readonly (readonly number[])[];
}

/** Pairs that share a vector, from which on a product with it is cheaper than a form for each. */
const WORTH_A_PRODUCT = 2;
/** Forms of one run: next to the product they cost nothing, and one program serves all. */
const FORMS = 8;

/** Numbers per sample. Throws the signal's reason when cancelled. */
export class PerSample {
  private readonly programs = new Map<string, PlannedProgram>();
  private found: { readonly along: Vector; readonly gradients: Promise<ProjectedGradients> } | undefined;
  constructor(
    private readonly problem: Problem,
    private readonly engine: Engine,
    private readonly options: PerSampleOptions,
  ) {}

  /** Losses and squared norms of the gradients, per parameter tensor; computed once. */
  gradients(): Promise<SampleGradients> {
    return this.found?.gradients ?? this.gradientsAlong(new Float64Array(this.problem.theta.length));
  }

  /** The same with the gradients' components along a vector; computed once for a vector. */
  gradientsAlong(vector: Vector): Promise<ProjectedGradients> {
    if (this.found?.along !== vector) this.found = { along: vector, gradients: this.computeGradients(vector) };
    return this.found.gradients;
  }

  private async computeGradients(vector: Vector): Promise<ProjectedGradients> {
    const { parameters, sampleCount } = this.problem;
    const losses = new Float64Array(sampleCount);
    const [squares, projections] = [0, 1].map(() => parameters.map(() => new Float64Array(sampleCount))) as [
      Float64Array[],
      Float64Array[],
    ];
    const take = (rows: readonly Float64Array[], found: ArrayValue | undefined, i: number, sample: number): void =>
      rows.forEach((row, t) => (row[sample] = found?.data[i * rows.length + t] ?? NaN));
    await this.forEachChunk(
      'gradients',
      (n) => this.gradientGraph(n),
      [packBlock([vector], 1, vector.length, this.engine)],
      (chunk, [loss, square, projection]) =>
        chunk.forEach((sample, i) => {
          losses[sample] = loss?.data[i] ?? NaN;
          take(squares, square, i, sample);
          take(projections, projection, i, sample);
        }),
    );
    return { losses, squares, projections };
  }

  /** The gradient of every sample: N rows of p numbers, as wide as the engine's. */
  async gradientRows(): Promise<Vector[]> {
    const { theta } = this.problem;
    const gradients: Vector[] = [];
    await this.forEachChunk(
      'gradientRows',
      (n) => this.rowsGraph(n),
      [],
      (chunk, [part]) =>
        chunk.forEach((_, i) => {
          const row = part?.data.slice(i * theta.length, (i + 1) * theta.length);
          gradients.push(row instanceof Float32Array ? row : Float64Array.from(row ?? []));
        }),
    );
    return gradients;
  }

  /** (1/N)·Σᵢ gᵢ² for every parameter, in the order of θ. */
  async secondMoments(): Promise<Float64Array> {
    const { theta, sampleCount } = this.problem;
    const sums = new Float64Array(theta.length);
    const build = (n: number): Graph => {
      const mapped = this.rowsGraph(n);
      const [rowsOfGradients] = mapped.outputs as [Node];
      return { ...mapped, outputs: [op.reduceSum(op.mul(rowsOfGradients, rowsOfGradients), [0])] };
    };
    await this.forEachChunk('secondMoments', build, [], (_, [part]) => {
      for (let j = 0; j < sums.length; j++) sums[j] = (sums[j] as number) + (part?.data[j] as number) / sampleCount;
    });
    return sums;
  }

  /** result[k][i] = gᵢ·vectors[k]. */
  directional(vectors: readonly Vector[]): Promise<Float64Array[]> {
    return this.blocks(
      'directional',
      vectors.map((v) => [v]),
      (losses, [v]) => along(losses.losses, losses.parameters, this.problem.parameters, v as Node),
    );
  }

  /** result[k][i] = uₖᵀHᵢvₖ, Hᵢ = ∇²ℓᵢ: by one product with each u where many pairs share theirs, else by two forward derivatives. */
  bilinear(pairs: readonly (readonly [Vector, Vector])[]): Promise<Float64Array[]> {
    const sharing = new Map<Vector, number[]>();
    pairs.forEach(([u], k) => sharing.set(u, [...(sharing.get(u) ?? []), k]));
    return pairs.length >= WORTH_A_PRODUCT * sharing.size
      ? this.formsByProducts(pairs, sharing)
      : this.formsByTangents(pairs);
  }

  private formsByTangents(pairs: readonly (readonly [Vector, Vector])[]): Promise<Float64Array[]> {
    return this.blocks('bilinear', pairs, ({ losses, parameters }, [u, v]) => {
      const first = along(losses, parameters, this.problem.parameters, u as Node);
      return along(first, parameters, this.problem.parameters, v as Node);
    });
  }

  /** `sharing`: the pairs with the same first vector. */
  private async formsByProducts(
    pairs: readonly (readonly [Vector, Vector])[],
    sharing: ReadonlyMap<Vector, readonly number[]>,
  ): Promise<Float64Array[]> {
    const { theta, sampleCount } = this.problem;
    const results = pairs.map(() => new Float64Array(sampleCount));
    const k = FORMS;
    for (const [u, own] of sharing)
      for (let first = 0; first < own.length; first += k) {
        const block = own.slice(first, first + k);
        const others = this.rows(
          block.map((pair) => (pairs[pair] as readonly [Vector, Vector])[1]),
          k,
          theta.length,
        );
        await this.forEachChunk(
          'forms',
          this.formsGraph,
          [packBlock([u], 1, theta.length, this.engine), others],
          (chunk, [found]) =>
            chunk.forEach((sample, i) =>
              block.forEach((pair, row) => {
                (results[pair] as Float64Array)[sample] = found?.data[i * k + row] ?? NaN;
              }),
            ),
        );
      }
    return results;
  }

  private readonly formsGraph = (n: number): Graph => {
    const others = op.input('others', [FORMS, this.problem.theta.length]);
    const along = { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] };
    return this.productGraph(n, [others], (product) => op.dot(others, product, along));
  };

  /** What follows from Hᵢv, [p], of every one of n samples; inputs beside the data: v and `others`. */
  private productGraph(n: number, others: readonly Node<'input'>[], value: (product: Node) => Node): Graph {
    const { parameters, theta } = this.problem;
    const single = this.problem.trace(1);
    const v = op.input('vector', [theta.length]);
    const parts = splitFlat(v, parameters);
    const tangents = new Map(single.parameters.map((parameter, t) => [parameter, parts[t] as Node]));
    const products = jvp(gradient(single.loss, single.parameters), tangents);
    const flat = joinFlat(
      products.map((product, t) => product ?? op.full(0, parameters[t]?.shape ?? [])),
      parameters,
    );
    const inputs = [...single.parameters, ...single.buffers, ...single.data, v, ...others];
    return vmap({ inputs, outputs: [value(flat)] }, new Set(single.data), n);
  }

  /** result[k][i] = D³ℓᵢ[uₖ, vₖ, wₖ], by three forward derivatives. */
  trilinear(triples: readonly (readonly [Vector, Vector, Vector])[]): Promise<Float64Array[]> {
    return this.blocks('trilinear', triples, ({ losses, parameters }, vectors) =>
      vectors.reduce((derivative, v) => along(derivative, parameters, this.problem.parameters, v), losses),
    );
  }

  /** result[k] = Σᵢ weights[k][i]·gᵢ, by one reverse derivative of the weighted loss. */
  async weightedGradients(weights: readonly Float64Array[]): Promise<Float64Array[]> {
    const { theta, parameters } = this.problem;
    const sums = weights.map(() => new Float64Array(theta.length));
    const k = this.blockFor('weightedGradients', weights.length);
    const build = (n: number): Graph => {
      const sampled = sampleLosses(this.problem, n);
      const weight = op.input('weights', [n]);
      const total = op.reduceSum(op.mul(sampled.losses, weight), [0]);
      const flat = joinFlat(gradient(total, sampled.parameters), parameters);
      return vmap(
        { inputs: [...sampled.parameters, ...sampled.others, weight], outputs: [flat] },
        new Set([weight]),
        k,
      );
    };
    for (let first = 0; first < weights.length; first += k)
      await this.forEachChunk(
        `weightedGradients${k}`,
        build,
        (chunk) => [
          this.rows(
            weights.slice(first, first + k).map((w) => Float64Array.from(chunk, (i) => w[i] ?? 0)),
            k,
            chunk.length,
          ),
        ],
        (_, [result]) =>
          sums.slice(first, first + k).forEach((sum, row) => {
            const start = row * sum.length;
            for (let j = 0; j < sum.length; j++) sum[j] = (sum[j] as number) + (result?.data[start + j] as number);
          }),
      );
    return sums;
  }

  /** Gives back the memory of the programs; they are compiled anew when they are needed again. */
  dispose(): void {
    for (const { program } of this.programs.values()) program.dispose();
    this.programs.clear();
  }

  /** Gradients of n samples as rows. */
  private rowsGraph(n: number): Graph {
    const single = this.problem.trace(1);
    const inputs = [...single.parameters, ...single.buffers, ...single.data];
    const flat = joinFlat(gradient(single.loss, single.parameters), this.problem.parameters);
    return vmap({ inputs, outputs: [flat] }, new Set(single.data), n);
  }

  private gradientGraph(n: number): Graph {
    const single = this.problem.trace(1);
    const gradients = gradient(single.loss, single.parameters);
    const vector = op.input('vector', [this.problem.theta.length]);
    const directions = splitFlat(vector, this.problem.parameters);
    const squares = gradients.map((g) => innerProduct(g, g));
    const projections = gradients.map((g, t) => innerProduct(g, directions[t] as Node));
    const inputs = [...single.parameters, ...single.buffers, ...single.data, vector];
    const outputs = [op.reshape(single.loss, []), op.concat(squares, 0), op.concat(projections, 0)];
    return vmap({ inputs, outputs }, new Set(single.data), n);
  }

  /** A number per sample for every tuple of vectors, in blocks of tuples. */
  private async blocks(
    name: string,
    tuples: readonly (readonly Vector[])[],
    value: (losses: SampleLosses, vectors: readonly Node[]) => Node,
  ): Promise<Float64Array[]> {
    const { theta, sampleCount } = this.problem;
    const results = tuples.map(() => new Float64Array(sampleCount));
    const width = tuples[0]?.length ?? 0;
    const k = this.blockFor(name, tuples.length);
    const build = (n: number): Graph => {
      const sampled = sampleLosses(this.problem, n);
      const vectors = Array.from({ length: width }, (_, i) => op.input(`vector${i}`, [theta.length]));
      const graph = {
        inputs: [...sampled.parameters, ...sampled.others, ...vectors],
        outputs: [value(sampled, vectors)],
      };
      return vmap(graph, new Set(vectors), k);
    };
    for (let first = 0; first < tuples.length; first += k) {
      const block = tuples.slice(first, first + k);
      const vectors = Array.from({ length: width }, (_, i) =>
        this.rows(
          block.map((tuple) => tuple[i] as Vector),
          k,
          theta.length,
        ),
      );
      await this.forEachChunk(
        `${name}${k}`,
        build,
        () => vectors,
        (chunk, [result]) =>
          block.forEach((_, row) => {
            const target = results[first + row];
            chunk.forEach((sample, i) => {
              if (target !== undefined) target[sample] = result?.data[row * chunk.length + i] ?? NaN;
            });
          }),
      );
    }
    return results;
  }

  /** [k, size] even for k = 1. */
  private rows(vectors: readonly Vector[], k: number, size: number): ArrayValue {
    return { ...packBlock(vectors, k, size, this.engine), shape: [k, size] };
  }

  /** Tuples per run: a program that is there for more is worth more than one of the right size. */
  private blockFor(name: string, count: number): number {
    const { blockSize } = this.options;
    return this.programs.has(`${name}${blockSize}`) ? blockSize : Math.min(blockSize, Math.max(1, count));
  }

  /** Compiles the program of forms by products. */
  async prepareForms(): Promise<void> {
    const { program, chunks } = this.programs.get('forms') ?? this.planned('forms', this.formsGraph);
    await program.prepare(chunks);
  }

  private planned(name: string, build: (n: number) => Graph): PlannedProgram {
    const { batch, memoryLimit } = this.options;
    const small = Math.min(2, this.problem.sampleCount);
    const perSample = peakBytes(build(small), this.engine.precision) / small;
    const { concurrency } = this.engine;
    const fitting = Math.max(1, Math.floor(memoryLimit / Math.max(1, concurrency * perSample)));
    const planned = {
      program: new ChunkedProgram(this.problem, this.engine, build),
      chunks: planChunks(this.problem.sampleCount, Math.min(batch, fitting), concurrency),
    };
    this.programs.set(name, planned);
    return planned;
  }

  private async forEachChunk(
    name: string,
    build: (n: number) => Graph,
    extra: readonly ArrayValue[] | ((chunk: readonly number[]) => readonly ArrayValue[]),
    take: (chunk: readonly number[], results: readonly ArrayValue[]) => void,
  ): Promise<void> {
    const { program, chunks } = this.programs.get(name) ?? this.planned(name, build);
    await program.runAll(
      chunks,
      (chunk) => ({ chunk, extra: typeof extra === 'function' ? extra(chunk) : extra }),
      take,
      this.options.signal,
    );
  }
}

/** Σ a ⊙ b, shape [1]. */
function innerProduct(a: Node, b: Node): Node {
  const axes = a.shape.map((_, axis) => axis);
  return op.reshape(op.reduceSum(op.mul(a, b), axes), [1]);
}
