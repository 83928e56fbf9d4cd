/** Largest eigenvalue of every layer's diagonal block of H (HAWQ: Dong, Yao, Gholami, Mahoney, Keutzer 2019). */
import { restrict, type LinearOperator } from '../linearAlgebra/linearOperator';
import type { ParameterGroup } from '../problem';
import { Random } from '../random';
import type { RitzPair } from './lanczos';
import { largestEigenvalue } from './largestEigenvalue';
import { onEveryBlock } from './lockstep';

export interface LayerEigenpair {
  readonly pair: RitzPair;
  readonly applications: number;
}

/** One pair per group; its vector has the group's size. */
export const layerLambdaMax = (
  operator: LinearOperator,
  groups: readonly ParameterGroup[],
  options: {
    readonly tolerance: number;
    readonly maxApplications: number;
    readonly maxBasis: number;
    readonly seed: number;
    /** A direction of the whole whose parts are near to what is looked for, if one is known. */
    readonly near?: Float64Array;
  },
): Promise<LayerEigenpair[]> =>
  onEveryBlock(operator, groups, async (block, group) => {
    const random = new Random(options.seed, `layer ${group.name}`);
    const { tolerance, maxApplications, maxBasis, near } = options;
    const { pair, applications } = await largestEigenvalue(block, {
      tolerance,
      maxApplications,
      maxBasis,
      block: 1,
      random,
      ...(near === undefined ? {} : { start: restrict(near, group.ranges, group.size) }),
    });
    return { pair: pair as RitzPair, applications };
  });
