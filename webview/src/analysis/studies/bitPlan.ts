/** The best bit widths of weights within a budget of size, bit operations or latency, from what E2 predicts. */
import { bestAllocation, type Choice } from '../../../../server/src/curvature/estimators/bitAllocation';
import { valueOf } from '../../../../server/src/curvature/quantity';
import type { AnalysisResult } from '../../../../server/src/curvature/result';

const BITS = [2, 3, 4, 8] as const;
/** Partial choices followed while sliding: an answer within a frame, exact for all but the largest models. */
const MOST_STATES = 20_000;

export interface BitTensor {
  readonly name: string;
  readonly parameters: number;
  /** Predicted increase of the loss at each width, in the order of the widths. */
  readonly increases: readonly number[];
  /** Per sample; undefined where they were not counted. */
  readonly multiplications?: number | undefined;
  /** Milliseconds at each width, undefined at those that were not measured; absent without a table. */
  readonly latencies?: readonly (number | undefined)[];
}

type Shown = Pick<AnalysisResult, 'tensors' | 'quantities'>;

/** Tensors of which something is predicted at every width: by expanded outputs, or else half the sensitivity Ω. */
export function bitTensors(result: Shown): BitTensor[] {
  const predicted = tensorsWith(result, 'E2.predicted', (increase) => increase);
  return predicted.length > 0 ? predicted : tensorsWith(result, 'E2.sensitivity', (omega) => Math.max(0, omega) / 2);
}

const tensorsWith = (
  { tensors, quantities }: Shown,
  id: 'E2.predicted' | 'E2.sensitivity',
  increaseOf: (value: number) => number,
): BitTensor[] =>
  tensors.flatMap(({ name, parameters }) => {
    const values = BITS.flatMap((bits) => valueOf(quantities[`${id}${bits}[${name}]`]) ?? []);
    const latencies = BITS.map((bits) => valueOf(quantities[`E2.latency${bits}[${name}]`]));
    const multiplications = valueOf(quantities[`E2.multiplications[${name}]`]);
    return values.length === BITS.length
      ? [{ name, parameters, increases: values.map(increaseOf), multiplications, latencies }]
      : [];
  });

/** What may be limited. */
export interface Budget {
  readonly kind: 'size' | 'operations' | 'latency';
  /** What is counted, with its unit. */
  readonly title: string;
  readonly unit: string;
  /** The ends of what the widths can cost. */
  readonly least: number;
  readonly most: number;
  /** Undefined: the width is not to be had. */
  readonly cost: (tensor: BitTensor, width: number) => number | undefined;
}

type Cost = Budget['cost'];

const sizeOf = (tensors: readonly BitTensor[]): Cost => {
  const all = tensors.reduce((sum, { parameters }) => sum + parameters, 0);
  return ({ parameters }, width) => ((BITS[width] ?? NaN) * parameters) / all;
};

const operationsOf = (tensors: readonly BitTensor[]): Cost => {
  const all = tensors.reduce((sum, { multiplications }) => sum + (multiplications ?? NaN), 0);
  return ({ multiplications }, width) => ((BITS[width] ?? NaN) ** 2 * (multiplications ?? NaN)) / all;
};

const latencyOf: Cost = ({ latencies }, width) => latencies?.[width];

/** Those that can be kept: of bit operations where multiplications are known, of latency where every tensor has one. */
export function budgetsOf(tensors: readonly BitTensor[]): Budget[] {
  const kinds = [
    { kind: 'size', title: 'Bits per weight', unit: 'bits', cost: sizeOf(tensors) },
    { kind: 'operations', title: 'Bit operations per multiplication', unit: 'bit²', cost: operationsOf(tensors) },
    { kind: 'latency', title: 'Latency', unit: 'ms', cost: latencyOf },
  ] as const;
  return kinds.flatMap((each) => {
    const costs = tensors.map((tensor) => BITS.flatMap((_, width) => each.cost(tensor, width) ?? []));
    const [least, most] = [Math.min, Math.max].map((extreme) =>
      costs.reduce((sum, own) => sum + extreme(...own), 0),
    ) as [number, number];
    return Number.isFinite(least) && Number.isFinite(most) && least < most ? [{ ...each, least, most }] : [];
  });
}

export interface BitPlan {
  /** In the order of the tensors. */
  readonly bits: readonly number[];
  /** What it costs, in the unit of the budget. */
  readonly cost: number;
  /** Predicted increase of the loss, summed over tensors. */
  readonly increase: number;
  /** The search was cut short: no allocation is better than this. */
  readonly bound: number;
}

/** The best widths that cost at most `budget`; undefined where nothing does. */
export function planBits(
  tensors: readonly BitTensor[],
  budget: number,
  cost: Cost = sizeOf(tensors),
): BitPlan | undefined {
  const items = tensors.map((tensor) =>
    BITS.flatMap((bits, width): (Choice & { readonly bits: number })[] => {
      const own = cost(tensor, width);
      return own === undefined ? [] : [{ loss: tensor.increases[width] ?? 0, cost: own, bits }];
    }),
  );
  const best = bestAllocation(items, budget, MOST_STATES);
  if (best === undefined) return undefined;
  return {
    bits: best.choices.map((choice, i) => items[i]?.[choice]?.bits ?? NaN),
    cost: best.cost,
    increase: best.loss,
    bound: best.bound,
  };
}
