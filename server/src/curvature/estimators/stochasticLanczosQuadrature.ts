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
  /** Of each probe with the known pairs; weights sum to 1. */
  readonly perProbe: readonly ProbeQuadrature[];
}

/** The quadrature of one probe, and what its Lanczos run gave some steps earlier: as long as these differ, it is not converged. */
export interface ProbeQuadrature {
  readonly nodes: readonly DensityNode[];
  /** None where the Krylov space is exhausted: the nodes then are eigenvalues. */
  readonly earlier: readonly (readonly DensityNode[])[];
}

/** All eigenvalues of a matrix as the quadrature of a probe. */
export const exactQuadrature = (values: ArrayLike<number>): ProbeQuadrature => ({
  nodes: Array.from(values, (value) => ({ value, weight: 1 / values.length })),
  earlier: [],
});

/** Part of a run after which its quadratures are kept. */
const EARLIEST = 0.75;

export async function stochasticLanczosQuadrature(
  operator: LinearOperator,
  options: QuadratureOptions,
): Promise<Quadrature> {
  const dimension = operator.size;
  const known = options.known.map(({ value }) => ({ value, weight: 1 / dimension }));
  const rest = 1 - known.length / dimension;
  const vectors = options.known.map(({ vector }) => vector);
  const perProbe: ProbeQuadrature[] = [];
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
    perProbe.push(...batch.map(({ nodes, earlier }) => ({ nodes: withKnown(nodes), earlier: earlier.map(withKnown) })));
  }
  const nodes = perProbe.flatMap((own) =>
    own.nodes.map(({ value, weight }) => ({ value, weight: weight / perProbe.length })),
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
): Promise<ProbeQuadrature[]> {
  const known = options.known.map(({ vector }) => vector);
  const processes = starts.map(startAt);
  for (let step = 0; step < options.steps; step++) {
    const active = processes.filter(({ next }) => next !== undefined);
    if (active.length === 0) break;
    const products = await operator.applyBlock(active.map(({ next }) => next as Float64Array));
    active.forEach((process, i) => advance(process, products[i] as Float64Array, known, operator));
    options.onStep?.((step + 1) / options.steps);
  }
  return processes.map(quadratureOf);
}

function quadratureOf({ diagonal, offDiagonal, next }: Process): ProbeQuadrature {
  const steps = diagonal.length;
  const after = (count: number): DensityNode[] =>
    count === 0
      ? []
      : gaussQuadrature(
          Float64Array.from(diagonal.slice(0, count)),
          Float64Array.from(offDiagonal.slice(0, count - 1)),
        );
  const first = Math.max(1, Math.ceil(EARLIEST * steps));
  // A Krylov space that is exhausted has found every eigenvalue that the vector sees.
  const kept = next === undefined ? 0 : Math.max(0, steps - first);
  return { nodes: after(steps), earlier: Array.from({ length: kept }, (_, i) => after(first + i)) };
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
  process.basis.push(single ? new Float32Array(current) : current);
  const size = norm(product);
  orthogonalise(product, known);
  const coefficients = orthogonalise(product, process.basis);
  process.diagonal.push(coefficients.at(-1) ?? 0);
  const length = normalise(product);
  process.offDiagonal.push(length);
  const exhausted = process.basis.length + known.length >= operator.size || length <= 32 * operator.roundoff * size;
  process.next = exhausted ? undefined : product;
}
