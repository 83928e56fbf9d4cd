import type { FoundOptimizer } from '../curvature/analysis/stability';
import type { AnalysisResult } from '../curvature/result';
import type { Finding, Location } from './finding';

/** What the source says, and where; the rules compare it with what was measured. */
export interface CodeFacts {
  readonly optimizer: FoundOptimizer | null;
  /** The learning rate's argument, else the optimizer's call. */
  readonly learningRateAt: Location | null;
  /** The batch size of the script, where it has one. */
  readonly batchSizeAt?: Location | null;
  /** Classes of the schedulers in the script. */
  readonly schedules?: readonly string[];
  /** The model's definition. */
  readonly modelAt: Location;
}

/** One finding code: when it applies, and what a user is told. One rule per file. */
export interface Rule {
  /** HL and three digits. */
  readonly code: string;
  readonly title: string;
  /** What it means, when it is wrong, what to do; becomes docs/findings/CODE.md. */
  readonly documentation: string;
  readonly check: (result: AnalysisResult, facts: CodeFacts) => readonly Finding[];
}
