/**
 * Extreme eigenpairs of a symmetric operator, at both ends: (block) Lanczos with full reorthogonalisation and thick restarts
 * (Wu and Simon 2000, "Thick-restart Lanczos method for large symmetric eigenvalue problems"; residual bounds: Parlett, The
 * Symmetric Eigenvalue Problem, §§ 4.5, 11.7, 13).
 *
 * The projection H = Qᵀ(AQ) is kept as measured, without assuming symmetry or the three-term recurrence. With S = (H + Hᵀ)/2,
 * D = (H − Hᵀ)/2 and the part R of AQ outside of Q, a Ritz pair Ss = θs, u = Qs has
 *     ‖Au − θu‖² = ‖Ds‖² + ‖Rs‖²,
 * so the rounding of a float32 engine (D ≠ 0) is part of the residual that is reported.
 */
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { normalise, orthogonalise } from '../linearAlgebra/orthogonalise';
import { partialSymmetricEigen } from '../linearAlgebra/symmetric';
import type { Vector } from '../linearAlgebra/vector';
import { addScaled, combination, dot, norm } from '../linearAlgebra/vector';
import type { Random } from '../random';
import type { Image } from './sketch';

export interface LanczosOptions {
  /** Eigenpairs wanted at the upper and at the lower end. */
  readonly top: number;
  readonly bottom: number;
  /** Relative error of each eigenvalue to reach. */
  readonly tolerance: number;
  /** The same at the lower end, where it is another one. */
  readonly lowerTolerance?: number;
  /** Pairs at each end that are enough to stop; all that are wanted by default. */
  readonly enough?: number;
  /** Products with a vector that may be spent. */
  readonly maxApplications: number;
  /** Vectors kept before a restart, more than top + bottom + 2·block. */
  readonly maxBasis: number;
  /** Vectors per step; finds eigenvalues of up to this multiplicity without a restart. */
  readonly block: number;
  readonly random: Random;
  /** A direction near to what is looked for, if one is known: the block then is this one, mixed with a little of a random one. */
  readonly start?: Vector;
  /** What may lie next to the outermost eigenvalue at each end, where something else tells: Ritz values of few products do not show it. */
  readonly next?: Neighbours;
  /** Ritz vectors beyond the wanted ones whose images are returned; 0: no images at all. */
  readonly sketch: number;
  /** Called now and then with the state so far. */
  readonly onStep?: (state: LanczosState) => void;
}

/** Values that the second largest and the second smallest eigenvalue do not exceed. */
export interface Neighbours {
  readonly belowTop: number;
  readonly aboveBottom: number;
}

/** A Ritz pair without its vector. */
export interface RitzValue {
  readonly value: number;
  /** ‖Av − λv‖ */
  readonly residual: number;
  /**
   * Bound of the distance from `value` to an eigenvalue: the residual r, or r²/gap where the distance `gap` to the rest of the
   * spectrum (Ritz values stand for it) makes that smaller (Kato–Temple).
   */
  readonly error: number;
  readonly converged: boolean;
}

/** `vector` has length 1. */
export interface RitzPair extends RitzValue {
  readonly vector: Float64Array;
}

export interface LanczosState {
  /** The largest Ritz pair. */
  readonly largest: RitzValue | undefined;
  readonly applications: number;
  /** 0 … 1: pairs that converged. */
  readonly converged: number;
}

export interface LanczosResult {
  /** Largest first, at most `top`. */
  readonly top: readonly RitzPair[];
  /** Smallest first, at most `bottom`. */
  readonly bottom: readonly RitzPair[];
  /**
   * The wanted Ritz vectors, then those of largest |value| beyond them, not converged in general, each with its product: a sketch of the
   * operator's range. The products follow from those that built the basis; both are made when they are asked for.
   */
  readonly images: () => readonly Image[];
  readonly applications: number;
  readonly converged: boolean;
}

/** Errors below this many roundoffs of the operator's norm cannot be told from zero. */
const FLOOR = 64;
/** A new direction shorter than this many roundoffs of the operator's norm is rounding: the Krylov space is invariant. */
const BREAKDOWN = 32;
/** Share of its length below which a vector has lost so much to the basis that it is orthogonalised once more. */
const SHORT = 0.01;
/** Length of the random part of a given first direction of length 1: it keeps what is orthogonal to it in reach. */
const RANDOM_PART = 0.03;
/** After a breakdown a fresh direction is followed for this many steps before convergence is believed. */
const STEPS_AFTER_FRESH_START = 8;

/** The growing decomposition A·Q = Q·H + next·R. */
interface Decomposition {
  basis: Vector[];
  /** columns[j][i] = qᵢ·Aqⱼ; missing entries are 0 by construction. */
  columns: Float64Array[];
  /** Lengths that breakdowns and restarts dropped from Aqⱼ: rounding only. */
  dropped: number[];
  /** Orthonormal vectors that the next step multiplies. */
  next: Float64Array[];
  /** coupling[j]: components of Aq along `next` for the basis vectors from `couplingStart` on. */
  coupling: Float64Array[];
  couplingStart: number;
  stepsSinceFresh: number;
  /** Estimate of the operator's norm. */
  scale: number;
}

/** Ritz values ascending, their coordinates in the basis. */
interface Projection {
  readonly values: Float64Array;
  coordinates(k: number): Float64Array;
  residual(k: number): number;
  /** Components of A·(Ritz vector k) along the basis. */
  inside(k: number): Float64Array;
  /** Components of A·(Ritz vector k) along `next`. */
  outside(k: number): Float64Array;
  /** What is left of A·(Ritz vector k) inside the basis: rounding. */
  skew(k: number): number;
}

/** Throws `RangeError` when a product is not finite. */
export async function lanczos(operator: LinearOperator, options: LanczosOptions): Promise<LanczosResult> {
  const { size } = operator;
  const first = firstDirections(options, size);
  const block = first.length;
  const wanted = Math.min(size, options.top + options.bottom);
  const maxBasis = Math.min(size, Math.max(options.maxBasis, wanted + 3 * block + 4));
  const start = operator.applications;
  const state = startWith(first);
  for (;;) {
    await step(operator, state, options.random);
    const used = operator.applications - start;
    const full = state.basis.length >= size;
    const exhausted = used + state.next.length > options.maxApplications;
    const restartDue = state.basis.length + state.next.length > maxBasis;
    if (!full && !exhausted && !restartDue && !isCheckpoint(state.basis.length, block, size)) continue;
    const projection = project(state, operator.roundoff);
    const pairs = judge(projection, options, operator.roundoff);
    const converged = isEnough(pairs, state.basis.length, wanted, options);
    options.onStep?.(describe(pairs, used, wanted));
    const settled = state.stepsSinceFresh >= STEPS_AFTER_FRESH_START;
    if (full || exhausted || (converged && settled)) return extract(state, projection, pairs, options, used);
    if (restartDue) restart(state, projection, options, maxBasis - 2 * block);
  }
}

function firstDirections({ start, block, random }: LanczosOptions, size: number): Float64Array[] {
  const direction = Float64Array.from(start ?? []);
  if (!(normalise(direction) > 0)) return freshDirections(random, size, Math.max(1, Math.min(block, size)), []);
  for (const other of freshDirections(random, size, 1, [])) addScaled(direction, RANDOM_PART, other);
  normalise(direction);
  return [direction];
}

const startWith = (next: Float64Array[]): Decomposition => ({
  basis: [],
  columns: [],
  dropped: [],
  next,
  coupling: [],
  couplingStart: 0,
  stepsSinceFresh: STEPS_AFTER_FRESH_START,
  scale: 0,
});

/**
 * Whether to solve the projected problem now. That costs about 9b³ operations for b vectors, and keeping one more orthogonal 8bp, so it
 * is done as often as is a fifth of the latter, and at least whenever the basis has grown by an eighth.
 */
function isCheckpoint(basis: number, block: number, size: number): boolean {
  const worthwhile = (9 * basis ** 3) / (1.6 * basis * size);
  const interval = Math.min(basis / 8, worthwhile) / block;
  return Math.floor(basis / block) % Math.max(1, Math.ceil(interval)) === 0;
}

/** Multiplies the next block, extends basis and projection, and prepares the block after it. */
async function step(operator: LinearOperator, state: Decomposition, random: Random): Promise<void> {
  const products = await operator.applyBlock(state.next);
  if (!products.every((product) => Number.isFinite(norm(product))))
    throw new RangeError(
      'a product with the matrix is not finite: the loss has no finite second derivative at this point',
    );
  state.coupling.forEach((along, j) => {
    const column = state.columns[state.couplingStart + j];
    if (column !== undefined) state.columns[state.couplingStart + j] = Float64Array.of(...column, ...along);
  });
  state.couplingStart = state.basis.length;
  // Rounding of the basis to float32 is no worse than that of a float32 engine, and halves the memory.
  const single = operator.roundoff > 2 ** -30;
  state.basis.push(...state.next.map((v) => (single ? new Float32Array(v) : v)));
  const lengths = products.map(norm);
  for (const [i, product] of products.entries()) {
    state.scale = Math.max(state.scale, lengths[i] ?? 0);
    state.columns.push(orthogonalise(product, state.basis));
  }
  const threshold = BREAKDOWN * operator.roundoff * state.scale;
  const next: Float64Array[] = [];
  state.coupling = products.map((product, i) => {
    const along = orthogonalise(product, next);
    const length = norm(product);
    const room = state.basis.length + next.length < operator.size;
    const isNew = room && length > threshold;
    state.dropped.push(isNew ? 0 : length);
    if (!isNew) return along;
    normalise(product);
    // What is left of a vector that nearly vanished is orthogonal only up to its rounding; scaled, it is made so.
    if (length < SHORT * (lengths[i] ?? 0)) {
      orthogonalise(product, [...state.basis, ...next]);
      normalise(product);
    }
    next.push(product);
    return Float64Array.of(...along, length);
  });
  state.stepsSinceFresh++;
  if (next.length === 0 && state.basis.length < operator.size) {
    next.push(...freshDirections(random, operator.size, 1, state.basis));
    state.stepsSinceFresh = 0;
  }
  state.next = next;
}

/** Random orthonormal vectors orthogonal to `basis`. */
function freshDirections(random: Random, size: number, count: number, basis: readonly Vector[]): Float64Array[] {
  const fresh: Float64Array[] = [];
  while (fresh.length < count) {
    const direction = random.gaussianVector(size);
    normalise(direction);
    orthogonalise(direction, [...basis, ...fresh]);
    if (normalise(direction) > 1e-8) fresh.push(direction);
  }
  return fresh;
}

/** Solves the projected problem. */
function project(state: Decomposition, roundoff: number): Projection {
  const n = state.basis.length;
  const measured = Array.from({ length: n }, (_, i) => Float64Array.from(state.columns, (column) => column[i] ?? 0));
  const symmetric = measured.map((row, i) => row.map((entry, j) => (entry + (measured[j]?.[i] ?? 0)) / 2));
  const { values, vector } = partialSymmetricEigen(symmetric);
  state.scale = Math.max(Math.abs(values[0] ?? 0), Math.abs(values[n - 1] ?? 0));
  const outside = (k: number): Float64Array => {
    const along = new Float64Array(state.next.length);
    const s = vector(k);
    state.coupling.forEach((components, j) => {
      const coordinate = s[state.couplingStart + j] ?? 0;
      components.forEach((component, i) => (along[i] = (along[i] ?? 0) + component * coordinate));
    });
    return along;
  };
  const skew = (k: number): number => {
    const s = vector(k);
    // Ds = Hs − Ss, and Ss = θs.
    const left = Float64Array.from(measured, (row, i) => dot(row, s) - (values[k] as number) * (s[i] as number));
    const dropped = state.dropped.reduce((sum, length, j) => sum + length * Math.abs(s[j] as number), 0);
    return Math.hypot(norm(left), dropped, roundoff * state.scale);
  };
  return {
    values,
    coordinates: vector,
    inside: (k) => {
      const s = vector(k);
      return Float64Array.from(measured, (row) => dot(row, s));
    },
    outside,
    skew,
    residual: (k) => Math.hypot(norm(outside(k)), skew(k)),
  };
}

/** A Ritz pair by its position. */
interface Judged extends RitzValue {
  readonly index: number;
  readonly end: 'top' | 'bottom';
}

/** The wanted pairs with the bounds of their errors; the upper end has precedence where the two meet. */
function judge(projection: Projection, options: LanczosOptions, roundoff: number): Judged[] {
  const n = projection.values.length;
  const top = Array.from({ length: Math.min(options.top, n) }, (_, i) => ({ index: n - 1 - i, end: 'top' as const }));
  const bottom = Array.from({ length: Math.min(options.bottom, n) }, (_, i) => ({ index: i, end: 'bottom' as const }));
  const scale = Math.max(Math.abs(projection.values[0] ?? 0), Math.abs(projection.values[n - 1] ?? 0));
  return [...top, ...bottom].map(({ index, end }) => {
    const value = projection.values[index] as number;
    const residual = projection.residual(index);
    const error = Math.min(residual, kato(projection, index, residual, options.next)) + roundoff * scale;
    const tolerance = end === 'top' ? options.tolerance : (options.lowerTolerance ?? options.tolerance);
    const converged = error <= Math.max(tolerance * Math.abs(value), FLOOR * roundoff * scale);
    return { index, end, value, residual, error, converged };
  });
}

/**
 * r²/gap, the gap being to the neighbouring Ritz values less what they may still move towards this one. Infinite for a single Ritz value, which says nothing of
 * the rest of the spectrum.
 */
function kato(projection: Projection, index: number, residual: number, next: Neighbours | undefined): number {
  if (residual === 0) return 0;
  const value = projection.values[index] as number;
  const gaps = [index - 1, index + 1].flatMap((neighbour) => {
    const other = projection.values[neighbour];
    if (other === undefined) return [];
    const distance = Math.abs(value - other);
    return [distance - Math.min(projection.residual(neighbour), distance / 2)];
  });
  if (next !== undefined && index === projection.values.length - 1) gaps.push(Math.max(0, value - next.belowTop));
  if (next !== undefined && index === 0) gaps.push(Math.max(0, next.aboveBottom - value));
  return gaps.length === 0 ? Infinity : residual ** 2 / Math.min(...gaps);
}

const describe = (pairs: readonly Judged[], applications: number, wanted: number): LanczosState => ({
  largest: pairs.find(({ end }) => end === 'top'),
  applications,
  converged: pairs.filter((pair) => pair.converged).length / Math.max(1, wanted),
});

/** Indices of the pairs nearest to the ends: in proportion to what is wanted there, `count` in all. */
function outermost(n: number, options: LanczosOptions, count: number): number[] {
  const kept = Math.min(n, count);
  const upper = Math.round((kept * (options.top + 1)) / (options.top + options.bottom + 2));
  return [
    ...Array.from({ length: kept - upper }, (_, i) => i),
    ...Array.from({ length: upper }, (_, i) => n - upper + i),
  ];
}

function isEnough(pairs: readonly Judged[], basis: number, wanted: number, { enough, next }: LanczosOptions): boolean {
  if (enough === undefined) return basis >= wanted && pairs.every((pair) => pair.converged);
  const ends = (['top', 'bottom'] as const).map((side) => pairs.filter(({ end }) => end === side).slice(0, enough));
  return basis >= 2 * enough + (next === undefined ? 1 : 0) && ends.flat().every((pair) => pair.converged);
}

/** Replaces the basis by the Ritz vectors nearest to both ends; the decomposition keeps its form. */
function restart(state: Decomposition, projection: Projection, options: LanczosOptions, room: number): void {
  const wanted = options.top + options.bottom;
  const kept = outermost(projection.values.length, options, Math.min(room, wanted + Math.ceil((room - wanted) / 2)));
  const vectors = kept.map((k) => combination(state.basis, projection.coordinates(k)));
  const single = state.basis[0] instanceof Float32Array;
  state.coupling = kept.map((k) => projection.outside(k));
  state.dropped = kept.map((k) => projection.skew(k));
  state.columns = kept.map((k, position) => {
    const column = new Float64Array(kept.length);
    column[position] = projection.values[k] as number;
    return column;
  });
  state.basis = vectors.map((vector) => (single ? new Float32Array(vector) : vector));
  state.couplingStart = 0;
}

function imageOf(state: Decomposition, projection: Projection, k: number): Image {
  const product = combination(state.basis, projection.inside(k));
  projection.outside(k).forEach((along, i) => addScaled(product, along, state.next[i] as Float64Array));
  return { vector: combination(state.basis, projection.coordinates(k)), product };
}

/** The wanted pairs as vectors, and a sketch of what is largest beyond them. */
function extract(
  state: Decomposition,
  projection: Projection,
  pairs: readonly Judged[],
  options: LanczosOptions,
  applications: number,
): LanczosResult {
  const vectorOf = (k: number): Float64Array => {
    const vector = combination(state.basis, projection.coordinates(k));
    normalise(vector);
    return vector;
  };
  const made = pairs.map(({ index, end, ...pair }) => ({ end, pair: { ...pair, vector: vectorOf(index) } }));
  const taken = [...new Set(pairs.map(({ index }) => index))];
  const magnitude = (k: number): number => Math.abs(projection.values[k] ?? 0);
  const others = [...projection.values.keys()]
    .filter((k) => !taken.includes(k))
    .sort((a, b) => magnitude(b) - magnitude(a))
    .slice(0, options.sketch);
  const images = (): Image[] =>
    options.sketch === 0 ? [] : [...taken, ...others].map((k) => imageOf(state, projection, k));
  return {
    top: made.filter(({ end }) => end === 'top').map(({ pair }) => pair),
    bottom: made.filter(({ end }) => end === 'bottom').map(({ pair }) => pair),
    images,
    applications,
    converged: pairs.every((pair) => pair.converged),
  };
}
