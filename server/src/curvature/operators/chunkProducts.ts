import type { ArrayValue, Engine } from '../../engine/engine';
import type { Vector } from '../linearAlgebra/vector';
import type { Problem } from '../problem';
import { overlapped } from './overlapped';
import { compileChunkProgram, type ChunkProgram, type CurvatureProduct } from './chunkPrograms';

export interface ChunkSettings {
  /** Vectors per run of a program, k ≥ 1. */
  readonly blockSize: number;
  /** What products need of the data is made once, and kept. */
  readonly keep: boolean;
  /** Several blocks of vectors follow each other, which an engine with threads of its own may take at once. */
  readonly isShared: boolean;
  /** So few products follow that copies which make each of them faster would not pay. */
  readonly isBrief?: boolean;
  readonly signal?: AbortSignal;
}

/** Products of the curvature matrices of chunks of samples; chunks of one length share a program. */
export class ChunkProducts {
  private readonly stored = new Map<readonly number[], ArrayValue[]>();

  private constructor(
    private readonly problem: Problem,
    private readonly engine: Engine,
    private readonly programs: ReadonlyMap<number, ChunkProgram>,
    private readonly chunks: readonly (readonly number[])[],
    private readonly settings: ChunkSettings,
  ) {}

  static async compile(
    problem: Problem,
    engine: Engine,
    product: CurvatureProduct,
    chunks: readonly (readonly number[])[],
    settings: ChunkSettings,
  ): Promise<ChunkProducts> {
    const { blockSize, keep, isBrief, isShared } = settings;
    const programs = new Map<number, ChunkProgram>();
    for (const { length } of chunks) {
      if (programs.has(length)) continue;
      settings.signal?.throwIfAborted();
      const sets = keep ? chunks.filter((chunk) => chunk.length === length).length : 0;
      const share = isBrief === true ? 0 : sets / chunks.length;
      const keeping = { sets, share, isConcurrent: isShared || chunks.length > 1, isShared };
      programs.set(length, await compileChunkProgram(problem, engine, product, [length, blockSize], keeping));
    }
    return new ChunkProducts(problem, engine, programs, chunks, settings);
  }

  /** Products with the matrix of the mean loss over these of the chunks: float64 sums of what the engine returns. */
  async multiply(chunks: readonly (readonly number[])[], vectors: readonly Vector[]): Promise<Float64Array[]> {
    const { blockSize, keep, signal } = this.settings;
    const size = this.problem.theta.length;
    const samples = chunks.reduce((sum, { length }) => sum + length, 0);
    const products = vectors.map(() => new Float64Array(size));
    if (keep && this.stored.size < this.chunks.length) await this.store();
    const starts = Array.from({ length: Math.ceil(vectors.length / blockSize) }, (_, i) => i * blockSize);
    const blocks = starts.map((first) => ({
      first,
      packed: packBlock(vectors.slice(first, first + blockSize), blockSize, size, this.engine),
    }));
    let current: { readonly chunk: readonly number[]; readonly ofData: Promise<ArrayValue[]> } | undefined;
    const dataOf = (chunk: readonly number[]): Promise<ArrayValue[]> => {
      if (current?.chunk !== chunk) current = { chunk, ofData: this.ofData(chunk) };
      return current.ofData;
    };
    await overlapped(
      chunks.flatMap((chunk) => blocks.map((block) => ({ chunk, ...block }))),
      this.engine.concurrency,
      async ({ chunk, packed }) => this.programFor(chunk).multiply(await dataOf(chunk), packed),
      ({ chunk, first }, result) =>
        accumulate(products.slice(first, first + blockSize), result, chunk.length / samples),
      signal,
    );
    return products;
  }

  dispose(): void {
    for (const program of this.programs.values()) program.dispose();
    this.stored.clear();
  }

  /** All at once, so that the setup's memory is free again before products need theirs. */
  private async store(): Promise<void> {
    for (const chunk of this.chunks) {
      this.settings.signal?.throwIfAborted();
      this.stored.set(chunk, await this.ofData(chunk));
    }
    for (const program of this.programs.values()) program.endSetUp();
  }

  private async ofData(chunk: readonly number[]): Promise<ArrayValue[]> {
    return this.stored.get(chunk) ?? (await this.programFor(chunk).setUp(this.problem.batch(chunk)));
  }

  private programFor({ length }: readonly number[]): ChunkProgram {
    const program = this.programs.get(length);
    if (program === undefined) throw new RangeError(`no program for a chunk of ${length} samples`);
    return program;
  }
}

/** Vectors multiplied alone after which a program for single ones pays: it costs as much as a few products. */
const WORTH_A_PROGRAM = 4;

/** Products in blocks; what does not fill half of a block goes one by one once much has: in a block it would cost as much as a full one. */
export class BlockedProducts {
  private alone = 0;
  private single: ChunkProducts | undefined;

  /** `singleProducts`: programs for one vector at a time, or undefined where memory does not allow them. */
  constructor(
    private readonly blocks: ChunkProducts,
    private readonly blockSize: number,
    private readonly singleProducts: (() => Promise<ChunkProducts>) | undefined,
  ) {}

  async multiply(chunks: readonly (readonly number[])[], vectors: readonly Vector[]): Promise<Float64Array[]> {
    const rest = vectors.length % this.blockSize;
    if (rest === 0 || 2 * rest > this.blockSize || this.singleProducts === undefined)
      return this.blocks.multiply(chunks, vectors);
    this.alone += rest;
    if (this.alone <= WORTH_A_PROGRAM) return this.blocks.multiply(chunks, vectors);
    this.single ??= await this.singleProducts();
    const whole = vectors.length - rest;
    return [
      ...(whole === 0 ? [] : await this.blocks.multiply(chunks, vectors.slice(0, whole))),
      ...(await this.single.multiply(chunks, vectors.slice(whole))),
    ];
  }

  dispose(): void {
    this.blocks.dispose();
    this.single?.dispose();
  }
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
