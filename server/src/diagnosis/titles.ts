import { rules } from './diagnose';
import { staticRules } from './staticDiagnosis';

/** The title of a finding's rule; the code itself where there is no such rule. */
export const titleOfCode = (code: string): string =>
  [...rules, ...staticRules].find((rule) => rule.code === code)?.title ?? code;
