import type { AnalysisResult } from '../curvature/result';
import type { Finding } from './finding';
import type { CodeFacts, Rule } from './rule';
import { adaptiveRateAboveLimit } from './rules/adaptiveRateAboveLimit';
import { batchFarFromCritical } from './rules/batchFarFromCritical';
import { failedGuard } from './rules/failedGuard';
import { deadUnits } from './rules/deadUnits';
import { gradientExplodes } from './rules/gradientExplodes';
import { gradientVanishes } from './rules/gradientVanishes';
import { learningRateAboveLimit } from './rules/learningRateAboveLimit';
import { learningRateAtEdge } from './rules/learningRateAtEdge';
import { samplesDominate } from './rules/samplesDominate';
import { unstableTrial } from './rules/unstableTrial';

/** All rules on measured quantities, by code. */
export const rules: readonly Rule[] = [
  learningRateAboveLimit,
  learningRateAtEdge,
  adaptiveRateAboveLimit,
  unstableTrial,
  batchFarFromCritical,
  samplesDominate,
  gradientVanishes,
  gradientExplodes,
  deadUnits,
  failedGuard,
];

export const diagnose = (result: AnalysisResult, facts: CodeFacts): Finding[] =>
  rules.flatMap((rule) => rule.check(result, facts));
