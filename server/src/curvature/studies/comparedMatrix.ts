/** One of the matrices that stand for curvature, as the comparison of A7 shows it. */
import { estimate, type Circumstances } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { Probed } from '../estimators/hutchPlusPlus';
import { symmetricSpread, type Quantity } from '../quantity';

export interface Compared {
  readonly name: string;
  readonly lambdaMax: number | null;
  readonly layerTraces: readonly number[];
}

export interface Part {
  readonly quantities: readonly Quantity[];
  readonly compared: Compared;
  readonly remark: readonly string[];
}

export const probedQuantity = (
  id: QuantityId,
  { value, halfWidth }: Probed,
  method: string,
  circumstances: Circumstances,
): Quantity => estimate(id, value, { method, estimator: symmetricSpread(halfWidth), sampling: null }, circumstances);
