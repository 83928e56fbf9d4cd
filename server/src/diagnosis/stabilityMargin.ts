import { short } from '../curvature/numberText';
import { isComputed, valueOf } from '../curvature/quantity';
import type { AnalysisResult } from '../curvature/result';
import type { Finding, Severity } from './finding';
import type { CodeFacts } from './rule';
import { trialOf } from './trial';

interface MarginRule {
  readonly code: string;
  readonly severity: Severity;
  /** Whether it judges adaptive optimizers, or the others. */
  readonly adaptive: boolean;
  readonly applies: (margin: number) => boolean;
  readonly advice: string;
}

/**
 * A finding on the learning rate when the margin is in the rule's range; where the interval leaves the range, it says so. A trial run that went well makes a warning
 * information: beyond the limit of a quadratic, networks often find a flatter place.
 */
export function marginFinding(result: AnalysisResult, facts: CodeFacts, rule: MarginRule): Finding[] {
  const { margin, limit, learningRate, optimizer } = result.stability;
  const isAdaptive = facts.optimizer?.adaptive !== undefined;
  if (!isComputed(margin) || learningRate === null || isAdaptive !== rule.adaptive || !rule.applies(margin.value))
    return [];
  const { low, high } = margin.interval;
  const certain = low !== null && high !== null && rule.applies(low) && rule.applies(high);
  const sharpness = valueOf(result.quantities[isAdaptive ? 'B2.preconditionedSharpness' : 'B1.sharpness']);
  const trial = trialOf(result);
  const place = facts.learningRateAt ?? facts.modelAt;
  const limitText = isComputed(limit)
    ? `${short(limit.value)} [${short(limit.interval.low ?? 0)}, ${limit.interval.high === null ? '∞' : short(limit.interval.high)}]`
    : 'unknown';
  return [
    {
      ...place,
      code: rule.code,
      severity: trial?.diverged === false ? 'information' : rule.severity,
      message:
        `Learning rate ${short(learningRate)} is ${short(margin.value)} times the largest stable one, ${limitText}, of ${optimizer ?? 'the optimizer'} ` +
        `at λmax${isAdaptive ? '(P⁻¹H)' : ''} = ${sharpness === undefined ? '?' : short(sharpness)}${certain ? '' : ' (the interval reaches the other side of the limit)'}. ${[trial?.text ?? [], rule.advice].flat().join(' ')}`,
      related: [{ ...facts.modelAt, message: `the model whose loss was analysed: ${result.provenance.model}` }],
    },
  ];
}
