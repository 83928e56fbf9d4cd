/** E2: what quantising each weight tensor costs in loss, and the bits that lose least within a budget. */
import { estimate, notComputed } from '../analysis/quantities';
import type { Chart, StudyTable } from '../chart';
import { bestAllocation, supportedFront, type Allocation, type Choice } from '../estimators/bitAllocation';
import type { Probed } from '../estimators/hutchPlusPlus';
import { quantised, squaredDistance } from '../estimators/uniformQuantiser';
import { symmetricSpread, type Quantity } from '../quantity';
import { weightMultiplications } from '../weightOperations';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';
import { weightTensors, type WeightTensor } from './weightTensors';

export const BITS = [2, 3, 4, 8] as const;
/** Bits that the headline compares with: as many per weight on average. */
const UNIFORM = 4;
const SIZE_BUDGETS = [3, 4, 6] as const;

/** A weight tensor with what each width does to it. */
interface Candidate extends WeightTensor {
  /** tr(H_l) over all its elements. */
  readonly trace: Probed;
  /** ‖Q_b(W) − W‖² for each of `BITS`, a scale per channel. */
  readonly errors: readonly number[];
  /** The same with one scale for the tensor. */
  readonly wholeErrors: readonly number[];
  readonly multiplications: number;
}

export const bitAllocation: Study = {
  id: 'E2',
  title: 'Bit widths of weights',
  group: 'quantisation',
  quantities: [
    'E2.sensitivity2',
    'E2.sensitivity3',
    'E2.sensitivity4',
    'E2.sensitivity8',
    'E2.bits',
    'E2.plannedIncrease',
    'E2.uniformIncrease',
  ],
  byDefault: false,
  needs: ['A2'],
  products: () => 1,
  run: (context) => Promise.resolve(run(context)),
};

function run(context: StudyContext): StudyOutcome {
  const { problem } = context;
  const candidates = candidatesOf(context);
  const items = candidates.map(lossesBySize);
  const parameters = candidates.reduce((sum, { block }) => sum + block.size, 0);
  const planned = bestAllocation(items, UNIFORM * parameters);
  const plans = budgetPlans(candidates, items, parameters);
  const circumstances = { hvps: 0, samples: problem.sampleCount };
  const increase = (id: 'E2.plannedIncrease' | 'E2.uniformIncrease', choices: readonly number[]): Quantity =>
    estimate(
      id,
      sumOver(
        candidates,
        choices,
        ({ trace, block, errors }, b) => (0.5 * trace.value * (errors[b] ?? 0)) / block.size,
      ),
      {
        method: 'traces of the blocks, a scale per channel',
        estimator: symmetricSpread(
          sumOver(
            candidates,
            choices,
            ({ trace, block, errors }, b) => (0.5 * trace.halfWidth * (errors[b] ?? 0)) / block.size,
          ),
        ),
        sampling: null,
      },
      circumstances,
    );
  const uniform = candidates.map(() => BITS.indexOf(UNIFORM));
  const bits = candidates.map(({ block }, i) =>
    planned === undefined
      ? notComputed('E2.bits', 'no allocation fits the budget', block.name)
      : estimate(
          'E2.bits',
          BITS[planned.choices[i] ?? 0] ?? NaN,
          {
            method: `best of ${BITS.length}^${candidates.length} allocations of ${UNIFORM} bits per weight on average`,
            estimator: symmetricSpread(0),
            sampling: null,
          },
          circumstances,
          block.name,
        ),
  );
  const totals = [increase('E2.plannedIncrease', planned?.choices ?? uniform), increase('E2.uniformIncrease', uniform)];
  return {
    quantities: [...candidates.flatMap((candidate) => sensitivities(candidate, context)), ...bits, ...totals],
    charts: [frontChart(candidates, items, parameters, planned)],
    tables: [planTable(candidates, plans), errorTable(candidates)],
    remarks: remarksOf(candidates, planned, totals),
  };
}

function candidatesOf({ problem, layers, traces }: StudyContext): Candidate[] {
  if (traces === undefined) throw new StudyRefusal('needs the traces of the weight tensors (A2)');
  const multiplications = weightMultiplications(problem);
  const tensors = weightTensors(problem.parameters);
  if (tensors.length === 0) throw new StudyRefusal('the model has no parameter of two or more axes to quantise');
  return tensors.map((tensor) => {
    const { block, index, channels } = tensor;
    const weights = problem.theta.slice(block.offset, block.offset + block.size);
    const errorsWith = (parts: number): number[] =>
      BITS.map((bits) => squaredDistance(quantised(weights, bits, parts), weights));
    return {
      ...tensor,
      trace: traces.groups[layers.length + index] ?? { value: NaN, halfWidth: Infinity },
      errors: errorsWith(channels),
      wholeErrors: errorsWith(1),
      multiplications: multiplications[index] ?? 0,
    };
  });
}

/** Ω of every width; a negative trace, where quantising would seem to help, counts as none. */
const lossesBySize = ({ trace, errors, block }: Candidate): Choice[] =>
  BITS.map((bits, b) => ({
    loss: (Math.max(0, trace.value) * (errors[b] ?? 0)) / block.size,
    cost: bits * block.size,
  }));

function sumOver(
  candidates: readonly Candidate[],
  choices: readonly number[],
  value: (candidate: Candidate, choice: number) => number,
): number {
  return candidates.reduce((sum, candidate, i) => sum + value(candidate, choices[i] ?? 0), 0);
}

function sensitivities({ trace, errors, block }: Candidate, { problem }: StudyContext): Quantity[] {
  const ids = ['E2.sensitivity2', 'E2.sensitivity3', 'E2.sensitivity4', 'E2.sensitivity8'] as const;
  return ids.map((id, b) => {
    const factor = (errors[b] ?? NaN) / block.size;
    return estimate(
      id,
      trace.value * factor,
      {
        method: 'trace of the block, a scale per channel',
        estimator: symmetricSpread(trace.halfWidth * factor),
        sampling: null,
      },
      { hvps: 0, samples: problem.sampleCount },
      block.name,
    );
  });
}

interface Plan {
  readonly title: string;
  readonly allocation: Allocation | undefined;
}

/** The best allocations under budgets of size and of bit operations (multiplications × bits², activations having the bits of their weights). */
function budgetPlans(
  candidates: readonly Candidate[],
  items: readonly (readonly Choice[])[],
  parameters: number,
): Plan[] {
  const operations = candidates.map(({ multiplications }, i) =>
    BITS.map((bits, b) => ({ loss: items[i]?.[b]?.loss ?? 0, cost: multiplications * bits ** 2 })),
  );
  const all = candidates.reduce((sum, { multiplications }) => sum + multiplications, 0);
  const bySize = SIZE_BUDGETS.map((bits) => ({
    title: `size of ${bits} bits per weight`,
    allocation: bestAllocation(items, bits * parameters),
  }));
  const byOperations = SIZE_BUDGETS.map((bits) => ({
    title: `bit operations of uniform ${bits} bits`,
    allocation: bestAllocation(operations, bits ** 2 * all),
  }));
  return all > 0 ? [...bySize, ...byOperations] : bySize;
}

function planTable(candidates: readonly Candidate[], plans: readonly Plan[]): StudyTable {
  return {
    title: 'Best bit widths under a budget',
    caption:
      'Each column is the allocation of 2, 3, 4 or 8 bits with the least summed sensitivity within its budget, found exactly. Bit operations count multiplications × weight bits × activation bits, with activations as wide as weights.',
    columns: [
      { title: 'weight' },
      { title: 'elements' },
      { title: 'multiplications', unit: 'per sample' },
      ...plans.map(({ title }) => ({ title, unit: 'bits' })),
    ],
    rows: candidates.map(({ block, multiplications }, i) => [
      block.name,
      block.size,
      multiplications,
      ...plans.map(({ allocation }) => (allocation === undefined ? null : (BITS[allocation.choices[i] ?? 0] ?? null))),
    ]),
  };
}

function errorTable(candidates: readonly Candidate[]): StudyTable {
  return {
    title: 'Squared quantisation error',
    caption: '‖Q_b(W) − W‖² with a scale per output channel, and with one scale for the whole tensor.',
    columns: [
      { title: 'weight' },
      { title: 'trace per element', unit: 'loss / parameter²' },
      ...BITS.map((bits) => ({ title: `${bits} bits, per channel` })),
      ...BITS.map((bits) => ({ title: `${bits} bits, per tensor` })),
    ],
    rows: candidates.map(({ block, trace, errors, wholeErrors }) => [
      block.name,
      trace.value / block.size,
      ...errors,
      ...wholeErrors,
    ]),
  };
}

function frontChart(
  candidates: readonly Candidate[],
  items: readonly (readonly Choice[])[],
  parameters: number,
  planned: Allocation | undefined,
): Chart {
  const increase = ({ loss, cost }: Choice, label: string): { x: number; y: number; label: string } => ({
    x: cost / parameters,
    y: loss / 2,
    label,
  });
  const describe = ({ choices }: Allocation): string =>
    candidates.length > 8
      ? `${choices.filter((b) => BITS[b] === 8).length} of ${candidates.length} tensors at 8 bits`
      : choices.map((b, i) => `${candidates[i]?.block.name ?? ''} ${BITS[b] ?? ''}`).join(', ');
  const uniform = BITS.map((bits, b) =>
    increase(
      {
        loss: items.reduce((sum, item) => sum + (item[b]?.loss ?? 0), 0),
        cost: bits * parameters,
      },
      `${bits} bits everywhere`,
    ),
  );
  return {
    kind: 'lines',
    title: 'Predicted increase of the loss against size',
    caption: 'No allocation lies below the front. The distance to the uniform widths is what mixed precision gains.',
    x: { title: 'bits per weight', scale: 'linear' },
    y: { title: 'predicted increase of the loss', scale: 'log' },
    series: [
      {
        name: 'best allocations',
        style: 'line',
        points: supportedFront(items).map((allocation) => increase(allocation, describe(allocation))),
      },
      { name: 'one width for all', style: 'points', points: uniform },
      ...(planned === undefined
        ? []
        : [
            {
              name: `best at ${UNIFORM} bits`,
              style: 'points' as const,
              points: [increase(planned, describe(planned))],
            },
          ]),
    ],
  };
}

function remarksOf(
  candidates: readonly Candidate[],
  planned: Allocation | undefined,
  [best, uniform]: readonly Quantity[],
): string[] {
  const text = (quantity: Quantity | undefined): string =>
    quantity !== undefined && 'value' in quantity ? String(Number(quantity.value.toPrecision(3))) : '?';
  const negative = candidates.filter(({ trace }) => trace.value < 0).map(({ block }) => block.name);
  return [
    `At ${UNIFORM} bits per weight on average the best allocation is predicted to raise the loss by ${text(best)}, ${UNIFORM} bits everywhere by ${text(uniform)}.`,
    ...(planned === undefined
      ? []
      : [
          `It keeps at 8 bits: ${listed(candidates.filter((_, i) => BITS[planned.choices[i] ?? 0] === 8).map(({ block }) => block.name))}.`,
        ]),
    ...(negative.length === 0
      ? []
      : [
          `The trace of ${listed(negative)} is negative: this is no minimum in those weights, and the prediction says nothing about them.`,
        ]),
    'Widths are of a uniform symmetric quantiser with a scale per output channel; no latency was measured, so none is budgeted.',
  ];
}

const MOST_LISTED = 6;
const listed = (names: readonly string[]): string =>
  names.length === 0
    ? 'none'
    : names.slice(0, MOST_LISTED).join(', ') +
      (names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '');
