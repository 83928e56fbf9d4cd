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
  readonly perProbe: readonly (readonly ProbeNode[])[];
}

/** A node and the cell whose mass it stands for, halfway to its neighbours; a known eigenvalue is a cell of length 0. */
export interface ProbeNode extends DensityNode {
  readonly from: number;
  readonly to: number;
}

/** All eigenvalues of a matrix as the quadrature of a probe. */
export const exactNodes = (values: ArrayLike<number>): ProbeNode[] =>
  Array.from(values, (value) => ({ value, weight: 1 / values.length, from: value, to: value }));

export async function stochasticLanczosQuadrature(
  operator: LinearOperator,
  options: QuadratureOptions,
): Promise<Quadrature> {
  const dimension = operator.size;
  const known = options.known.map(({ value }) => ({ value, weight: 1 / dimension, from: value, to: value }));
  const rest = 1 - known.length / dimension;
  const vectors = options.known.map(({ vector }) => vector);
  const perProbe: ProbeNode[][] = [];
  const withKnown = (nodes: readonly ProbeNode[]): ProbeNode[] =>
    [...known, ...nodes.map((node) => ({ ...node, weight: node.weight * rest }))].sort((a, b) => a.value - b.value);
  while (perProbe.length < options.probes) {
    const count = Math.min(Math.max(1, options.parallel), options.probes - perProbe.length);
    const done = perProbe.length;
    const starts = Array.from({ length: count }, () => probeOff(options.random, operator.size, vectors));
    const batch = await vectorQuadratures(operator, starts, {
      ...options,
      onStep: (fraction) => options.onStep?.((done + count * fraction) / options.probes),
    });
    perProbe.push(...batch.map(withKnown));
  }
  const nodes = perProbe.flatMap((own) =>
    own.map(({ value, weight }) => ({ value, weight: weight / perProbe.length })),
  );
  return { nodes: mergeEqual(nodes.sort((a, b) => a.value - b.value)), perProbe };
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

/** Quadratures of the measures Σ (w·vᵢ)² δ(λ − λᵢ) of given vectors (normalised to w), which are advanced together; a zero vector has no nodes. `known`: orthogonal to them, as in `QuadratureOptions`. */
export async function vectorQuadratures(
  operator: LinearOperator,
  starts: readonly Float64Array[],
  options: Pick<QuadratureOptions, 'steps' | 'known' | 'onStep'>,
): Promise<ProbeNode[][]> {
  const known = options.known.map(({ vector }) => vector);
  const processes = starts.map(startAt);
  for (let step = 0; step < options.steps; step++) {
    const active = processes.filter(({ next }) => next !== undefined);
    if (active.length === 0) break;
    const products = await operator.applyBlock(active.map(({ next }) => next as Float64Array));
    active.forEach((process, i) => advance(process, products[i] as Float64Array, known, operator));
    options.onStep?.((step + 1) / options.steps);
  }
  return processes.map(nodesOf);
}

function nodesOf({ diagonal, offDiagonal, next }: Process): ProbeNode[] {
  if (diagonal.length === 0) return [];
  const nodes = gaussQuadrature(
    Float64Array.from(diagonal),
    Float64Array.from(offDiagonal.slice(0, diagonal.length - 1)),
  );
  // A Krylov space that is exhausted has found every eigenvalue that the vector sees.
  if (next === undefined) return nodes.map((node) => ({ ...node, from: node.value, to: node.value }));
  const middle = (k: number): number => ((nodes[k]?.value ?? NaN) + (nodes[k + 1]?.value ?? NaN)) / 2;
  return nodes.map((node, k) => ({
    ...node,
    from: k === 0 ? node.value : middle(k - 1),
    to: k === nodes.length - 1 ? node.value : middle(k),
  }));
}

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
