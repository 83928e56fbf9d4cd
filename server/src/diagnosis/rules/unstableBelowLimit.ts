import { isComputed } from '../../curvature/quantity';
import { short } from '../../curvature/numberText';
import type { AnalysisResult } from '../../curvature/result';
import type { Finding, Severity } from '../finding';
import type { CodeFacts, Rule } from '../rule';
import { trialOf } from '../trial';

export const unstableBelowLimit: Rule = {
  code: 'HL104',
  title: 'Training is unstable below the limit of the full gradient',
  documentation: `The learning rate is below the limit that the largest Hessian eigenvalue sets (B1, B2), or that limit is not known, and yet the loss rises by more than a fifth within the first 50 steps. Reasons are the noise of
mini-batches, which lowers the limit (quantities B3), the first steps of an adaptive optimizer whose averages are still empty, momentum that builds up, or curvature that grows on the way.

**How it is computed.** The script's optimizer, with its state from the checkpoint if there is one, takes 50 steps from these parameters on batches of the script's size, drawn from the analysed samples; the loss of all of them is measured after each of
the first four steps and after every fourth (quantity B10). The finding appears when it was more than 20 % above its start. It also appears where SGD without momentum has a learning rate above the whole interval of B3.meanSquareLimit or B3.frobeniusLimit (after the study *Stability with mini-batches*):
above either, the distance from a minimum grows in the mean square, whatever the spectrum's rest. A trial that went well makes that information.

**When it is wrong.** The trial has a constant learning rate: a warm-up that starts lower, or clipping of the gradient, may prevent what it shows. It sees the analysed samples only, in eval mode. A run may recover from such a rise. The limits of B3 hold near a minimum where the loss is quadratic; growth
in the mean square can take many steps to show, and a typical run can shrink while rare batches blow up the mean.

**What to do.** Lower the learning rate, warm up, take larger batches, or clip the gradient; the study B10 shows which learning rates hold.

**Source.** Dexter et al. 2024, A Precise Characterization of SGD Stability Using Loss Surface Geometry; Gilmer et al. 2021, A Loss Curvature Perspective on Training Instability.`,
  check: (result, facts) => {
    const { margin, learningRate } = result.stability;
    const trial = trialOf(result);
    // Above the limit it is HL101 or HL103 that says so.
    if (learningRate === null || (isComputed(margin) && margin.value > 1)) return [];
    if (trial?.diverged === true) return [finding(result, facts, 'warning', trial.text)];
    const condition = brokenCondition(result, facts, learningRate);
    if (condition === undefined) return [];
    return [finding(result, facts, trial === undefined ? 'warning' : 'information', condition)];
  },
};

function finding(result: AnalysisResult, facts: CodeFacts, severity: Severity, reason: string): Finding {
  const { margin, learningRate, optimizer, batchSize } = result.stability;
  const share = isComputed(margin) ? `, ${short(margin.value)} of its limit for the full gradient,` : '';
  return {
    ...(facts.learningRateAt ?? facts.modelAt),
    code: 'HL104',
    severity,
    message:
      `Learning rate ${short(learningRate ?? NaN)} of ${optimizer ?? 'the optimizer'}${share} is too large for ` +
      `${batchSize === null ? 'its batches' : `batches of ${batchSize}`}. ${reason} Lower it, warm up or take larger batches.`,
    related: [{ ...facts.modelAt, message: `the model whose loss was analysed: ${result.provenance.model}` }],
  };
}

/** The smaller of the limits of B3 that the learning rate of plain SGD is above, as a sentence. */
function brokenCondition({ quantities }: AnalysisResult, { optimizer }: CodeFacts, rate: number): string | undefined {
  const isPlain = optimizer?.adaptive === undefined && optimizer?.uncovered === undefined && optimizer?.momentum === 0;
  if (!isPlain || optimizer.batchSize === null) return undefined;
  const [least] = ['B3.meanSquareLimit', 'B3.frobeniusLimit']
    .map((id) => quantities[id])
    .filter((limit) => limit !== undefined)
    .filter(isComputed)
    .filter(({ interval: { high } }) => high !== null && rate > high)
    .sort((a, b) => a.value - b.value);
  return least === undefined
    ? undefined
    : `Above ${short(least.value)} (${least.id}) the noise of such batches makes the distance from a minimum grow in the mean square.`;
}
