import type { Graph, Node } from '../node';
import { operand, topologicalOrder } from '../node';
import * as op from '../operations';
import { withInputs } from './substitute';

/** conv(x, w) + bias per channel. */
interface AffineConvolution {
  readonly conv: Node<'conv'>;
  /** [O], or null for none. */
  readonly bias: Node | null;
}

/** [O] when `node`, of shape [N, O, …], is the same for all samples and positions; undefined otherwise. */
function perChannel(node: Node): Node | undefined {
  if (node.primitive !== 'broadcast') return undefined;
  const source = operand(node, 0);
  const { axes, shape } = node.parameters;
  const isConstantElsewhere = axes.every((axis, i) => axis === 1 || source.shape[i] === 1);
  const channels = shape[1];
  if (!isConstantElsewhere || channels === undefined) return undefined;
  return op.broadcastTo(
    op.reshape(source, [axes.some((axis, i) => axis === 1 && source.shape[i] !== 1) ? channels : 1]),
    [channels],
  );
}

/** A vector [O] along the output axis of weights, or along the channel axis of a result. */
const along = (axis: 0 | 1, vector: Node, like: Node): Node => op.broadcast(vector, like.shape, [axis]);

const scaled = (
  { conv, bias }: AffineConvolution,
  apply: (x: Node, factor: Node) => Node,
  factor: Node,
): AffineConvolution => {
  const w = operand(conv, 1);
  const weights = apply(w, along(0, factor, w));
  return { conv: op.emit('conv', [operand(conv, 0), weights], conv.parameters), bias: bias && apply(bias, factor) };
};

const negated = (a: AffineConvolution): AffineConvolution => scaled(a, op.mul, op.full(-1, [a.conv.shape[1] ?? 0]));

const shifted = ({ conv, bias }: AffineConvolution, shift: Node): AffineConvolution => ({
  conv,
  bias: bias === null ? shift : op.add(bias, shift),
});

/** The affine form of an elementwise `node` whose operand `side` has the affine form `a` and whose other is `vector`. */
function combined(node: Node, a: AffineConvolution, vector: Node, side: 0 | 1): AffineConvolution | undefined {
  switch (node.primitive) {
    case 'mul':
      return scaled(a, op.mul, vector);
    case 'div':
      return side === 0 ? scaled(a, op.div, vector) : undefined;
    case 'add':
      return shifted(a, vector);
    case 'sub':
      return side === 0 ? shifted(a, op.neg(vector)) : shifted(negated(a), vector);
    default:
      return undefined;
  }
}

/** How often each node is read; an output counts as a reader. */
function readerCounts(order: readonly Node[], outputs: readonly Node[]): Map<Node, number> {
  const counts = new Map<Node, number>();
  for (const node of [...order.flatMap(({ inputs }) => inputs), ...outputs])
    counts.set(node, (counts.get(node) ?? 0) + 1);
  return counts;
}

/**
 * Moves scales and shifts per channel that follow a convolution (batch normalisation with fixed statistics) into its
 * weights: (conv(x, w) − μ)·γ/σ + β = conv(x, w·γ/σ) + (β − μ·γ/σ). Equal up to rounding. Done before differentiation it
 * turns the derivatives in γ and all passes over the activations for the scale into work on the weights.
 * Only where nothing else reads the values in between. Inputs, their order and source spans are kept.
 */
export function foldChannelScales(graph: Graph): Graph {
  const order = topologicalOrder(graph.outputs);
  const readers = readerCounts(order, graph.outputs);
  const replaced = new Map<Node, Node>();
  const affine = new Map<Node, AffineConvolution>();
  const current = (node: Node): Node => replaced.get(node) ?? node;

  const affineOf = (node: Node): AffineConvolution | undefined => {
    for (const side of [0, 1] as const) {
      const [own, other] = [node.inputs[side], node.inputs[1 - side]];
      const known = own && readers.get(own) === 1 ? affine.get(own) : undefined;
      const vector = known && other && perChannel(current(other));
      const result = known && vector && combined(node, known, vector, side);
      if (result !== undefined) return result;
    }
    return undefined;
  };
  for (const node of order)
    op.withSpan(node.span, () => {
      const form = affineOf(node);
      if (form === undefined) {
        const kept = withInputs(node, node.inputs.map(current));
        replaced.set(node, kept);
        if (kept.primitive === 'conv') affine.set(node, { conv: kept, bias: null });
        return;
      }
      affine.set(node, form);
      replaced.set(node, form.bias === null ? form.conv : op.add(form.conv, along(1, form.bias, form.conv)));
    });
  return { inputs: graph.inputs, outputs: graph.outputs.map(current) };
}
