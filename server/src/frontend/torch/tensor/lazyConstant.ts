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

const lazy = new WeakSet<Node>();

/** Whether the data of a constant are made only when they are asked for. */
export const isLazyConstant = (node: Node): boolean => lazy.has(node);

/** A constant node of `shape`; `make` fills elementCount(shape) values and must give the same ones at every call. */
export function lazyConstant(shape: Shape, dtype: DType, make: (count: number) => ConstantData): Node {
  const node = constant(empty[dtype](), [0]);
  // Kept only while somebody uses them.
  let made: WeakRef<ConstantData> | undefined;
  const parameters = {
    get data(): ConstantData {
      const known = made?.deref();
      if (known !== undefined) return known;
      const data = make(elementCount(shape));
      made = new WeakRef(data);
      return data;
    },
  };
  const lazyNode = { ...node, shape, parameters };
  lazy.add(lazyNode);
  return lazyNode;
}
