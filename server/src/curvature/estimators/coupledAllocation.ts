/**
 * Bit widths with what the rounding errors of layers do to each other: of all choices within a budget one with a small g·δ + ½ δᵀHδ, δ = Σ_l δ_l(c_l), where a sum of sensitivities leaves δ_lᵀH_lm δ_m out
 * ("Augmenting Hessians with Inter-Layer Dependencies for Mixed-Precision Post-Training Quantization", Schaefer et al. 2023). The products Hδ_l(c) of all choices give every term. The quadratic integer programme is searched by
 * exchanges of one or two choices from several starts, so that its answer need not be the best one.
 */
import { dot, type Vector } from '../linearAlgebra/vector';

export interface Couplings {
  /** slopes[l][c] = g·δ_l(c) */
  readonly slopes: readonly (readonly number[])[];
  /** forms[l][c][m][d] = δ_l(c)ᵀHδ_m(d) */
  readonly forms: readonly (readonly (readonly (readonly number[])[])[])[];
}

export interface CoupledIncrease {
  /** g·δ + ½ δᵀHδ */
  readonly whole: number;
  /** Σ_{l<m} δ_lᵀHδ_m, the part between tensors. */
  readonly between: number;
}

/** δ_m(d)·v for every tensor m and choice d; `errors[m][d]`: δ_m(d) on the elements of its tensor, which begin at `offsets[m]`. */
export const dotsWith = (
  v: Vector,
  errors: readonly (readonly Float64Array[])[],
  offsets: readonly number[],
): number[][] =>
  errors.map((own, m) =>
    own.map((error) => dot(error, v.subarray(offsets[m] as number, (offsets[m] as number) + error.length))),
  );

export function coupledIncrease({ slopes, forms }: Couplings, choices: readonly number[]): CoupledIncrease {
  let [own, between] = [0, 0];
  choices.forEach((c, l) => {
    own += (slopes[l]?.[c] ?? 0) + 0.5 * (forms[l]?.[c]?.[l]?.[c] ?? 0);
    for (let m = 0; m < l; m++) between += forms[l]?.[c]?.[m]?.[choices[m] as number] ?? 0;
  });
  return { whole: own + between, between };
}

/** Rounds of exchanges until nothing gets better. */
const MOST_ROUNDS = 100;

/** `costs[l][c]`; `starts`: allocations within the budget. The best one found from them. */
export function coupledAllocation(
  couplings: Couplings,
  costs: readonly (readonly number[])[],
  budget: number,
  starts: readonly [readonly number[], ...(readonly number[])[]],
): readonly number[] {
  const value = (choices: readonly number[]): number => coupledIncrease(couplings, choices).whole;
  return starts
    .map((start) => improved(start, couplings, costs, budget))
    .reduce((best, next) => (value(next) < value(best) ? next : best));
}

function improved(
  start: readonly number[],
  couplings: Couplings,
  costs: readonly (readonly number[])[],
  budget: number,
): readonly number[] {
  const room = budget * (1 + 1e-12);
  const costOf = (choices: readonly number[]): number =>
    choices.reduce((sum, c, l) => sum + (costs[l]?.[c] ?? Infinity), 0);
  let best = [...start];
  let least = coupledIncrease(couplings, best).whole;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = least;
    for (const candidate of neighbours(best, costs)) {
      if (costOf(candidate) > room) continue;
      const { whole } = coupledIncrease(couplings, candidate);
      if (whole < least) [best, least] = [candidate, whole];
    }
    if (least >= before) break;
  }
  return best;
}

/** Allocations that differ in one or two choices. */
function* neighbours(choices: readonly number[], costs: readonly (readonly number[])[]): Generator<number[]> {
  for (let l = 0; l < choices.length; l++)
    for (let c = 0; c < (costs[l]?.length ?? 0); c++) {
      if (c === choices[l]) continue;
      const single = choices.with(l, c);
      yield single;
      for (let m = 0; m < l; m++)
        for (let d = 0; d < (costs[m]?.length ?? 0); d++) if (d !== choices[m]) yield single.with(m, d);
    }
}
