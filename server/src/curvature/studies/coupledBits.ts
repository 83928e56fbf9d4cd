/** The part of E2 about what rounding errors of different tensors do to each other. */
import { estimate, notComputed } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { StudyTable } from '../chart';
import { coupledAllocation, coupledIncrease, dotsWith, type Couplings } from '../estimators/coupledAllocation';
import { norm } from '../linearAlgebra/vector';
import { short } from '../numberText';
import { symmetricSpread, type Quantity } from '../quantity';
import type { StudyContext } from './study';

/** With more the products would take too long. */
export const MOST_COUPLED = 24;
/** Rounding of a quadratic form, in roundoffs of the lengths of its factors. */
const ROUNDING = 8;

export interface QuantisedTensor {
  readonly name: string;
  readonly offset: number;
  /** Q_b(W) − W of every width. */
  readonly changes: readonly Float64Array[];
  /** Bits of the whole tensor at every width. */
  readonly costs: readonly number[];
}

export interface CoupledPlan {
  readonly quantities: readonly Quantity[];
  readonly tables: readonly StudyTable[];
  readonly remarks: readonly string[];
}

/** `planned`: the best sum over tensors; `bits`: of every width. */
export async function coupledPlan(
  context: StudyContext,
  tensors: readonly QuantisedTensor[],
  bits: readonly number[],
  planned: readonly number[] | undefined,
  budget: number,
): Promise<CoupledPlan> {
  const ids = ['E2.coupledIncrease', 'E2.interaction', 'E2.coupledBest'] as const;
  const refused = (reason: string): CoupledPlan => ({
    quantities: ids.map((id) => notComputed(id, reason)),
    tables: [],
    remarks: [],
  });
  if (tensors.length > MOST_COUPLED)
    return refused(
      `${tensors.length} tensors need ${tensors.length * bits.length} products; ${MOST_COUPLED} tensors at most are coupled`,
    );
  if (planned === undefined) return refused('no allocation fits the budget');
  const { couplings, rounding } = await couplingsWith(context, tensors);
  const cheapest = tensors.map(({ costs }) => costs.indexOf(Math.min(...costs)));
  const best = coupledAllocation(
    couplings,
    tensors.map(({ costs }) => costs),
    budget,
    [planned, cheapest],
  );
  const [ofPlan, ofBest] = [coupledIncrease(couplings, planned), coupledIncrease(couplings, best)];
  const make = (id: QuantityId, value: number): Quantity =>
    estimate(
      id,
      value,
      {
        method: `${tensors.length * bits.length} Hessian-vector products, one for every tensor and width`,
        estimator: symmetricSpread(rounding),
        sampling: null,
      },
      { hvps: context.products(), samples: context.problem.sampleCount },
    );
  return {
    quantities: [
      make('E2.coupledIncrease', ofPlan.whole),
      make('E2.interaction', ofPlan.between),
      make('E2.coupledBest', ofBest.whole),
    ],
    tables: [tableOf(tensors, bits, planned, best)],
    remarks: [
      `By the quadratic model with interactions between tensors that allocation changes the loss by ${short(ofPlan.whole)}, of which ${short(ofPlan.between)} lie between tensors; the best one found by it changes it by ${short(ofBest.whole)}.`,
    ],
  };
}

async function couplingsWith(
  context: StudyContext,
  tensors: readonly QuantisedTensor[],
): Promise<{ readonly couplings: Couplings; readonly rounding: number }> {
  const { problem, point } = context;
  const hessian = await context.hessian();
  const errors = tensors.map(({ changes }) => changes);
  const offsets = tensors.map(({ offset }) => offset);
  const forms: number[][][][] = [];
  let rounding = 0;
  for (const { offset, changes } of tensors) {
    const steps = changes.map((change) => {
      const step = new Float64Array(problem.theta.length);
      step.set(change, offset);
      return step;
    });
    const images = await hessian.applyBlock(steps);
    forms.push(images.map((image) => dotsWith(image, errors, offsets)));
    rounding += Math.max(...images.map((image, b) => norm(changes[b] ?? image) * (norm(point.gradient) + norm(image))));
    context.progress(forms.length / tensors.length);
  }
  return {
    couplings: { slopes: dotsWith(point.gradient, errors, offsets), forms },
    rounding: ROUNDING * hessian.roundoff * rounding,
  };
}

const tableOf = (
  tensors: readonly QuantisedTensor[],
  bits: readonly number[],
  planned: readonly number[],
  best: readonly number[],
): StudyTable => ({
  title: 'Bit widths with interactions between tensors',
  caption:
    'Within 4 bits per weight: the least sum over tensors, and the least loss by the quadratic model with interactions that exchanges of choices found.',
  columns: [
    { title: 'weight' },
    { title: 'sum over tensors', unit: 'bits' },
    { title: 'with interactions', unit: 'bits' },
  ],
  rows: tensors.map(({ name }, l) => [name, bits[planned[l] ?? 0] ?? null, bits[best[l] ?? 0] ?? null]),
});
