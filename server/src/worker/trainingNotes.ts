/** What a training script does beside its optimizer, as lines of a report: it changes what the measured numbers mean for the training. */
import { basename } from 'node:path';
import type { Fact, TrainingFacts } from '../frontend/torch/trainingFacts';
import type { SourceSpan } from '../graph/node';

export function trainingNotes(facts: TrainingFacts | undefined): string[] {
  if (facts === undefined) return [];
  const { command, schedules, warmUp, clipping, accumulationSteps, mixedPrecision, weightAverage } = facts;
  return [
    ...noted(command, (text) => `the training script is read as it is documented to be run, ${text}`),
    ...schedules.map(({ kind, span, peak, certain }) => {
      const rate = peak === null ? '' : `, up to ${peak}`;
      return placed(
        kind === 'by hand' ? 'the learning rate is set by hand' : `learning rate by ${kind}${rate}`,
        span,
        certain,
      );
    }),
    ...noted(warmUp, (length) => `warm-up of the learning rate over ${length} steps or epochs`),
    ...noted(
      clipping,
      ({ kind, limit }) => `gradients are clipped, ${kind === 'tensorNorm' ? 'norm of each parameter' : kind} ${limit}`,
    ),
    ...noted(accumulationSteps, (steps) => (steps > 1 ? `gradients of ${steps} batches are added up` : undefined)),
    ...noted(mixedPrecision, (name) => `trained in mixed precision, ${name}`),
    ...noted(
      weightAverage,
      ({ kind, decay }) => `an average of the weights is kept, ${kind}${decay === null ? '' : ` with decay ${decay}`}`,
    ),
  ];
}

function noted<T>(fact: Fact<T> | null, text: (value: T) => string | undefined): string[] {
  const said = fact === null ? undefined : text(fact.value);
  return fact === null || said === undefined ? [] : [placed(said, fact.span, fact.certain)];
}

const placed = (text: string, { file, line }: SourceSpan, certain: boolean): string =>
  `${text} (${certain ? '' : 'not certain; '}${basename(file)}:${line})`;
