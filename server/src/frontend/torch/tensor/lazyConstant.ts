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

const lazy = new WeakMap<Node, readonly Node[]>();

/** Whether the data of a constant are made only when they are asked for. */
export const isLazyConstant = (node: Node): boolean => lazy.has(node);

/** What the data of a lazy constant are made from. */
export const sourcesOf = (node: Node): readonly Node[] => lazy.get(node) ?? [];

/** `count` numbers, one after the other. */
export function drawn(count: number, draw: () => number): Float64Array {
  const data = new Float64Array(count);
  for (let i = 0; i < count; i++) data[i] = draw();
  return data;
}

/**
 * A constant node of `shape`; `make` fills elementCount(shape) values and must give the same ones at every call. `sources`
 * are the nodes that it evaluates.
 */
export function lazyConstant(
  shape: Shape,
  dtype: DType,
  make: (count: number) => ConstantData,
  sources: readonly Node[] = [],
): Node {
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
  lazy.set(lazyNode, sources);
  return lazyNode;
}
