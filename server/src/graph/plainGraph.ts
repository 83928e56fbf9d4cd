/** Graphs as plain data, which threads can hand to each other: node numbers are unique in one thread only. */
import type { Node, SourceSpan } from './node';
import { topologicalOrder } from './node';
import { constant, emit, input, iota, withSpan } from './operations';
import type { DType, Primitive, PrimitiveParameters, Shape } from './primitives';

type PlainNode = {
  [P in Primitive]: {
    readonly primitive: P;
    /** Positions among the nodes, all of them earlier. */
    readonly operands: readonly number[];
    readonly parameters: PrimitiveParameters[P];
    readonly shape: Shape;
    readonly dtype: DType;
    readonly span: SourceSpan | undefined;
  };
}[Primitive];

export interface PlainGraph {
  readonly nodes: readonly PlainNode[];
  /** Positions of the inputs and the outputs among the nodes. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** `inputs`: in the order in which they are found again. */
export function plainGraph(inputs: readonly Node[], outputs: readonly Node[]): PlainGraph {
  const order = topologicalOrder([...inputs, ...outputs]);
  const positions = new Map(order.map((node, position) => [node, position]));
  const at = (node: Node): number => positions.get(node) ?? 0;
  return {
    nodes: order.map((node) => plainNode(node, node.inputs.map(at))),
    inputs: inputs.map(at),
    outputs: outputs.map(at),
  };
}

const plainNode = ({ primitive, parameters, shape, dtype, span }: Node, operands: readonly number[]): PlainNode =>
  // The pair of a node is one of the union's.
  ({ primitive, parameters, shape, dtype, span, operands }) as PlainNode;

/** The nodes again, new ones. */
export function graphOfPlain({ nodes, inputs, outputs }: PlainGraph): {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
} {
  const made: Node[] = [];
  const at = (position: number): Node => {
    const node = made[position];
    if (node === undefined) throw new RangeError(`node ${position} is not there`);
    return node;
  };
  for (const node of nodes) made.push(withSpan(node.span, () => nodeOf(node, node.operands.map(at))));
  return { inputs: inputs.map(at), outputs: outputs.map(at) };
}

function nodeOf(node: PlainNode, operands: readonly Node[]): Node {
  const { shape, dtype } = node;
  if (node.primitive === 'input') return input(node.parameters.name, shape, dtype);
  if (node.primitive === 'constant') return constant(node.parameters.data, shape);
  if (node.primitive === 'iota') return iota(shape, node.parameters.axis);
  return emit(node.primitive, operands, node.parameters);
}
