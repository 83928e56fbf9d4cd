/**
 * What the default set may take. Where all samples would take longer, the extreme eigenvalues, the loss and its gradient are still those of all samples; what needs
 * hundreds of products is computed from some of the samples, which it then says. A function of sizes alone, so that a result does not depend on the machine's speed.
 */
import { Random } from '../random';
import { samplesByClass } from '../subproblem';
import { parameterCount, type Problem } from '../problem';

/** Products of the default set on a model too large for exact ways. */
export const USUAL_PRODUCTS = 400;
/** Products with the matrix of some of the samples, and what stands for as many: forms of single samples, gradients. */
const PART_PRODUCTS = 200;
const PART_SHARE = 0.6;
/** Fewer samples than this say little about the others; multiples of it go through programs in runs of one length, so that one program serves them. */
const FEWEST_SAMPLES = 16;
/** Products with the matrix of all samples that the ends need at least. */
const FEWEST_PRODUCTS = 8;

export interface WorkPlan {
  /** Samples behind trace, density, layers and what the choice of samples does to a number: all, or some of them. */
  readonly samples: number;
  /** Products with the matrix of all samples that the extreme eigenvalues may cost; undefined: as many as they need. */
  readonly products: number | undefined;
}

/** `operations`: of one product with all samples; `work`: operations that may be spent. */
export function workPlan(
  { sampleCount, separable }: Pick<Problem, 'sampleCount' | 'separable'>,
  operations: number,
  work: number,
): WorkPlan {
  const everything: WorkPlan = { samples: sampleCount, products: undefined };
  if (!separable || operations * USUAL_PRODUCTS <= work) return everything;
  const affordable = Math.floor((PART_SHARE * work * sampleCount) / (PART_PRODUCTS * operations));
  const samples = Math.max(Math.floor(affordable / FEWEST_SAMPLES), 1) * FEWEST_SAMPLES;
  if (samples >= sampleCount) return everything;
  return { samples, products: Math.max(FEWEST_PRODUCTS, Math.floor(((1 - PART_SHARE) * work) / operations)) };
}

/** Operations of the planned work, for a prediction of the time. */
export function plannedOperations(plan: WorkPlan, problem: Problem, operations: number, isExact: boolean): number {
  if (plan.products === undefined) return operations * (isExact ? parameterCount(problem) + 100 : USUAL_PRODUCTS);
  return operations * (plan.products + (PART_PRODUCTS * plan.samples) / problem.sampleCount);
}

/** `count` sample numbers, ascending: every (N/count)-th of the samples in the order of their classes, from a random start, so that classes keep their shares. */
export function evenSamples(problem: Problem, count: number, random: Random): number[] {
  const order = samplesByClass(problem)?.flat() ?? Array.from({ length: problem.sampleCount }, (_, i) => i);
  const step = order.length / count;
  const start = random.uniform() * step;
  return Array.from(
    { length: count },
    (_, i) => order[Math.min(order.length - 1, Math.floor(start + i * step))] as number,
  ).sort((a, b) => a - b);
}
