/** The part of E2 about activations: what quantising the inputs of each weight costs in loss. */
import { estimate, notComputed } from '../analysis/quantities';
import type { StudyTable } from '../chart';
import { bestAllocation } from '../estimators/bitAllocation';
import { rangeQuantised, squaredDistance } from '../estimators/uniformQuantiser';
import { activationForms, type ActivationForms } from '../operators/activationForms';
import { symmetricSpread, type Quantity } from '../quantity';
import { mean, meanHalfWidth } from '../statistics/moments';
import { studentisedBootstrap } from '../statistics/studentisedBootstrap';
import { subsetOf } from '../subproblem';
import { BITS, UNIFORM } from './bitCandidates';
import { plannedBits } from './bitPlans';
import type { StudyContext } from './study';

const SAMPLES = 32;
const PROBES = 8;
const BATCH = 16;
const IDS = ['E2.activation2', 'E2.activation3', 'E2.activation4', 'E2.activation8'] as const;

export interface ActivationPlan {
  readonly quantities: readonly Quantity[];
  readonly tables: readonly StudyTable[];
}

/** Ω of one activation at one width, sample by sample for every probe. */
interface Sensitivity {
  /** [probe] mean over samples. */
  readonly perProbe: readonly number[];
  /** [sample] mean over probes. */
  readonly perSample: Float64Array;
}

export async function activationPlan(context: StudyContext): Promise<ActivationPlan> {
  const { problem, engine, options, random, progress } = context;
  const refused = (reason: string): ActivationPlan => ({
    quantities: [...IDS, 'E2.activationBits' as const].map((id) => notComputed(id, reason)),
    tables: [],
  });
  if (!problem.separable) return refused(problem.inseparableBecause ?? 'the loss is not a mean over samples');
  const count = Math.min(SAMPLES, problem.sampleCount);
  const some = subsetOf(
    problem,
    Array.from({ length: count }, (_, i) => Math.floor((i * problem.sampleCount) / count)),
  );
  const activations = await activationForms(some, engine, {
    batch: Math.min(options.batch ?? BATCH, BATCH),
    probes: PROBES,
    random: random('signs on activations'),
    onActivation: progress,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (activations.length === 0) return refused('no weight has an input inside the model');
  const found = activations.map((activation) => BITS.map((bits) => sensitivityOf(activation, bits, count)));
  const sizes = activations.map(({ width }) => width);
  const planned = bestAllocation(
    found.map((own, l) =>
      own.map(({ perSample }, b) => ({
        loss: Math.max(0, mean(perSample)),
        cost: (BITS[b] ?? 0) * (sizes[l] ?? 0),
      })),
    ),
    UNIFORM * sizes.reduce((sum, size) => sum + size, 0),
  );
  const circumstances = { hvps: 0, samples: count };
  return {
    quantities: activations.flatMap(({ name }, l) => [
      ...IDS.map((id, b) =>
        quantityOf(id, name, found[l]?.[b] ?? { perProbe: [], perSample: new Float64Array() }, context, count),
      ),
      plannedBits(
        'E2.activationBits',
        { name, index: l, count: activations.length, unit: 'element' },
        planned,
        circumstances,
      ),
    ]),
    tables: [tableOf(activations, found, planned?.choices)],
  };
}

function sensitivityOf({ values, width, forms }: ActivationForms, bits: number, samples: number): Sensitivity {
  const rounded = rangeQuantised(values, bits);
  const errors = Float64Array.from({ length: samples }, (_, i) =>
    squaredDistance(rounded.subarray(i * width, (i + 1) * width), values.subarray(i * width, (i + 1) * width)),
  );
  const weighted = forms.map((form) => form.map((trace, i) => (trace / width) * (errors[i] as number)));
  return {
    perProbe: weighted.map((own) => mean(own)),
    perSample: Float64Array.from(errors, (_, i) => mean(weighted.map((own) => own[i] as number))),
  };
}

const quantityOf = (
  id: (typeof IDS)[number],
  name: string,
  { perProbe, perSample }: Sensitivity,
  { random }: StudyContext,
  samples: number,
): Quantity =>
  estimate(
    id,
    mean(perSample),
    {
      method: `${PROBES} draws of signs on ${samples} samples, range quantiser`,
      estimator: symmetricSpread(meanHalfWidth(perProbe)),
      sampling: samples < 2 ? null : studentisedBootstrap(perSample, random(`${id} ${name}`)),
    },
    { hvps: 0, samples },
    name,
  );

const tableOf = (
  activations: readonly ActivationForms[],
  found: readonly (readonly Sensitivity[])[],
  choices: readonly number[] | undefined,
): StudyTable => ({
  title: 'Bit widths of activations',
  caption: `The inputs of weights, at ${UNIFORM} bits per element on average; sensitivities as for weights.`,
  columns: [
    { title: 'input of' },
    { title: 'elements', unit: 'per sample' },
    { title: 'best', unit: 'bits' },
    ...BITS.map((bits) => ({ title: `Ω at ${bits} bits`, unit: 'loss' })),
  ],
  rows: activations.map(({ name, width }, l) => [
    name,
    width,
    BITS[choices?.[l] ?? -1] ?? null,
    ...(found[l] ?? []).map(({ perSample }) => mean(perSample)),
  ]),
});
