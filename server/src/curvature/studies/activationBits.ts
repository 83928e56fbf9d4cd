/** The part of E2 about activations: what quantising the inputs of each weight costs in loss. */
import { estimate, notComputed } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { StudyTable } from '../chart';
import { bestAllocation } from '../estimators/bitAllocation';
import { rangeQuantised } from '../estimators/uniformQuantiser';
import { squaredNorm } from '../linearAlgebra/vector';
import { short } from '../numberText';
import { activationChanges, type ActivationChange } from '../operators/activationChanges';
import { activationForms, type ActivationForms } from '../operators/activationForms';
import { symmetricSpread, type Quantity } from '../quantity';
import { mean, meanHalfWidth } from '../statistics/moments';
import { rankCorrelation } from '../statistics/rankCorrelation';
import { studentisedBootstrap } from '../statistics/studentisedBootstrap';
import { subsetOf } from '../subproblem';
import { BITS, UNIFORM } from './bitCandidates';
import { plannedBits } from './bitPlans';
import { changeQuantity } from './lossChanges';
import type { StudyContext } from './study';

const SAMPLES = 32;
const PROBES = 8;
const BATCH = 16;
const SENSITIVITIES = ['E2.activation2', 'E2.activation3', 'E2.activation4', 'E2.activation8'] as const;
const PREDICTIONS = [
  'E2.activationPredicted2',
  'E2.activationPredicted3',
  'E2.activationPredicted4',
  'E2.activationPredicted8',
] as const;
export const ACTIVATION_IDS = [...SENSITIVITIES, ...PREDICTIONS, 'E2.activationMeasured', 'E2.activationBits'] as const;
/** Fewer have no rank worth telling. */
const FEWEST_RANKED = 3;

export interface ActivationPlan {
  readonly quantities: readonly Quantity[];
  readonly tables: readonly StudyTable[];
  readonly remarks: readonly string[];
}

/** Ω of one activation at one width, sample by sample for every probe. */
interface Sensitivity {
  /** [probe] mean over samples. */
  readonly perProbe: readonly number[];
  /** [sample] mean over probes. */
  readonly perSample: Float64Array;
}

/** What every width does to one activation. */
interface Rounded {
  readonly name: string;
  /** Elements of one sample. */
  readonly width: number;
  readonly sensitivities: readonly Sensitivity[];
  readonly changes: readonly ActivationChange[];
}

export async function activationPlan(context: StudyContext): Promise<ActivationPlan> {
  const { problem, engine, options, random, progress } = context;
  const refused = (reason: string): ActivationPlan => ({
    quantities: ACTIVATION_IDS.map((id) => notComputed(id, reason)),
    tables: [],
    remarks: [],
  });
  if (!problem.separable) return refused(problem.inseparableBecause ?? 'the loss is not a mean over samples');
  const count = Math.min(SAMPLES, problem.sampleCount);
  const some = subsetOf(
    problem,
    Array.from({ length: count }, (_, i) => Math.floor((i * problem.sampleCount) / count)),
  );
  const runs = {
    batch: Math.min(options.batch ?? BATCH, BATCH),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const forms = await activationForms(some, engine, {
    ...runs,
    probes: PROBES,
    random: random('signs on activations'),
    onActivation: progress,
  });
  if (forms.length === 0) return refused('no weight has an input inside the model');
  const activations: Rounded[] = [];
  for (const [index, own] of forms.entries()) {
    const errors = BITS.map((bits) => rangeQuantised(own.values, bits).map((x, k) => x - (own.values[k] as number)));
    activations.push({
      ...own,
      sensitivities: errors.map((error) => sensitivityOf(own, error, count)),
      changes: await activationChanges(some, engine, index, errors, runs),
    });
  }
  const planned = bestAllocation(
    activations.map((activation) =>
      BITS.map((bits, b) => ({ loss: plannedLoss(activation, b), cost: bits * activation.width })),
    ),
    UNIFORM * activations.reduce((sum, { width }) => sum + width, 0),
  );
  const circumstances = { hvps: 0, samples: count };
  const ofSome = { ...context, problem: some };
  return {
    quantities: activations.flatMap((activation, index) => [
      ...widthQuantities(activation, ofSome),
      plannedBits(
        'E2.activationBits',
        { name: activation.name, index, count: activations.length, unit: 'element' },
        planned,
        circumstances,
      ),
    ]),
    tables: [tableOf(activations, planned?.choices)],
    remarks: ranksRemark(activations),
  };
}

/** The predicted increase; where that is no number ½Ω, of which a negative one, where rounding would seem to help, counts as none. */
function plannedLoss({ sensitivities, changes }: Rounded, b: number): number {
  const predicted = mean(changes[b]?.predicted ?? new Float64Array());
  return Number.isFinite(predicted)
    ? predicted
    : Math.max(0, mean(sensitivities[b]?.perSample ?? new Float64Array())) / 2;
}

function sensitivityOf({ width, forms }: ActivationForms, error: Float64Array, samples: number): Sensitivity {
  const squares = Float64Array.from({ length: samples }, (_, i) =>
    squaredNorm(error.subarray(i * width, (i + 1) * width)),
  );
  const weighted = forms.map((form) => form.map((trace, i) => (trace / width) * (squares[i] as number)));
  return {
    perProbe: weighted.map((own) => mean(own)),
    perSample: Float64Array.from(squares, (_, i) => mean(weighted.map((own) => own[i] as number))),
  };
}

function widthQuantities({ name, sensitivities, changes }: Rounded, context: StudyContext): Quantity[] {
  const prediction = (id: QuantityId, b: number): Quantity =>
    changeQuantity(
      id,
      changes[b]?.predicted ?? new Float64Array(),
      `outputs expanded along the change to ${BITS[b] ?? '?'} bits, range quantiser`,
      context,
      name,
    );
  const measured = changeQuantity(
    'E2.activationMeasured',
    changes[BITS.indexOf(UNIFORM)]?.measured ?? new Float64Array(),
    `losses with and without the change to ${UNIFORM} bits, range quantiser`,
    context,
    name,
  );
  const sensitivity = (id: QuantityId, b: number): Quantity => {
    const own = sensitivities[b];
    return own === undefined ? notComputed(id, 'not a width', name) : sensitivityQuantity(id, name, own, context);
  };
  return [...SENSITIVITIES.map(sensitivity), ...PREDICTIONS.map(prediction), measured];
}

const sensitivityQuantity = (
  id: QuantityId,
  name: string,
  { perProbe, perSample }: Sensitivity,
  { random, problem: { sampleCount } }: StudyContext,
): Quantity =>
  estimate(
    id,
    mean(perSample),
    {
      method: `${PROBES} draws of signs on ${sampleCount} samples, range quantiser`,
      estimator: symmetricSpread(meanHalfWidth(perProbe)),
      sampling: sampleCount < 2 ? null : studentisedBootstrap(perSample, random(`${id} ${name}`)),
    },
    { hvps: 0, samples: sampleCount },
    name,
  );

const tableOf = (activations: readonly Rounded[], choices: readonly number[] | undefined): StudyTable => ({
  title: 'Bit widths of activations',
  caption: `The inputs of weights, at ${UNIFORM} bits per element on average: the increase of the loss with one of them rounded, as outputs expanded along the change predict it and as it is, and Ω as for weights.`,
  columns: [
    { title: 'input of' },
    { title: 'elements', unit: 'per sample' },
    { title: 'best', unit: 'bits' },
    ...BITS.flatMap((bits) => [
      { title: `predicted at ${bits} bits`, unit: 'loss' },
      { title: `measured at ${bits} bits`, unit: 'loss' },
      { title: `Ω at ${bits} bits`, unit: 'loss' },
    ]),
  ],
  rows: activations.map(({ name, width, changes, sensitivities }, l) => [
    name,
    width,
    BITS[choices?.[l] ?? -1] ?? null,
    ...changes.flatMap(({ predicted, measured }, b) => [
      mean(predicted),
      mean(measured),
      mean(sensitivities[b]?.perSample ?? new Float64Array()),
    ]),
  ]),
});

/** How well predictions rank the inputs by what rounding them does. */
function ranksRemark(activations: readonly Rounded[]): string[] {
  if (activations.length < FEWEST_RANKED) return [];
  const b = BITS.indexOf(UNIFORM);
  const of = (pick: (activation: Rounded) => Float64Array | undefined): number[] =>
    activations.map((activation) => mean(pick(activation) ?? new Float64Array()));
  const measured = of(({ changes }) => changes[b]?.measured);
  const predicted = rankCorrelation(
    of(({ changes }) => changes[b]?.predicted),
    measured,
  );
  const byTrace = rankCorrelation(
    of(({ sensitivities }) => sensitivities[b]?.perSample),
    measured,
  );
  return [
    `Over the ${activations.length} inputs of weights at ${UNIFORM} bits, ranks of the predicted and the measured increase correlate by ${short(predicted)}, those of Ω and the measured one by ${short(byTrace)}.`,
  ];
}
