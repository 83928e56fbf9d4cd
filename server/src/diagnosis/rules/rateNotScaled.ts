import { short } from '../../curvature/numberText';
import { scaledLearningRate } from '../../curvature/estimators/scalingRules';
import type { AnalysisResult, StabilityResult } from '../../curvature/result';
import type { Finding } from '../finding';
import type { CodeFacts, Rule } from '../rule';

/** Learning rates closer than this are the same. */
const TOLERANCE = 0.01;

export const rateNotScaled: Rule = {
  code: 'HL106',
  title: 'The learning rate does not follow the batch size or the checkpoint',
  documentation: `The batch size was edited after the analysis and the learning rate was not; or the optimizer's state in the checkpoint has the learning rate of the run that wrote it, and the script has another one. Training from this checkpoint then goes on differently.

**How it is computed.** The batch size and learning rate of the script against those that the spectrum was computed with; the learning rate of the first parameter group in the checkpoint (where a scheduler was used, the one it started from) against the script's.

**When it is wrong.** A change may be meant. Where the optimizer's own state is loaded afterwards, PyTorch takes the learning rate of the checkpoint, not that of the script.

**What to do.** If the batch size changed, the rules are: learning rate in proportion to it for SGD, to its square root for Adam and RMSprop (study B5). Otherwise compare both rates with the limit (B1) and the trial run (B10).

**Source.** Malladi et al. 2022, On the SDEs and Scaling Rules for Adaptive Gradient Algorithms; Granziol et al. 2022, Learning Rates as a Function of Batch Size.`,
  check: (result, facts) => [...afterEdit(result, facts), ...againstCheckpoint(result, facts)],
};

/** Another batch size with the learning rate of before. */
function afterEdit({ stability, provenance }: AnalysisResult, facts: CodeFacts): Finding[] {
  const { learningRate, batchSize, editedFrom } = stability;
  const scaled = scaledRate(stability);
  if (scaled === undefined || learningRate === null || batchSize === null) return [];
  const rule = facts.optimizer?.adaptive === undefined ? 'in proportion' : 'by the square root';
  return [
    {
      ...(facts.learningRateAt ?? facts.modelAt),
      code: 'HL106',
      severity: 'information',
      message: `The batch size went from ${editedFrom?.batchSize ?? '?'} to ${batchSize}, the learning rate stayed ${short(learningRate)}. Training stays alike with ${short(scaled)}, which follows the batch size ${rule}.`,
      related: [{ ...facts.modelAt, message: `the model whose loss was analysed: ${provenance.model}` }],
    },
  ];
}

/** The learning rate that an edited batch size asks for; undefined where it was not edited, or the learning rate was as well. */
export function scaledRate({ learningRate, batchSize, editedFrom, settings }: StabilityResult): number | undefined {
  if (learningRate === null || batchSize === null || !editedFrom?.batchSize) return undefined;
  if (batchSize === editedFrom.batchSize || learningRate !== editedFrom.learningRate) return undefined;
  if (settings?.uncovered !== undefined || settings?.adaptive?.rule === 'Adagrad') return undefined;
  return scaledLearningRate(settings?.adaptive !== undefined, learningRate, editedFrom.batchSize, batchSize);
}

function againstCheckpoint({ stability, provenance }: AnalysisResult, facts: CodeFacts): Finding[] {
  const { learningRate, checkpointLearningRate: before } = stability;
  if (learningRate === null || before === undefined || before <= 0) return [];
  const ratio = learningRate / before;
  if (Math.abs(ratio - 1) <= TOLERANCE) return [];
  const batches = facts.optimizer?.adaptive === undefined ? ratio : ratio ** 2;
  return [
    {
      ...(facts.learningRateAt ?? facts.modelAt),
      code: 'HL106',
      severity: 'information',
      message: `Learning rate ${short(learningRate)} is ${short(ratio)} times the ${short(before)} that the checkpoint was trained with. By the scaling rule this goes with batches ${short(batches)} times as large.`,
      related: [{ ...facts.modelAt, message: `the model whose checkpoint was read: ${provenance.model}` }],
    },
  ];
}
