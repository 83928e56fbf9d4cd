import type { Graph, Node } from '../graph/node';
import { dependents, operand, topologicalOrder } from '../graph/node';
import * as op from '../graph/operations';
import { sinkBroadcasts } from '../graph/simplify/broadcastSinking';
import { withInputs } from '../graph/simplify/substitute';
import { uniformValue } from '../graph/simplify/uniformValue';

/** base · coefficient, where only the base varies; a null coefficient is 1. */
interface Scaled {
  readonly base: Node;
  readonly coefficient: Node | null;
}

/** `node` computed before it is repeated, where it repeats. */
const sunk = (node: Node): Node => sinkBroadcasts(node) ?? node;

const times = (a: Node | null, b: Node | null): Node | null => (a === null ? b : b === null ? a : sunk(op.mul(a, b)));

/** A coefficient as a node, so that it can be added to another. */
const asNode = ({ base, coefficient }: Scaled): Node => coefficient ?? op.full(1, base.shape);

/**
 * Elementwise chains that are linear in what varies, as one product with a coefficient that does not vary:
 * (v·a)·b = v·(a·b), −(v·a) = v·(−a), v·a + v·b = v·(a + b), and the same under a mask that is zero elsewhere.
 * The coefficients are then computed once, not per probe; an activation function costs one multiplication per
 * differentiation. Intermediate products that are used elsewhere too are left alone.
 */
export function hoistInvariants(graph: Graph, varying: readonly Node<'input'>[]): Graph {
  const order = topologicalOrder(graph.outputs);
  const varies = dependents(order, varying);
  const uses = new Map<Node, number>();
  const count = (node: Node): void => void uses.set(node, (uses.get(node) ?? 0) + 1);
  graph.outputs.forEach(count);
  for (const node of order) node.inputs.forEach(count);

  /** Replacement of each varying node, and the products among them. */
  const known = new Map<Node, Node>();
  const products = new Map<Node, Scaled>();
  const current = (node: Node): Node => known.get(node) ?? node;

  /** Operand `index` of `node` as base · coefficient: taken apart if nobody else needs the product. */
  const scaled = (node: Node, index: number): Scaled => {
    const original = operand(node, index);
    const value = current(original);
    const product = uses.get(original) === 1 ? products.get(value) : undefined;
    return product ?? { base: value, coefficient: null };
  };
  const sumOf = (node: Node, combine: (a: Node, b: Node) => Node): Scaled | undefined => {
    if (!node.inputs.every((x) => varies.has(x))) return undefined;
    const [a, b] = [scaled(node, 0), scaled(node, 1)];
    return a.base === b.base ? { base: a.base, coefficient: sunk(combine(asNode(a), asNode(b))) } : undefined;
  };
  /** A mask over a product goes to the coefficient; over a bare value it stays, being smaller than a coefficient. */
  const masked = (node: Node<'select'>): Scaled | undefined => {
    const predicate = operand(node, 0);
    if (varies.has(predicate)) return undefined;
    for (const [kept, dropped] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const zeros = operand(node, dropped);
      if (varies.has(zeros) || uniformValue(zeros) !== 0 || !varies.has(operand(node, kept))) continue;
      const { base, coefficient } = scaled(node, kept);
      if (coefficient === null) continue;
      const branches = kept === 1 ? ([coefficient, zeros] as const) : ([zeros, coefficient] as const);
      return { base, coefficient: sunk(op.select(predicate, ...branches)) };
    }
    return undefined;
  };
  const asProduct = (node: Node): Scaled | undefined => {
    switch (node.primitive) {
      case 'mul': {
        const index = varies.has(operand(node, 0)) ? 0 : 1;
        const other = operand(node, 1 - index);
        if (varies.has(other)) return undefined;
        const { base, coefficient } = scaled(node, index);
        return { base, coefficient: times(coefficient, other) };
      }
      case 'div': {
        const divisor = operand(node, 1);
        if (varies.has(divisor)) return undefined;
        const { base, coefficient } = scaled(node, 0);
        return coefficient === null ? undefined : { base, coefficient: sunk(op.div(coefficient, divisor)) };
      }
      case 'neg': {
        const { base, coefficient } = scaled(node, 0);
        return coefficient === null ? undefined : { base, coefficient: sunk(op.neg(coefficient)) };
      }
      case 'add':
        return sumOf(node, op.add);
      case 'sub':
        return sumOf(node, op.sub);
      case 'select':
        return masked(node);
      default:
        return undefined;
    }
  };

  for (const node of order) {
    if (!varies.has(node) || node.inputs.length === 0) continue;
    op.withSpan(node.span, () => {
      const product = node.dtype === 'float' ? asProduct(node) : undefined;
      if (product?.coefficient) {
        const value = op.mul(product.base, product.coefficient);
        known.set(node, value);
        products.set(value, product);
      } else known.set(node, withInputs(node, node.inputs.map(current)));
    });
  }
  return { inputs: graph.inputs, outputs: graph.outputs.map(current) };
}
