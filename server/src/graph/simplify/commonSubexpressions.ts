import type { Node } from '../node';
import type { ConstantData, Primitive } from '../primitives';

/** Primitives whose operands may be exchanged. */
const commutative: ReadonlySet<Primitive> = new Set<Primitive>(['add', 'mul', 'max', 'min', 'eq', 'and', 'or']);

/** Larger constants are compared by their buffer: reading all of it would cost more than sharing saves. */
const comparedByContent = 4096;

/** Exact text of a number; the two zeros differ. */
const numberText = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));

/** Remembers every value made so far, so that equal ones become one node. */
export interface NodeTable {
  /** The first node that computes the same value as `node` by the same primitive on the same operands. */
  intern(node: Node): Node;
}

export function createNodeTable(): NodeTable {
  const known = new Map<string, Node>();
  const buffers = new Map<ConstantData, number>();

  const bufferText = (data: ConstantData): string => {
    if (data.length <= comparedByContent) return Array.from(data, numberText).join(',');
    let index = buffers.get(data);
    if (index === undefined) buffers.set(data, (index = buffers.size));
    return `#${index}`;
  };
  const parameterText = (node: Node): string =>
    node.primitive === 'constant' ? bufferText(node.parameters.data) : JSON.stringify(node.parameters);
  const operandText = (node: Node): string => {
    const ids = node.inputs.map((x) => x.id);
    return (commutative.has(node.primitive) ? ids.sort((a, b) => a - b) : ids).join(',');
  };
  const leafText = (node: Node): string => (node.inputs.length === 0 ? `${node.dtype}[${node.shape.join(',')}]` : '');

  return {
    intern(node) {
      if (node.primitive === 'input') return node;
      const key = `${node.primitive}(${operandText(node)})${parameterText(node)}${leafText(node)}`;
      const earlier = known.get(key);
      if (earlier !== undefined) return earlier;
      known.set(key, node);
      return node;
    },
  };
}
