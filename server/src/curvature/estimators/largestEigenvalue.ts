/** λmax alone, by Lanczos: where neither the other end nor a sketch of the range is wanted. */
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import type { Probed } from './hutchPlusPlus';
import { lanczos, type LanczosOptions, type RitzPair } from './lanczos';

export type LargestOptions = Pick<LanczosOptions, 'tolerance' | 'maxApplications' | 'random' | 'onStep'> &
  Partial<Pick<LanczosOptions, 'block' | 'maxBasis' | 'start'>>;

export interface Largest {
  /** Undefined for an operator of size 0. */
  readonly pair: RitzPair | undefined;
  readonly applications: number;
}

/** `block`: vectors a step, by default as many as the operator takes at once. */
export async function largestEigenvalue(operator: LinearOperator, options: LargestOptions): Promise<Largest> {
  const { top, applications } = await lanczos(operator, {
    block: operator.blockSize,
    maxBasis: options.maxApplications,
    ...options,
    top: 1,
    bottom: 0,
    sketch: 0,
  });
  return { pair: top[0], applications };
}

/** Its value and error bound alone; NaN for an operator of size 0. */
export async function probedLargest(operator: LinearOperator, options: LargestOptions): Promise<Probed> {
  const { pair } = await largestEigenvalue(operator, options);
  return { value: pair?.value ?? NaN, halfWidth: pair?.error ?? Infinity };
}
