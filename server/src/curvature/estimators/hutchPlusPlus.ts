/**
 * Trace, traces of diagonal blocks and Frobenius norm from the same probes: Hutch++ (Meyer, Musco, Musco, Woodruff 2021) with the
 * sketch taken from a Krylov space. With U the orthonormal sketch, P = I − UUᵀ, and probes w = Pz of random signs z,
 *     tr H      = Σ u·Hu + E[w·Hw]
 *     tr H_l    = Σ u_l·(Hu)_l + E[w_l·(Hw)_l]        l: a set of rows
 *     ‖H‖_F²    = Σ ‖Hu‖² + E‖Hw‖²
 * The sketch does not depend on the probes, so their values are independent and Student's interval holds; it removes the
 * outliers, which would make these values skewed and large. In blocks it also removes most of the noise that rows outside of the
 * block add.
 */
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { orthogonalise } from '../linearAlgebra/orthogonalise';
import { dot, dotOver } from '../linearAlgebra/vector';
import type { ParameterGroup } from '../problem';
import type { Random } from '../random';
import { mean, meanHalfWidth } from '../statistics/moments';
import type { Sketch } from './sketch';

export interface ProbingOptions {
  readonly groups: readonly ParameterGroup[];
  /** Relative half-width of the trace's interval to reach. */
  readonly tolerance: number;
  readonly maxProbes: number;
  readonly random: Random;
  readonly onProbes?: (probes: number) => void;
}

/** A value and the half-width of its 95 % interval. */
export interface Probed {
  readonly value: number;
  readonly halfWidth: number;
}

export interface ProbedTraces {
  readonly trace: Probed;
  readonly frobenius: Probed;
  /** One per group. */
  readonly groups: readonly Probed[];
  readonly probes: number;
  /** The trace's interval is as narrow as was asked for. */
  readonly resolved: boolean;
}

/**
 * Looks at the interval happen at these numbers of probes only: stopping at the first chance narrowness would make intervals that
 * are too short.
 */
const FIRST_LOOK = 16;
const GROWTH = 2;

export async function hutchPlusPlus(
  operator: LinearOperator,
  sketch: Sketch,
  options: ProbingOptions,
): Promise<ProbedTraces> {
  const { size } = operator;
  const floor = roundingFloor(operator, sketch);
  if (sketch.vectors.length >= size) return fromSketchAlone(sketch, options.groups, floor);
  const traces: number[] = [];
  const squares: number[] = [];
  const groups: number[][] = options.groups.map(() => []);
  for (let target = Math.min(FIRST_LOOK, options.maxProbes); ; target = Math.min(target * GROWTH, options.maxProbes)) {
    while (traces.length < target) {
      const count = Math.min(operator.blockSize, target - traces.length);
      const probes = Array.from({ length: count }, () => complementProbe(options.random, size, sketch));
      const products = await operator.applyBlock(probes);
      products.forEach((product, j) => {
        const probe = probes[j] as Float64Array;
        traces.push(dot(probe, product));
        squares.push(dot(product, product));
        options.groups.forEach(({ ranges }, g) => groups[g]?.push(dotOver(probe, product, ranges)));
      });
      options.onProbes?.(traces.length);
    }
    const trace = withSketch(sketchTrace(sketch), traces, floor);
    const resolved = trace.halfWidth <= options.tolerance * Math.abs(trace.value);
    if (!resolved && target < options.maxProbes) continue;
    return {
      trace,
      frobenius: rootOf(withSketch(sketchSquare(sketch), squares, 0), floor),
      groups: options.groups.map(({ ranges }, g) => withSketch(groupTrace(sketch, ranges), groups[g] ?? [], floor)),
      probes: traces.length,
      resolved,
    };
  }
}

/** Pz for random signs z. */
export function complementProbe(random: Random, size: number, sketch: Pick<Sketch, 'vectors'>): Float64Array {
  const probe = random.rademacherVector(size);
  orthogonalise(probe, sketch.vectors);
  return probe;
}

const sketchTrace = ({ vectors, products }: Sketch): number =>
  vectors.reduce((sum, u, k) => sum + dot(u, products[k] as Float64Array), 0);
const sketchSquare = ({ products }: Sketch): number =>
  products.reduce((sum, product) => sum + dot(product, product), 0);
const groupTrace = ({ vectors, products }: Sketch, ranges: ParameterGroup['ranges']): number =>
  vectors.reduce((sum, u, k) => sum + dotOver(u, products[k] as Float64Array, ranges), 0);

/** Rounding of one quadratic form: a few roundoffs of the operator's norm. */
function roundingFloor(operator: LinearOperator, sketch: Sketch): number {
  const norm = Math.sqrt(Math.max(0, ...sketch.products.map((product) => dot(product, product))));
  return 8 * operator.roundoff * norm;
}

const withSketch = (known: number, values: readonly number[], floor: number): Probed => ({
  value: known + mean(values),
  halfWidth: Math.hypot(meanHalfWidth(values), floor),
});

/** √x and its error: (√(x + h) − √(x − h))/2. */
function rootOf({ value, halfWidth }: Probed, floor: number): Probed {
  const [low, high] = [Math.sqrt(Math.max(0, value - halfWidth)), Math.sqrt(value + halfWidth)];
  return { value: Math.sqrt(value), halfWidth: Math.hypot((high - low) / 2, floor) };
}

/** The sketch spans the whole space: nothing is left to chance. */
function fromSketchAlone(sketch: Sketch, groups: readonly ParameterGroup[], floor: number): ProbedTraces {
  return {
    trace: { value: sketchTrace(sketch), halfWidth: floor * Math.sqrt(sketch.vectors.length) },
    frobenius: { value: Math.sqrt(sketchSquare(sketch)), halfWidth: floor },
    groups: groups.map(({ ranges }) => ({
      value: groupTrace(sketch, ranges),
      halfWidth: floor * Math.sqrt(sketch.vectors.length),
    })),
    probes: 0,
    resolved: true,
  };
}
