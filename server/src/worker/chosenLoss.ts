/** The loss of an analysis: asked for, given by the model, read in the training script, or guessed. */
import type { Dataset } from '../dataset/dataset';
import { hasWeights, targetArray } from '../dataset/sampleWeights';
import { lossNote } from '../frontend/lossNote';
import type { LossSpec, ModuleName, TargetOfData, TracedModel } from '../frontend/model';
import { guessLoss } from '../frontend/torch/guessLoss';
import { isLossName, lossNames } from '../frontend/torch/lossTable';
import type { TrainingFacts } from '../frontend/torch/trainingFacts';
import { InputError } from './inputError';

export interface ChosenLoss {
  /** Undefined: the one that `forward` returns. */
  readonly spec: LossSpec | undefined;
  readonly notes: readonly string[];
}

/** `model`: gives the model without a loss on it; throws where it cannot be read. Throws an `InputError` where no loss is found. */
export function chooseLoss(
  asked: string | undefined,
  model: () => TracedModel,
  file: { readonly path: string; readonly source: string },
  facts: TrainingFacts | undefined,
  dataset: Dataset | undefined,
  script: string | undefined,
): ChosenLoss {
  if (asked !== undefined) return { spec: specOf(asked, dataset), notes: [] };
  const traced = model();
  if (traced.compiled === true) return { spec: { kind: 'own', ...targetOf(dataset) }, notes: [] };
  if (traced.loss !== undefined) return { spec: undefined, notes: [] };
  const failed = traced.lossStopped === undefined ? [] : [lossNote(traced.lossStopped, traced)];
  if (facts !== undefined && facts.loss !== null) {
    const { value, span, definedIn, certain } = facts.loss;
    const note = `loss from ${span.file}:${span.line}${certain ? '' : ', one of several or a part of it'}`;
    return { spec: expressionOf(value, dataset, definedIn), notes: [...failed, note] };
  }
  const target = dataset && targetArray(dataset);
  const guessed = guessLoss(traced, file.source, target);
  if (guessed === undefined)
    throw new InputError(
      `no loss was found ${script === undefined ? '(there is no training script)' : `in ${script}`}`,
      {
        file: file.path,
        hint: `Name it: --loss ${lossNames.slice(1, 5).join('|')}|…`,
      },
    );
  const { spec, because } = guessed;

  return {
    spec: { ...spec, ...targetOf(dataset) },
    notes: [...failed, `the loss is a guess, ${spec.name} (${because}); --loss names another`],
  };
}

const specOf = (text: string, dataset: Dataset | undefined): LossSpec =>
  isLossName(text) ? { kind: 'name', name: text, ...targetOf(dataset) } : expressionOf(text, dataset);

/** A loss of the code's own is compared with whatever targets the data hold. */
function expressionOf(text: string, dataset: Dataset | undefined, definedIn?: ModuleName): LossSpec {
  return { kind: 'expression', text, ...targetOf(dataset), ...(definedIn === undefined ? {} : { definedIn }) };
}

function targetOf(dataset: Dataset | undefined): { readonly target?: TargetOfData } {
  const target = dataset && targetArray(dataset);
  if (dataset === undefined || target === undefined) return {};
  return { target: { sample: target.shape, dtype: target.dtype, ...(hasWeights(dataset) ? { weighted: true } : {}) } };
}
