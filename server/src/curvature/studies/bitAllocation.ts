/** E2: what quantising each weight tensor and each activation costs in loss, and the bits that lose least within a budget. */
import { estimate, exactly, notComputed, type Circumstances } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import { bestAllocation, type Allocation, type Choice } from '../estimators/bitAllocation';
import type { Quantity } from '../quantity';
import { ACTIVATION_IDS, activationPlan } from './activationBits';
import {
  BITS,
  candidatesOf,
  lossesBySize,
  predictedWidths,
  stepOf,
  UNIFORM,
  unpredicted,
  widthQuantities,
  type Candidate,
  type PredictedWidths,
} from './bitCandidates';
import { errorTable, frontChart, plannedBits, planTable, type Plan } from './bitPlans';
import { coupledPlan, MOST_COUPLED } from './coupledBits';
import { LATENCIES, latencyPlans } from './latencyPlans';
import { changeQuantity, predictedChanges } from './lossChanges';
import type { Study, StudyContext, StudyOutcome } from './study';
import { weightTensors } from './weightTensors';

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
    'E2.predicted2',
    'E2.predicted3',
    'E2.predicted4',
    'E2.predicted8',
    'E2.bits',
    'E2.plannedIncrease',
    'E2.uniformIncrease',
    'E2.multiplications',
    ...LATENCIES,
    'E2.latencyIncrease',
    'E2.coupledIncrease',
    'E2.interaction',
    'E2.coupledBest',
    ...ACTIVATION_IDS,
  ],
  byDefault: false,
  needs: ['A2'],
  products: ({ problem }) => 2 * BITS.length * Math.min(MOST_COUPLED, weightTensors(problem.parameters).length),
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem, progress } = context;
  const candidates = candidatesOf(context);
  const predicted = await predictedWidths(context, candidates, (done) => progress(done / 3));
  const items = candidates.map((candidate) => lossesBySize(candidate, predicted));
  const parameters = candidates.reduce((sum, { block }) => sum + block.size, 0);
  const budget = UNIFORM * parameters;
  const planned = bestAllocation(items, budget);
  const circumstances = { hvps: 0, samples: problem.sampleCount };
  const timed = latencyPlans(candidates, items, context.options.latencies, circumstances);
  const bits = candidates.map(({ block: { name } }, index) =>
    plannedBits('E2.bits', { name, index, count: candidates.length, unit: 'weight' }, planned, circumstances),
  );
  const uniform = candidates.map(() => BITS.indexOf(UNIFORM));
  const totals = await increases(context, candidates, predicted, [
    { id: 'E2.plannedIncrease', choices: planned?.choices ?? uniform },
    { id: 'E2.uniformIncrease', choices: uniform },
    { id: 'E2.latencyIncrease', choices: timed.headline?.choices ?? timed.reason },
  ]);
  const coupled = await coupledPlan(
    context,
    candidates.map(({ block, changes }) => ({
      name: block.name,
      offset: block.offset,
      changes,
      costs: BITS.map((width) => width * block.size),
    })),
    BITS,
    planned?.choices,
    budget,
  );
  const activations = await activationPlan(context);
  return {
    quantities: [
      ...candidates.flatMap((candidate) => widthQuantities(candidate, predicted, context)),
      ...bits,
      ...totals,
      ...candidates.map((candidate) => multiplicationsOf(candidate, circumstances)),
      ...timed.quantities,
      ...coupled.quantities,
      ...activations.quantities,
    ],
    charts: [frontChart(candidates, items, parameters, planned), ...timed.charts],
    tables: [
      planTable(candidates, [...budgetPlans(candidates, items, parameters), ...timed.plans]),
      ...coupled.tables,
      errorTable(candidates),
      ...activations.tables,
    ],
    remarks: [
      ...remarksOf(context, candidates, predicted, planned, totals),
      ...coupled.remarks,
      ...timed.remarks,
      ...activations.remarks,
    ],
  };
}

/** All tensors changed together; a text in place of widths says why there are none. */
async function increases(
  context: StudyContext,
  candidates: readonly Candidate[],
  predicted: PredictedWidths,
  wanted: readonly { readonly id: QuantityId; readonly choices: readonly number[] | string }[],
): Promise<Quantity[]> {
  const steps = wanted.flatMap(({ choices }) =>
    typeof choices === 'string' || predicted.size === 0 ? [] : [stepOf(context, candidates, choices)],
  );
  const changes = (await predictedChanges(context, steps, () => undefined)).values();
  return wanted.map(({ id, choices }) => {
    if (typeof choices === 'string') return notComputed(id, choices);
    const change = changes.next().value;
    return change === undefined
      ? notComputed(id, unpredicted(context))
      : changeQuantity(id, change, 'outputs expanded along the change of all tensors', context);
  });
}

const multiplicationsOf = ({ block, multiplications }: Candidate, circumstances: Circumstances): Quantity =>
  estimate(
    'E2.multiplications',
    multiplications,
    { method: 'counted in the products of the traced model', estimator: exactly, sampling: null },
    circumstances,
    block.name,
  );

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
  context: StudyContext,
  candidates: readonly Candidate[],
  predicted: PredictedWidths,
  planned: Allocation | undefined,
  [best, uniform]: readonly Quantity[],
): string[] {
  const text = (quantity: Quantity | undefined): string =>
    quantity !== undefined && 'value' in quantity ? String(Number(quantity.value.toPrecision(3))) : '?';
  const negative = candidates.filter(({ trace }) => trace.value < 0).map(({ block }) => block.name);
  return [
    predicted.size > 0
      ? `At ${UNIFORM} bits per weight on average the best allocation is predicted to raise the loss by ${text(best)}, ${UNIFORM} bits everywhere by ${text(uniform)}.`
      : `Allocations are ranked by the sensitivity Ω alone: ${unpredicted(context)}.`,
    ...(planned === undefined
      ? []
      : [
          `It keeps at 8 bits: ${listed(candidates.filter((_, i) => BITS[planned.choices[i] ?? 0] === 8).map(({ block }) => block.name))}.`,
        ]),
    ...(negative.length === 0
      ? []
      : [
          `The trace of ${listed(negative)} is negative: this is no minimum in those weights, and their sensitivity Ω says nothing.`,
        ]),
    'Widths are of a uniform symmetric quantiser with a scale per output channel.',
  ];
}

const MOST_LISTED = 6;
const listed = (names: readonly string[]): string =>
  names.length === 0
    ? 'none'
    : names.slice(0, MOST_LISTED).join(', ') +
      (names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '');
