import type { Finding } from './finding';
import { badSettings } from './rules/badSettings';
import { checkpointDamaged } from './rules/checkpointDamaged';
import { checkpointDiffers } from './rules/checkpointDiffers';
import { checkpointRunsCode } from './rules/checkpointRunsCode';
import { ownDerivative } from './rules/ownDerivative';
import { readingStopped } from './rules/readingStopped';
import { shapeMismatch } from './rules/shapeMismatch';
import { sizesGuessed } from './rules/sizesGuessed';
import type { StaticFacts, StaticRule } from './staticRule';

/** All rules that need no analysis, by code. */
export const staticRules: readonly StaticRule[] = [
  shapeMismatch,
  checkpointDiffers,
  checkpointDamaged,
  checkpointRunsCode,
  ownDerivative,
  readingStopped,
  badSettings,
  sizesGuessed,
];

export const diagnoseStatically = (facts: StaticFacts): Finding[] => staticRules.flatMap((rule) => rule.check(facts));
