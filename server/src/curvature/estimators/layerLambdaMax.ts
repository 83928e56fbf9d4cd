/** Largest eigenvalue of every layer's diagonal block of H (HAWQ: Dong, Yao, Gholami, Mahoney, Keutzer 2019). */
import type { LinearOperator } from '../linearAlgebra/linearOperator';
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
  },
): Promise<LayerEigenpair[]> =>
  onEveryBlock(operator, groups, async (block, group) => {
    const random = new Random(options.seed, `layer ${group.name}`);
    const { tolerance, maxApplications, maxBasis } = options;
    const { pair, applications } = await largestEigenvalue(block, {
      tolerance,
      maxApplications,
      maxBasis,
      block: 1,
      random,
    });
    return { pair: pair as RitzPair, applications };
  });
