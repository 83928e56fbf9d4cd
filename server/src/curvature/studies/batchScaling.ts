/** B5: the settings that other batch sizes need by the scaling rules, and up to which batch size the rules can be trusted. */
import { estimate } from '../analysis/quantities';
import type { StudyTable } from '../chart';
import type { AdaptiveSettings } from '../estimators/adaptiveStability';
import { scaledSettings, type ScalableSettings } from '../estimators/scalingRules';
import { short } from '../numberText';
import { symmetricSpread, valueOf } from '../quantity';
import type { Known } from './reevaluation';
import { StudyRefusal, type Study, type StudyOutcome } from './study';

const RATIOS = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8];

export const batchScaling: Study = {
  id: 'B5',
  title: 'Settings for other batch sizes',
  group: 'batchSize',
  quantities: ['B5.learningRate'],
  byDefault: false,
  needs: ['C1'],
  products: () => 1,
  run: ({ options: { optimizer }, problem, quantity }) =>
    Promise.resolve(scalingFrom({ optimizer, samples: problem.sampleCount, quantity })),
};

/** From known numbers alone. */
export function scalingFrom({ optimizer, samples, quantity }: Omit<Known, 'largest'>): StudyOutcome {
  if (optimizer === null) throw new StudyRefusal('no optimizer was found in the training code');
  const { learningRate, batchSize, adaptive, kind } = optimizer;
  if (learningRate === null) throw new StudyRefusal('the learning rate was not found in the training code');
  if (batchSize === null) throw new StudyRefusal('the batch size was not found in the training code');
  if (adaptive?.rule === 'Adagrad' || optimizer.uncovered !== undefined)
    throw new StudyRefusal(`no scaling rule is known here for ${kind}`);
  const settings: ScalableSettings = {
    learningRate,
    ...(adaptive === undefined ? {} : { adaptive: { betas: betasOf(adaptive), eps: adaptive.eps } }),
  };
  const ratios = RATIOS.filter((ratio) => Number.isInteger(batchSize * ratio));
  const critical = valueOf(quantity('C1.criticalBatch'));
  return {
    quantities: ratios.map((ratio) =>
      estimate(
        'B5.learningRate',
        scaledSettings(settings, ratio).learningRate,
        {
          method: adaptive === undefined ? 'linear scaling' : 'square-root scaling',
          estimator: symmetricSpread(0),
          sampling: null,
        },
        { hvps: 0, samples },
        `B = ${batchSize * ratio}`,
      ),
    ),
    tables: [table(settings, batchSize, ratios)],
    remarks: [
      adaptive === undefined
        ? `With ${kind} the learning rate follows the batch size in proportion.`
        : `With ${kind} the learning rate follows the square root of the batch size; β and ε change with it.`,
      ...(critical === undefined
        ? []
        : [
            `The rule holds while noise dominates, up to batches of about ${short(critical)} (the critical batch size C1); beyond, larger batches need no larger learning rate.`,
          ]),
    ],
  };
}

const betasOf = (settings: AdaptiveSettings): number[] =>
  settings.rule === 'Adam' ? [settings.beta1, settings.beta2] : settings.rule === 'RMSprop' ? [settings.alpha] : [];

const table = (settings: ScalableSettings, batchSize: number, ratios: readonly number[]): StudyTable => ({
  title: 'Settings by batch size',
  columns: [{ title: 'batch size' }, { title: 'learning rate' }, { title: 'β' }, { title: 'ε' }],
  rows: ratios.map((ratio) => {
    const { learningRate, betas, eps } = scaledSettings(settings, ratio);
    const shown = betas === null ? 'none fits' : (betas?.map(short).join(', ') ?? null);
    return [batchSize * ratio, learningRate, shown, eps ?? null];
  }),
});
