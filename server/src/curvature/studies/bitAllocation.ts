/** E2: what quantising each weight tensor and each activation costs in loss, and the bits that lose least within a budget. */
import { estimate } from '../analysis/quantities';
import { bestAllocation, type Allocation, type Choice } from '../estimators/bitAllocation';
import { quantised, squaredDistance } from '../estimators/uniformQuantiser';
import { symmetricSpread, type Quantity } from '../quantity';
import type { Problem } from '../problem';
import { weightMultiplications } from '../weightOperations';
import { activationPlan } from './activationBits';
import { BITS, errorTable, frontChart, plannedBits, planTable, UNIFORM, type Candidate, type Plan } from './bitPlans';
import { coupledPlan, MOST_COUPLED, type QuantisedTensor } from './coupledBits';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';
import { weightTensors, type WeightTensor } from './weightTensors';

const SIZE_BUDGETS = [3, 4, 6] as const;

export const bitAllocation: Study = {
  id: 'E2',
  title: 'Bit widths of weights and activations',
  group: 'quantisation',
  quantities: [
    'E2.sensitivity2',
    'E2.sensitivity3',
    'E2.sensitivity4',
    'E2.sensitivity8',
    'E2.bits',
    'E2.plannedIncrease',
    'E2.uniformIncrease',
    'E2.coupledIncrease',
    'E2.interaction',
    'E2.coupledBest',
    'E2.activation2',
    'E2.activation3',
    'E2.activation4',
    'E2.activation8',
    'E2.activationBits',
  ],
  byDefault: false,
  needs: ['A2'],
  products: ({ problem }) => BITS.length * Math.min(MOST_COUPLED, weightTensors(problem.parameters).length),
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
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
  const bits = candidates.map(({ block: { name } }, index) =>
    plannedBits('E2.bits', { name, index, count: candidates.length, unit: 'weight' }, planned, circumstances),
  );
  const totals = [increase('E2.plannedIncrease', planned?.choices ?? uniform), increase('E2.uniformIncrease', uniform)];
  const coupled = await coupledPlan(
    context,
    candidates.map((candidate) => changesOf(candidate, problem)),
    BITS,
    planned?.choices,
    UNIFORM * parameters,
  );
  const activations = await activationPlan(context);
  return {
    quantities: [
      ...candidates.flatMap((candidate) => sensitivities(candidate, context)),
      ...bits,
      ...totals,
      ...coupled.quantities,
      ...activations.quantities,
    ],
    charts: [frontChart(candidates, items, parameters, planned)],
    tables: [planTable(candidates, plans), ...coupled.tables, errorTable(candidates), ...activations.tables],
    remarks: [...remarksOf(candidates, planned, totals), ...coupled.remarks],
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

function changesOf({ block, channels }: WeightTensor, { theta }: Problem): QuantisedTensor {
  const weights = theta.slice(block.offset, block.offset + block.size);
  return {
    name: block.name,
    offset: block.offset,
    changes: BITS.map((bits) => quantised(weights, bits, channels).map((value, i) => value - (weights[i] as number))),
    costs: BITS.map((bits) => bits * block.size),
  };
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
