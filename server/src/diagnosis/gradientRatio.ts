import { isComputed } from '../curvature/quantity';
import type { AnalysisResult } from '../curvature/result';
import { short } from '../curvature/numberText';
import type { Finding } from './finding';
import type { CodeFacts } from './rule';

interface RatioRule {
  readonly code: string;
  /** Whether a ratio of the first layer's gradient to the last one's is bad. */
  readonly applies: (ratio: number) => boolean;
  readonly message: (ratio: string, growth: string) => string;
}

/** A finding where the whole interval of D4.gradientRatio is bad. */
export function gradientRatioFinding(result: AnalysisResult, { modelAt }: CodeFacts, rule: RatioRule): Finding[] {
  const ratio = result.quantities['D4.gradientRatio'];
  const growth = result.quantities['D4.backwardGrowth'];
  if (ratio === undefined || !isComputed(ratio)) return [];
  const { low, high } = ratio.interval;
  if (low === null || high === null || !rule.applies(low) || !rule.applies(high)) return [];
  const perLayer = growth !== undefined && isComputed(growth) ? short(growth.value) : '?';
  return [
    {
      ...modelAt,
      code: rule.code,
      severity: 'warning',
      message: rule.message(`${short(ratio.value)} [${short(low)}, ${short(high)}]`, perLayer),
      related: [],
    },
  ];
}
