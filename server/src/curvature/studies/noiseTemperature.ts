/** B8: how noisy the steps of the script are, and which regime that is. */
import { estimate, scaledQuantity } from '../analysis/quantities';
import { short } from '../numberText';
import { symmetricSpread, valueOf } from '../quantity';
import type { Known } from './reevaluation';
import { StudyRefusal, type Study, type StudyOutcome } from './study';

/** From here on the limit counts as close, as HL102 has it. */
const EDGE = 0.8;

export const noiseTemperature: Study = {
  id: 'B8',
  title: 'Temperature of the gradient noise',
  group: 'batchSize',
  quantities: ['B8.temperature', 'B8.noiseToSignal'],
  byDefault: false,
  needs: ['C1'],
  products: () => 1,
  run: ({ options: { optimizer }, problem, quantity }) =>
    Promise.resolve(temperatureFrom({ optimizer, samples: problem.sampleCount, quantity })),
};

/** From known numbers alone. */
export function temperatureFrom({ optimizer, samples, quantity }: Omit<Known, 'largest'>): StudyOutcome {
  if (optimizer === null) throw new StudyRefusal('no optimizer was found in the training code');
  const { learningRate, batchSize, momentum, adaptive } = optimizer;
  if (learningRate === null) throw new StudyRefusal('the learning rate was not found in the training code');
  if (batchSize === null) throw new StudyRefusal('the batch size was not found in the training code');
  // Momentum adds up 1/(1 − β) gradients; an adaptive optimizer averages them instead.
  const lasting = adaptive === undefined ? 1 - (momentum ?? 0) : 1;
  const temperature = learningRate / (batchSize * lasting);
  const circumstances = { hvps: 0, samples };
  const noise = scaledQuantity('B8.noiseToSignal', quantity('C1.noiseScale') ?? missing(), 1 / batchSize);
  const ratio = valueOf(noise);
  const margin = valueOf(quantity('B1.margin'));
  return {
    quantities: [
      estimate(
        'B8.temperature',
        temperature,
        { method: 'from the training script', estimator: symmetricSpread(0), sampling: null },
        circumstances,
      ),
      noise,
    ],
    remarks: [
      `The temperature η/(B(1 − β)) is ${short(temperature)}.`,
      ...(ratio === undefined ? [] : [regimeOf(ratio, margin)]),
    ],
  };
}

const missing = (): { id: string; notComputed: string } => ({
  id: 'C1.noiseScale',
  notComputed: 'needs the noise scale (C1)',
});

function regimeOf(ratio: number, margin: number | undefined): string {
  const noise = `in one step the noise carries ${short(ratio)} times the energy of the gradient`;
  if (ratio > 1) return `Noise dominates: ${noise}; smaller steps or larger batches would follow the gradient better.`;
  if (margin !== undefined && margin >= EDGE)
    return `Steps are large and the gradient dominates: ${noise}, and the learning rate is ${short(margin)} times its stable limit: the edge of stability or beyond it.`;
  return `The gradient dominates: ${noise}; training follows the gradient flow closely.`;
}
