/** Transpositions done before the step that they follow, so that samples stay along the first axis: where code maps single samples, they may be put along others. */
import { elementwisePrimitives } from '../../graph/evaluate/elementwise';
import { operand, type Node } from '../../graph/node';
import * as op from '../../graph/operations';

/** The same value, with the transposition before its operand's step; undefined where that step decides about the order of axes. */
export function pushedTransposition(node: Node<'transpose'>): Node | undefined {
  const x = operand(node, 0);
  const { permutation } = node.parameters;
  if (elementwisePrimitives.has(x.primitive))
    return op.emit(
      x.primitive,
      x.inputs.map((each) => op.transpose(each, permutation)),
      x.parameters,
    );
  if (x.primitive === 'transpose') {
    const inner = x.parameters.permutation;
    return op.transpose(
      operand(x, 0),
      permutation.map((axis) => inner[axis] ?? 0),
    );
  }
  return x.primitive === 'broadcast' ? pushedBroadcast(node, x) : undefined;
}

function pushedBroadcast(node: Node<'transpose'>, x: Node<'broadcast'>): Node {
  const { permutation } = node.parameters;
  const places = x.parameters.axes.map((axis) => permutation.indexOf(axis));
  const order = [...places.keys()].sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  const axes = order.map((axis) => places[axis] ?? 0);
  return op.broadcast(op.transpose(operand(x, 0), order), node.shape, axes);
}
