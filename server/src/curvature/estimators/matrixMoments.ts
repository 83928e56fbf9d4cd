import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { partialSymmetricEigen } from '../linearAlgebra/symmetric';
import { denseMatrix } from '../operators/dense';
import type { ParameterGroup } from '../problem';
import type { Random } from '../random';
import { exactTraces } from './exactTraces';
import { hutchPlusPlus, type Probed, type ProbedTraces } from './hutchPlusPlus';
import { lanczos } from './lanczos';
import { orthonormalSketch } from './sketch';

/** What is compared between matrices of one problem. */
export interface MatrixMoments extends ProbedTraces {
  readonly lambdaMax: Probed;
  readonly topVector: Float64Array;
}

export interface MomentOptions {
  readonly groups: readonly ParameterGroup[];
  /** Form the matrix: p products. */
  readonly dense: boolean;
  readonly eigenvalueTolerance: number;
  readonly traceTolerance: number;
  readonly maxApplications: number;
  readonly maxProbes: number;
  readonly random: Random;
}

const SKETCH = 12;

/** Largest eigenvalue, trace (also of the groups) and Frobenius norm: exact from the dense matrix, else by Lanczos and Hutch++. */
export async function matrixMoments(operator: LinearOperator, options: MomentOptions): Promise<MatrixMoments> {
  if (options.dense) {
    const rows = await denseMatrix(operator);
    const eigen = partialSymmetricEigen(rows);
    const last = eigen.values.length - 1;
    return {
      ...exactTraces(rows, options.groups, operator.roundoff),
      lambdaMax: { value: eigen.values[last] ?? NaN, halfWidth: 0 },
      topVector: eigen.vector(last),
    };
  }
  const found = await lanczos(operator, {
    top: 1,
    bottom: 0,
    tolerance: options.eigenvalueTolerance,
    maxApplications: options.maxApplications,
    maxBasis: Math.min(operator.size, options.maxApplications),
    block: Math.min(operator.blockSize, 4),
    random: options.random,
    sketch: SKETCH,
  });
  const [top] = found.top;
  if (top === undefined) throw new RangeError('the matrix has no eigenvalue');
  const traces = await hutchPlusPlus(operator, orthonormalSketch(found.images()), {
    groups: options.groups,
    tolerance: options.traceTolerance,
    maxProbes: options.maxProbes,
    random: options.random,
  });
  return { ...traces, lambdaMax: { value: top.value, halfWidth: top.error }, topVector: top.vector };
}
