/** One study of a small problem, with what the tests look at. */
import type { AnalysisOptions } from '../../../server/src/curvature/analysis/options';
import { ggnProduct } from '../../../server/src/curvature/operators/ggn';
import type { Problem } from '../../../server/src/curvature/problem';
import type { Estimate } from '../../../server/src/curvature/quantity';
import type { AnalysisResult, StudyResult } from '../../../server/src/curvature/result';
import { computed, denseOf, runStudy } from './studyRun';

export interface OneStudy {
  readonly result: AnalysisResult;
  readonly study: StudyResult;
  /** Throws where it was not computed. */
  readonly estimate: (id: string) => Estimate;
}

export async function oneStudy(
  problem: Problem,
  id: string,
  changes: Partial<AnalysisOptions> = {},
): Promise<OneStudy> {
  const result = await runStudy(problem, [id], changes);
  const study = result.studies.find((each) => each.id === id);
  if (study === undefined) throw new Error(`${id} did not run`);
  return { result, study, estimate: (quantity) => computed(result, quantity) };
}

export const denseHessian = (problem: Problem): Promise<Float64Array[]> => denseOf(problem);

export const denseGaussNewton = (problem: Problem): Promise<Float64Array[]> => denseOf(problem, ggnProduct);
