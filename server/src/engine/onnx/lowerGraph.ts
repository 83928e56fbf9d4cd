import type { Graph, Node, SourceSpan } from '../../graph/node';
import { dependents, elementCount, topologicalOrder } from '../../graph/node';
import type { Primitive } from '../../graph/primitives';
import type { Lowering } from './lowering/lowering';
import { lowerings } from './lowering/lowerings';
import { emptyReduction } from './lowering/reduction';
import { isEmpty, uniform } from './lowering/structure';
import type { LoweringContext } from './lowering/value';
import { onnxTypes, Value } from './lowering/value';
import { OnnxModelBuilder } from './onnxModel';

/** The name of the `index`-th input of a lowered graph. */
export const inputName = (index: number): string => `input${index}`;
export const outputName = (index: number): string => `output${index}`;

const place = (span: SourceSpan | undefined): string =>
  span === undefined ? '' : ` at ${span.file}:${span.line}:${span.column}`;

/** The primitive and the source expression that made it, for the runtime's messages. */
const originOf = (node: Node): string => `'${node.primitive}'${place(node.span)}`;

/** The result of a primitive one of whose operands has no element, though the result has. */
function fromNothing(node: Node, context: LoweringContext): Value {
  const isRead = node.primitive === 'take' || node.primitive === 'takeAlong';
  return uniform(context, node, isRead && node.dtype === 'float' ? NaN : emptyReduction(node));
}

function lowerNode(node: Node, operands: readonly Value[], context: LoweringContext): Value {
  if (isEmpty(node)) return uniform(context, node, 0);
  const isPartlyEmpty = node.inputs.some((input) => isEmpty(input));
  if (isPartlyEmpty && node.primitive !== 'concat') return fromNothing(node, context);
  // Each row gets exactly the nodes it is typed for.
  return (lowerings[node.primitive] as unknown as Lowering<Primitive>)(node, operands, context);
}

/** How often each node is read; an output counts as a reader. */
function readerCounts(order: readonly Node[], outputs: readonly Node[]): Map<Node, number> {
  const counts = new Map<Node, number>();
  for (const node of [...order.flatMap(({ inputs }) => inputs), ...outputs])
    counts.set(node, (counts.get(node) ?? 0) + 1);
  return counts;
}

/**
 * Writes a graph as an ONNX model with inputs `input0…` and outputs `output0…` in the graph's order; inputs without
 * elements are left out. `free`: the inputs that change from run to run. `block`: channels per block
 * of the runtime's blocked image layout (1: none).
 */
export function lowerGraph(graph: Graph, free: ReadonlySet<Node>, block: number): OnnxModelBuilder {
  const model = new OnnxModelBuilder();
  const order = topologicalOrder(graph.outputs);
  const varying = dependents(order, free);
  const context: LoweringContext = { model, block, varying, readers: readerCounts(order, graph.outputs) };
  const values = new Map<Node, Value>();
  graph.inputs.forEach((node, i) => {
    if (elementCount(node.shape) === 0) return;
    const plain = model.input(inputName(i), onnxTypes[node.dtype], node.shape);
    values.set(node, new Value(context, node.shape, node.dtype, node.shape, { plain }));
  });
  const valueOf = (node: Node): Value => {
    const value = values.get(node);
    if (value === undefined) throw new RangeError(`${originOf(node)} is used before it is computed`);
    return value;
  };
  for (const node of order) {
    if (values.has(node)) continue;
    model.origin = originOf(node);
    values.set(node, lowerNode(node, node.inputs.map(valueOf), context));
  }
  graph.outputs.forEach((node, i) => {
    model.origin = originOf(node);
    model.output(outputName(i), valueOf(node).full, onnxTypes[node.dtype], node.shape);
  });
  return model;
}
