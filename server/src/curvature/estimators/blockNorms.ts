/**
 * Frobenius norms of all blocks ‖H_lm‖_F. With random signs z on the columns of m, E‖(Hz)_l‖² = ‖H_lm‖_F², so one product serves all blocks of a column, and (l, m) and
 * (m, l) are two estimates of the same. A sketch U takes out most of the noise: A = H − PHP, P = I − UUᵀ, is known as WUᵀ + UWᵀ with W = HU − U(UᵀHU)/2, and
 *     ‖H_lm‖² = ‖A_lm‖² + E[‖(Hz)_l‖² − ‖(Az)_l‖²].
 */
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { addScaled, dot, dotOver, norm } from '../linearAlgebra/vector';
import type { ParameterGroup } from '../problem';
import type { Random } from '../random';
import { mean, meanHalfWidth } from '../statistics/moments';
import type { Probed } from './hutchPlusPlus';
import type { Sketch } from './sketch';

export interface BlockNorms {
  /** squares[l][m] = ‖H_lm‖_F²; symmetric. */
  readonly squares: readonly (readonly Probed[])[];
  /** Σ over l ≠ m, and over all. */
  readonly offDiagonal: Probed;
  /** Probes per column of blocks; 0 where the matrix is known. */
  readonly probes: number;
}

/** From the rows of a known matrix. */
export function exactBlockNorms(rows: readonly Float64Array[], groups: readonly ParameterGroup[]): BlockNorms {
  const square = (l: ParameterGroup, m: ParameterGroup): number => {
    let sum = 0;
    for (const [start, end] of l.ranges)
      for (let i = start; i < end; i++) sum += dotOver(rows[i] as Float64Array, rows[i] as Float64Array, m.ranges);
    return sum;
  };
  const squares = groups.map((l) => groups.map((m) => ({ value: square(l, m), halfWidth: 0 })));
  const offDiagonal = squares.reduce(
    (sum, row, l) => sum + row.reduce((part, { value }, m) => part + (l === m ? 0 : value), 0),
    0,
  );
  return { squares, offDiagonal: { value: offDiagonal, halfWidth: 0 }, probes: 0 };
}

/** `probes`: products spent on every group. */
export async function blockNorms(
  operator: LinearOperator,
  groups: readonly ParameterGroup[],
  sketch: Sketch,
  options: { readonly probes: number; readonly random: Random; readonly onProgress?: (fraction: number) => void },
): Promise<BlockNorms> {
  const known = new KnownPart(sketch, groups);
  // differences[m][l][t]
  const differences = groups.map(() => groups.map((): number[] => []));
  for (const [m, group] of groups.entries()) {
    const probes = Array.from({ length: options.probes }, () => signsOn(group, operator.size, options.random));
    const products = await operator.applyBlock(probes);
    products.forEach((product, t) => {
      const part = known.apply(probes[t] as Float64Array, group);
      groups.forEach(({ ranges }, l) =>
        differences[m]?.[l]?.push(dotOver(product, product, ranges) - dotOver(part, part, ranges)),
      );
    });
    options.onProgress?.((m + 1) / groups.length);
  }
  const valuesOf = (l: number, m: number): number[] => {
    const [there, back] = [differences[m]?.[l] ?? [], differences[l]?.[m] ?? []];
    return l === m ? there : there.map((value, t) => (value + (back[t] as number)) / 2);
  };
  const squares = groups.map((_, l) =>
    groups.map((__, m) => {
      const values = valuesOf(l, m);
      return { value: Math.max(0, known.square(l, m) + mean(values)), halfWidth: meanHalfWidth(values) };
    }),
  );
  const outside = Array.from({ length: options.probes }, (_, t) =>
    groups.reduce(
      (sum, __, l) => sum + groups.reduce((part, ___, m) => part + (l === m ? 0 : (valuesOf(l, m)[t] as number)), 0),
      0,
    ),
  );
  const knownOutside = groups.reduce(
    (sum, _, l) => sum + groups.reduce((part, __, m) => part + (l === m ? 0 : known.square(l, m)), 0),
    0,
  );
  return {
    squares,
    offDiagonal: { value: Math.max(0, knownOutside + mean(outside)), halfWidth: meanHalfWidth(outside) },
    probes: options.probes,
  };
}

/** Random signs on the group's elements, zero elsewhere. */
function signsOn({ ranges }: ParameterGroup, size: number, random: Random): Float64Array {
  const probe = new Float64Array(size);
  for (const [start, end] of ranges) probe.set(random.rademacherVector(end - start), start);
  return probe;
}

/** A = WUᵀ + UWᵀ. */
class KnownPart {
  private readonly u: readonly Float64Array[];
  private readonly w: readonly Float64Array[];
  /** Per group the k × k products of the rows of W and U in it. */
  private readonly grams: readonly { readonly ww: number[][]; readonly uu: number[][]; readonly wu: number[][] }[];

  constructor({ vectors, products }: Sketch, groups: readonly ParameterGroup[]) {
    this.u = vectors;
    this.w = products.map((product) => {
      const w = product.slice();
      vectors.forEach((u) => addScaled(w, -dot(u, product) / 2, u));
      return w;
    });
    const gram = (a: readonly Float64Array[], b: readonly Float64Array[], { ranges }: ParameterGroup): number[][] =>
      a.map((x) => b.map((y) => dotOver(x, y, ranges)));
    this.grams = groups.map((group) => ({
      ww: gram(this.w, this.w, group),
      uu: gram(this.u, this.u, group),
      wu: gram(this.w, this.u, group),
    }));
  }

  /** Az for z on one group. */
  apply(z: Float64Array, { ranges }: ParameterGroup): Float64Array {
    const product = new Float64Array(z.length);
    this.u.forEach((u, k) => {
      const w = this.w[k] as Float64Array;
      addScaled(product, dotOver(u, z, ranges), w);
      addScaled(product, dotOver(w, z, ranges), u);
    });
    return product;
  }

  /** ‖A_lm‖_F² = ⟨WₗᵀWₗ, UₘᵀUₘ⟩ + ⟨UₗᵀUₗ, WₘᵀWₘ⟩ + 2·tr(WₘᵀUₘ WₗᵀUₗ). */
  square(l: number, m: number): number {
    const [a, b] = [this.grams[l], this.grams[m]];
    if (a === undefined || b === undefined) return 0;
    let sum = 0;
    for (let i = 0; i < this.u.length; i++)
      for (let j = 0; j < this.u.length; j++)
        sum +=
          (a.ww[i]?.[j] ?? 0) * (b.uu[i]?.[j] ?? 0) +
          (a.uu[i]?.[j] ?? 0) * (b.ww[i]?.[j] ?? 0) +
          2 * (b.wu[i]?.[j] ?? 0) * (a.wu[j]?.[i] ?? 0);
    return sum;
  }
}

/** A sketch of the first directions only: each costs as much as it saves once the outliers are out. */
export const shortened = ({ vectors, products }: Sketch, count: number): Sketch => {
  const order = [...vectors.keys()].sort(
    (i, j) => norm(products[j] as Float64Array) - norm(products[i] as Float64Array),
  );
  const kept = order.slice(0, count);
  return {
    vectors: kept.map((i) => vectors[i] as Float64Array),
    products: kept.map((i) => products[i] as Float64Array),
  };
};
