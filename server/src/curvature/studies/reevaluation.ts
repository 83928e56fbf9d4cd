/** Studies whose results follow, for another learning rate, momentum or batch size, from numbers that are known: they are judged anew without an analysis. */
import type { FoundOptimizer } from '../analysis/stability';
import type { Quantity } from '../quantity';
import type { StudyResult } from '../result';
import { atBatch, BATCH_MARK, noiseOf } from './batchLaw';
import { batchScaling, scalingFrom } from './batchScaling';
import { gapGrowth } from './generalisationGap';
import { miniBatchRemarks } from './miniBatchRemarks';
import { noiseTemperature, temperatureFrom } from './noiseTemperature';
import type { Study, StudyOutcome } from './study';
import { completed, studyResultOf, withRefusal } from './studyResult';

/** What is known after an edit. */
export interface Known {
  readonly optimizer: FoundOptimizer | null;
  readonly samples: number;
  /** λmax of the Hessian. */
  readonly largest: number | undefined;
  /** Those of stability as they are after the edit. */
  readonly quantity: (id: string) => Quantity | undefined;
}

/** Before and after the edit, the result of the study before it, and its quantities. */
interface Edit {
  readonly before: FoundOptimizer | null;
  readonly now: Known;
  readonly study: StudyResult;
}

export interface Reevaluated {
  readonly study: StudyResult;
  readonly quantities: readonly Quantity[];
}

const anew = (study: Study, outcome: () => StudyOutcome): Reevaluated => {
  const found = withRefusal(study, outcome);
  const quantities = completed(study, found);
  return { study: studyResultOf(study, found, quantities), quantities };
};

/** B3: only the batch size is in its numbers, and the learning rate in what is said of them. */
function miniBatches({ before, now, study }: Edit): Reevaluated | undefined {
  if (before?.batchSize !== now.optimizer?.batchSize) return undefined;
  const remarks = miniBatchRemarks(
    now.optimizer,
    now.quantity('B3.batchSharpness'),
    now.quantity('B3.meanSquareLimit'),
  );
  return { study: { ...study, remarks }, quantities: [] };
}

/** B4: the law of the eigenvalue over the batch size holds for every one. */
function batchEdge({ now, study }: Edit): Reevaluated | undefined {
  const noise = noiseOf(now.quantity('B4.hessianNoise'));
  if (now.largest === undefined || noise === undefined) return undefined;
  const { batch, quantities, remarks } = atBatch(now, now.largest, noise);
  const charts = study.charts.map((chart) =>
    chart.kind !== 'lines' || chart.marks === undefined
      ? chart
      : { ...chart, marks: chart.marks.map((mark) => (mark.label === BATCH_MARK ? { ...mark, value: batch } : mark)) },
  );
  return { study: { ...study, charts, remarks }, quantities };
}

const rules: Readonly<Record<string, (edit: Edit) => Reevaluated | undefined>> = {
  B3: miniBatches,
  B4: batchEdge,
  B5: ({ now }) => anew(batchScaling, () => scalingFrom(now)),
  B8: ({ now }) => anew(noiseTemperature, () => temperatureFrom(now)),
  // The preconditioned curvature is the caller's; where the quadratic model holds does not depend on who steps.
  B2: ({ study }) => ({ study, quantities: [] }),
  B9: ({ study }) => ({ study, quantities: [] }),
  // The gap itself is damped by the weight decay.
  C5: ({ before, now, study }) =>
    before?.weightDecay === now.optimizer?.weightDecay ? { study, quantities: [gapGrowth(now)] } : undefined,
};

/** Undefined where it takes an analysis. Other studies of other sections do not depend on the optimizer. */
export function reevaluatedStudy(edit: Edit): Reevaluated | undefined {
  const rule = rules[edit.study.id];
  if (rule !== undefined) return rule(edit);
  return edit.study.id.startsWith('B') ? undefined : { study: edit.study, quantities: [] };
}
