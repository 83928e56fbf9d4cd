/**
 * Spectral density by stochastic Lanczos quadrature (Ubaru, Chen, Saad 2017; Ghorbani, Krishnan, Xiao 2019): for a random unit vector w the
 * Gauss quadrature of the measure Σ (w·vᵢ)² δ(λ − λᵢ), averaged over probes. Known eigenpairs are taken out first and enter with their
 * exact weight 1/p; the probes then see only the rest.
 */
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { normalise, orthogonalise } from '../linearAlgebra/orthogonalise';
import { gaussQuadrature } from '../linearAlgebra/tridiagonal';
import type { Vector } from '../linearAlgebra/vector';
import { norm } from '../linearAlgebra/vector';
import type { Random } from '../random';
import type { DensityNode } from '../result';
import { complementProbe } from './hutchPlusPlus';

export interface QuadratureOptions {
  readonly probes: number;
  /** Krylov dimension per probe. */
  readonly steps: number;
  /** Probes advanced together; bounds the memory to parallel·steps vectors. */
  readonly parallel: number;
  /** Converged eigenpairs, orthonormal. */
  readonly known: readonly { readonly value: number; readonly vector: Float64Array }[];
  readonly random: Random;
  readonly onStep?: (fraction: number) => void;
}

export interface Quadrature {
  /** Average over the probes, ascending; weights sum to 1. */
  readonly nodes: readonly DensityNode[];
  /** The nodes of each probe with the known pairs; weights sum to 1. */
  readonly perProbe: readonly (readonly DensityNode[])[];
  /** The same from three quarters and from half of the steps: how far they differ shows what the quadrature misses. */
  readonly coarse: readonly (readonly DensityNode[])[];
  readonly coarser: readonly (readonly DensityNode[])[];
}

/** A quadrature of the measure Σ (w·vᵢ)² δ(λ − λᵢ) of a unit vector w, and two of fewer steps; weights sum to 1. */
export interface VectorQuadrature {
  readonly nodes: readonly DensityNode[];
  readonly coarse: readonly DensityNode[];
  readonly coarser: readonly DensityNode[];
}

/** Shares of the steps behind the coarse quadratures. */
const COARSE = 0.75;
const COARSER = 0.5;

export async function stochasticLanczosQuadrature(
  operator: LinearOperator,
  options: QuadratureOptions,
): Promise<Quadrature> {
  const dimension = operator.size;
  const known = options.known.map(({ value }) => ({ value, weight: 1 / dimension }));
  const rest = 1 - known.length / dimension;
  const vectors = options.known.map(({ vector }) => vector);
  const perProbe: DensityNode[][] = [];
  const coarse: DensityNode[][] = [];
  const coarser: DensityNode[][] = [];
  const withKnown = (nodes: readonly DensityNode[]): DensityNode[] =>
    [...known, ...nodes.map(({ value, weight }) => ({ value, weight: weight * rest }))].sort(
      (a, b) => a.value - b.value,
    );
  while (perProbe.length < options.probes) {
    const count = Math.min(Math.max(1, options.parallel), options.probes - perProbe.length);
    const done = perProbe.length;
    const starts = Array.from({ length: count }, () => probeOff(options.random, operator.size, vectors));
    const batch = await vectorQuadratures(operator, starts, {
      ...options,
      onStep: (fraction) => options.onStep?.((done + count * fraction) / options.probes),
    });
    perProbe.push(...batch.map(({ nodes }) => withKnown(nodes)));
    coarse.push(...batch.map((own) => withKnown(own.coarse)));
    coarser.push(...batch.map((own) => withKnown(own.coarser)));
  }
  const nodes = perProbe.flatMap((own) =>
    own.map(({ value, weight }) => ({ value, weight: weight / perProbe.length })),
  );
  return { nodes: mergeEqual(nodes.sort((a, b) => a.value - b.value)), perProbe, coarse, coarser };
}

/** Nodes of the same value become one. */
function mergeEqual(sorted: readonly DensityNode[]): DensityNode[] {
  const merged: DensityNode[] = [];
  for (const node of sorted) {
    const last = merged.at(-1);
    if (last?.value === node.value)
      merged[merged.length - 1] = { value: node.value, weight: last.weight + node.weight };
    else merged.push(node);
  }
  return merged;
}

/** One Lanczos process. */
interface Process {
  readonly basis: Vector[];
  readonly diagonal: number[];
  readonly offDiagonal: number[];
  /** Unit vector to multiply next; undefined when the Krylov space is exhausted. */
  next: Float64Array | undefined;
}

/** Quadratures of given vectors, which are advanced together; a zero vector has no nodes. `known`: orthogonal to them, as in `QuadratureOptions`. */
export async function vectorQuadratures(
  operator: LinearOperator,
  starts: readonly Float64Array[],
  options: Pick<QuadratureOptions, 'steps' | 'known' | 'onStep'>,
): Promise<VectorQuadrature[]> {
  const known = options.known.map(({ vector }) => vector);
  const processes = starts.map(startAt);
  for (let step = 0; step < options.steps; step++) {
    const active = processes.filter(({ next }) => next !== undefined);
    if (active.length === 0) break;
    const products = await operator.applyBlock(active.map(({ next }) => next as Float64Array));
    active.forEach((process, i) => advance(process, products[i] as Float64Array, known, operator));
    options.onStep?.((step + 1) / options.steps);
  }
  return processes.map((process) => {
    const steps = process.diagonal.length;
    // A space that is exhausted is exact, however few its steps.
    const part = (share: number): number =>
      process.next === undefined ? steps : Math.max(1, Math.floor(share * steps));
    return {
      nodes: nodesOf(process, steps),
      coarse: nodesOf(process, part(COARSE)),
      coarser: nodesOf(process, part(COARSER)),
    };
  });
}

const nodesOf = ({ diagonal, offDiagonal }: Process, steps: number): DensityNode[] =>
  steps === 0
    ? []
    : gaussQuadrature(Float64Array.from(diagonal.slice(0, steps)), Float64Array.from(offDiagonal.slice(0, steps - 1)));

/** A random-sign vector off the known directions; zero where those span the space. */
function probeOff(random: Random, size: number, vectors: readonly Float64Array[]): Float64Array {
  const probe = complementProbe(random, size, { vectors });
  return norm(probe) > 1e-8 * Math.sqrt(size) ? probe : new Float64Array(size);
}

function startAt(vector: Float64Array): Process {
  const next = vector.slice();
  return { basis: [], diagonal: [], offDiagonal: [], next: normalise(next) > 0 ? next : undefined };
}

function advance(
  process: Process,
  product: Float64Array,
  known: readonly Float64Array[],
  operator: LinearOperator,
): void {
  const single = operator.roundoff > 2 ** -30;
  const current = process.next as Float64Array;
  process.basis.push(single ? Float32Array.from(current) : current);
  const size = norm(product);
  orthogonalise(product, known);
  const coefficients = orthogonalise(product, process.basis);
  process.diagonal.push(coefficients.at(-1) ?? 0);
  const length = normalise(product);
  process.offDiagonal.push(length);
  const exhausted = process.basis.length + known.length >= operator.size || length <= 32 * operator.roundoff * size;
  process.next = exhausted ? undefined : product;
}
