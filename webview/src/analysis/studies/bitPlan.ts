/** The best bit widths of weights with so many bits each on average, from what E2 predicts. */
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
    return values.length === BITS.length ? [{ name, parameters, increases: values.map(increaseOf) }] : [];
  });

export interface BitPlan {
  /** In the order of the tensors. */
  readonly bits: readonly number[];
  /** Bits per weight on average. */
  readonly average: number;
  /** Predicted increase of the loss, summed over tensors. */
  readonly increase: number;
  /** The search was cut short: no allocation is better than this. */
  readonly bound: number;
}

/** The best widths with at most `budget` bits per weight on average, 2 ≤ budget. */
export function planBits(tensors: readonly BitTensor[], budget: number): BitPlan | undefined {
  const all = tensors.reduce((sum, { parameters }) => sum + parameters, 0);
  const items = tensors.map(({ parameters, increases }) =>
    BITS.map((bits, b): Choice => ({ loss: increases[b] ?? 0, cost: bits * parameters })),
  );
  const best = bestAllocation(items, budget * all, MOST_STATES);
  if (best === undefined) return undefined;
  return {
    bits: best.choices.map((choice) => BITS[choice] ?? NaN),
    average: best.cost / all,
    increase: best.loss,
    bound: best.bound,
  };
}
