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
}

export async function stochasticLanczosQuadrature(
  operator: LinearOperator,
  options: QuadratureOptions,
): Promise<Quadrature> {
  const dimension = operator.size;
  const known = options.known.map(({ value }) => ({ value, weight: 1 / dimension }));
  const rest = 1 - known.length / dimension;
  const perProbe: DensityNode[][] = [];
  while (perProbe.length < options.probes) {
    const count = Math.min(Math.max(1, options.parallel), options.probes - perProbe.length);
    const done = perProbe.length;
    const batch = await advanceTogether(operator, options, count, (fraction) =>
      options.onStep?.((done + count * fraction) / options.probes),
    );
    perProbe.push(
      ...batch.map((nodes) =>
        [...known, ...nodes.map(({ value, weight }) => ({ value, weight: weight * rest }))].sort(
          (a, b) => a.value - b.value,
        ),
      ),
    );
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

async function advanceTogether(
  operator: LinearOperator,
  options: QuadratureOptions,
  count: number,
  onStep: (fraction: number) => void,
): Promise<DensityNode[][]> {
  const known = options.known.map(({ vector }) => vector);
  const processes = Array.from({ length: count }, () => start(options.random, operator.size, known));
  for (let step = 0; step < options.steps; step++) {
    const active = processes.filter(({ next }) => next !== undefined);
    if (active.length === 0) break;
    const products = await operator.applyBlock(active.map(({ next }) => next as Float64Array));
    active.forEach((process, i) => advance(process, products[i] as Float64Array, known, operator));
    onStep((step + 1) / options.steps);
  }
  return processes.map(({ diagonal, offDiagonal }) =>
    gaussQuadrature(Float64Array.from(diagonal), Float64Array.from(offDiagonal.slice(0, diagonal.length - 1))),
  );
}

function start(random: Random, size: number, known: readonly Float64Array[]): Process {
  const next = random.rademacherVector(size);
  orthogonalise(next, known);
  const length = normalise(next);
  return { basis: [], diagonal: [], offDiagonal: [], next: length > 1e-8 * Math.sqrt(size) ? next : undefined };
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
