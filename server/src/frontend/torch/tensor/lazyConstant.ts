/** Constants whose data are made when first needed: a large model's initial weights cost nothing while it is traced. */
import { isConstantEvaluated } from '../../../graph/evaluate/evaluate';
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import { constant } from '../../../graph/operations';
import type { ConstantData, DType, Shape } from '../../../graph/primitives';

const empty: { readonly [D in DType]: () => ConstantData } = {
  float: () => new Float64Array(0),
  int: () => new Int32Array(0),
  bool: () => new Uint8Array(0),
};

interface Lazy {
  readonly sources: readonly Node[];
  /** The data while somebody has them. */
  readonly known: () => ConstantData | undefined;
  readonly data: () => ConstantData;
}

const lazy = new WeakMap<Node, Lazy>();

/** Whether the data of a constant are made only when they are asked for. */
export const isLazyConstant = (node: Node): boolean => lazy.has(node);

/** What the data of a lazy constant are made from. */
export const sourcesOf = (node: Node): readonly Node[] => lazy.get(node)?.sources ?? [];

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
  const known = (): ConstantData | undefined => made?.deref();
  const data = (): ConstantData => {
    const before = known();
    if (before !== undefined) return before;
    const held = sources.length === 0 ? [] : dataBelow(sources);
    const filled = make(elementCount(shape));
    made = new WeakRef(filled);
    // The data below are held until here.
    held.length = 0;
    return filled;
  };
  const parameters = {
    get data(): ConstantData {
      return data();
    },
  };
  const lazyNode = { ...node, shape, parameters };
  lazy.set(lazyNode, { sources, known, data });
  return lazyNode;
}

/**
 * Makes what lazy constants under `nodes` are missing, those first that others are made from: a long chain of them (a network
 * that is called while it is built) is not made by as many calls inside each other.
 */
function dataBelow(nodes: readonly Node[]): ConstantData[] {
  const seen = new Set<Node>();
  const held: ConstantData[] = [];
  const pending: { readonly node: Node; readonly isOpen: boolean }[] = nodes.map((node) => ({ node, isOpen: false }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, isOpen } = next;
    const own = lazy.get(node);
    if (isOpen) {
      if (own !== undefined) held.push(own.data());
      continue;
    }
    if (seen.has(node) || isConstantEvaluated(node) || own?.known() !== undefined) continue;
    seen.add(node);
    pending.push({ node, isOpen: true });
    for (const below of [...node.inputs, ...(own?.sources ?? [])]) pending.push({ node: below, isOpen: false });
  }
  return held;
}
