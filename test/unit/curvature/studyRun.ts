/** Runs studies on a small problem with float64 arithmetic. */
import { analyze } from '../../../server/src/curvature/analysis/analyze';
import type { AnalysisOptions } from '../../../server/src/curvature/analysis/options';
import type { CurvatureProduct } from '../../../server/src/curvature/operators/chunkPrograms';
import { createCurvatureOperator } from '../../../server/src/curvature/operators/curvatureOperator';
import { denseMatrix } from '../../../server/src/curvature/operators/dense';
import { hessianProduct } from '../../../server/src/curvature/operators/hessian';
import type { Problem } from '../../../server/src/curvature/problem';
import { isComputed, type Estimate } from '../../../server/src/curvature/quantity';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import { createReferenceEngine } from '../../../server/src/engine/reference/referenceEngine';

export const reference = createReferenceEngine();

export const analysisOptions: AnalysisOptions = {
  top: 3,
  probes: 64,
  eigenvalueTolerance: 1e-9,
  estimateTolerance: 0.05,
  seed: 1,
  memoryLimit: 2 ** 28,
  optimizer: null,
  provenance: {
    model: 'net',
    file: 'model.py',
    line: 1,
    checkpoint: null,
    checkpointHash: null,
    step: null,
    data: 'synthetic',
    dataHash: null,
    loss: 'cross entropy',
    reduction: 'mean over samples',
    mode: 'eval',
    notes: [],
  },
};

export const runStudy = (
  problem: Problem,
  quantities: readonly string[] | undefined,
  changes: Partial<AnalysisOptions> = {},
): Promise<AnalysisResult> =>
  analyze(problem, reference, {
    ...(quantities === undefined ? {} : { quantities }),
    ...analysisOptions,
    ...changes,
  });

/** Throws where the quantity was not computed. */
export function computed(result: AnalysisResult, id: string): Estimate {
  const quantity = result.quantities[id];
  if (quantity === undefined || !isComputed(quantity))
    throw new Error(`${id} is not computed: ${JSON.stringify(quantity)}`);
  return quantity;
}

/** Rows of the matrix behind a product. */
export async function denseOf(problem: Problem, product: CurvatureProduct = hessianProduct): Promise<Float64Array[]> {
  return denseMatrix(
    await createCurvatureOperator(problem, reference, product, { blockSize: 8, memoryLimit: 2 ** 28 }),
  );
}
