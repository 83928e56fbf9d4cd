import type { AnalysisResult } from '../curvature/result';
import type { Finding } from './finding';
import type { CodeFacts, Rule } from './rule';
import { aboveBatchLimit } from './rules/aboveBatchLimit';
import { adaptiveRateAboveLimit } from './rules/adaptiveRateAboveLimit';
import { batchFarFromCritical } from './rules/batchFarFromCritical';
import { curvatureIsRounding } from './rules/curvatureIsRounding';
import { deadUnits } from './rules/deadUnits';
import { failedGuard } from './rules/failedGuard';
import { gradientExplodes } from './rules/gradientExplodes';
import { gradientVanishes } from './rules/gradientVanishes';
import { illConditioned } from './rules/illConditioned';
import { learningRateAboveLimit } from './rules/learningRateAboveLimit';
import { learningRateAtEdge } from './rules/learningRateAtEdge';
import { rateNotScaled } from './rules/rateNotScaled';
import { samplesDominate } from './rules/samplesDominate';
import { unstableBelowLimit } from './rules/unstableBelowLimit';
import { warmUpNeeded } from './rules/warmUpNeeded';

/** All rules on measured quantities, by code. */
export const rules: readonly Rule[] = [
  learningRateAboveLimit,
  learningRateAtEdge,
  adaptiveRateAboveLimit,
  unstableBelowLimit,
  aboveBatchLimit,
  rateNotScaled,
  warmUpNeeded,
  batchFarFromCritical,
  samplesDominate,
  illConditioned,
  gradientVanishes,
  gradientExplodes,
  deadUnits,
  curvatureIsRounding,
  failedGuard,
];

export const diagnose = (result: AnalysisResult, facts: CodeFacts): Finding[] =>
  rules.flatMap((rule) => rule.check(result, facts));
