/** The best bit widths of weights with so many bits each on average, from the sensitivities of E2. */
import { bestAllocation, type Choice } from '../../../../server/src/curvature/estimators/bitAllocation';
import { valueOf } from '../../../../server/src/curvature/quantity';
import type { AnalysisResult } from '../../../../server/src/curvature/result';

const BITS = [2, 3, 4, 8] as const;
/** Partial choices followed while sliding: an answer within a frame, exact for all but the largest models. */
const MOST_STATES = 20_000;

export interface BitTensor {
  readonly name: string;
  readonly parameters: number;
  /** Ω at each width, in the order of the widths. */
  readonly sensitivities: readonly number[];
}

/** Tensors whose sensitivity is known at every width. */
export const bitTensors = ({ tensors, quantities }: Pick<AnalysisResult, 'tensors' | 'quantities'>): BitTensor[] =>
  tensors.flatMap(({ name, parameters }) => {
    const sensitivities = BITS.flatMap((bits) => valueOf(quantities[`E2.sensitivity${bits}[${name}]`]) ?? []);
    return sensitivities.length === BITS.length ? [{ name, parameters, sensitivities }] : [];
  });

export interface BitPlan {
  /** In the order of the tensors. */
  readonly bits: readonly number[];
  /** Bits per weight on average. */
  readonly average: number;
  /** Predicted increase of the loss, ½ Σ Ω. */
  readonly increase: number;
  /** The search was cut short: no allocation is better than this. */
  readonly bound: number;
}

/** The best widths with at most `budget` bits per weight on average, 2 ≤ budget. */
export function planBits(tensors: readonly BitTensor[], budget: number): BitPlan | undefined {
  const all = tensors.reduce((sum, { parameters }) => sum + parameters, 0);
  const items = tensors.map(({ parameters, sensitivities }) =>
    BITS.map((bits, b): Choice => ({ loss: Math.max(0, sensitivities[b] ?? 0), cost: bits * parameters })),
  );
  const best = bestAllocation(items, budget * all, MOST_STATES);
  if (best === undefined) return undefined;
  return {
    bits: best.choices.map((choice) => BITS[choice] ?? NaN),
    average: best.cost / all,
    increase: best.loss / 2,
    bound: best.bound / 2,
  };
}
