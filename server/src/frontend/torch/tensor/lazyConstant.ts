/** Constants whose data are made when first needed: a large model's initial weights cost nothing while it is traced. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import { constant } from '../../../graph/operations';
import type { ConstantData, DType, Shape } from '../../../graph/primitives';

const empty: { readonly [D in DType]: () => ConstantData } = {
  float: () => new Float64Array(0),
  int: () => new Int32Array(0),
  bool: () => new Uint8Array(0),
};

/** A constant node of `shape`; `make` fills elementCount(shape) values and must give the same ones at every call. */
export function lazyConstant(shape: Shape, dtype: DType, make: (count: number) => ConstantData): Node {
  const node = constant(empty[dtype](), [0]);
  const parameters = {
    get data(): ConstantData {
      return make(elementCount(shape));
    },
  };
  return { ...node, shape, parameters };
}
