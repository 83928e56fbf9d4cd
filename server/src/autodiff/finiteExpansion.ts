/**
 * Values after a finite step of the variables, from derivatives at its start: to second order, and through kinks. A Hessian does not see the kinks of |x|, rectifiers and maxima, where
 * all curvature of a piecewise linear network lies; a finite step crosses them.
 *
 * Every value x has a first-order change ẋ, its forward derivative, and a further one x̃. Through y = f(x) with the derivative Df,
 *     ẏ = Df·ẋ,  ỹ = Df·x̃ + R,
 * where R is f(x + ẋ) − f(x) − ẏ for a function that is Lipschitz or has branches (as in the tangents of Griewank's piecewise linearisation), f(ẋ) for a product, and ½D²f[ẋ, ẋ] for every
 * other one, which need not be defined at x + ẋ. Of smooth functions x + ẋ + x̃ is the Taylor polynomial of degree 2 but for terms of higher order.
 *
 * Griewank 2013, On stable piecewise linearization and generalized algorithmic differentiation.
 */
import type { Node } from '../graph/node';
import { operand, topologicalOrder } from '../graph/node';
import * as op from '../graph/operations';
import type { Primitive } from '../graph/primitives';
import { substitute, unknownOrder } from '../graph/simplify/substitute';
import { tangentOf } from './jvp';
import type { Tangent } from './rules/jvpRules';

/** Linear in each of two operands. */
const PRODUCTS: ReadonlySet<Primitive> = new Set(['mul', 'dot', 'conv', 'convInputGrad', 'convFilterGrad']);
/** Defined everywhere, with bounded slopes. */
const LIPSCHITZ: ReadonlySet<Primitive> = new Set([
  ...(['abs', 'max', 'min', 'reduceMax'] as const),
  ...(['sin', 'cos', 'atan', 'asinh', 'tanh', 'sigmoid', 'softplus', 'erf'] as const),
]);
/** Constant but for jumps, which a finite step crosses. */
const STEPS: ReadonlySet<Primitive> = new Set(['sign', 'floor', 'ceil', 'round', 'convert']);

/**
 * `outputs` after every key of `steps` has moved by its value (float, of the same shape). Detached values move, too; what is no float (a condition, an index) is found at x + ẋ.
 * Throws `DifferentiationError` for a primitive without a second derivative on the way.
 */
export function afterStep(outputs: readonly Node[], steps: ReadonlyMap<Node, Node>): Node[] {
  const expansion = new Expansion(steps);
  for (const node of topologicalOrder(outputs)) op.withSpan(node.span, () => expansion.add(node));
  return outputs.map((node) => expansion.after(node));
}

class Expansion {
  /** ẋ */
  private readonly first: Map<Node, Node>;
  /** x̃ */
  private readonly further = new Map<Node, Node>();
  /** x + ẋ, and what is no float at it. */
  private readonly ahead = new Map<Node, Node>();

  constructor(steps: ReadonlyMap<Node, Node>) {
    this.first = new Map(steps);
    for (const [node, step] of steps) this.ahead.set(node, op.add(node, step));
  }

  after(node: Node): Node {
    const further = this.further.get(node);
    return further === undefined ? this.aheadOf(node) : op.add(this.aheadOf(node), further);
  }

  /** Operands first. */
  add(node: Node): void {
    if (this.first.has(node)) return;
    const moves = node.inputs.some((x) => this.ahead.has(x));
    const first = moves ? this.firstOf(node) : null;
    if (first !== null) {
      this.first.set(node, first);
      this.ahead.set(node, op.add(node, first));
    } else if (moves && node.dtype !== 'float') this.ahead.set(node, this.atTangents(node));
    const further = sum(linearIn(node, tangentsIn(this.further, node)), moves ? this.remainderOf(node, first) : null);
    if (further !== null) this.further.set(node, further);
  }

  private firstOf(node: Node): Tangent {
    const linear = linearIn(node, tangentsIn(this.first, node));
    return linear === null && STEPS.has(node.primitive) && node.dtype === 'float'
      ? op.sub(this.atTangents(node), node)
      : linear;
  }

  private remainderOf(node: Node, first: Tangent): Tangent {
    if (node.dtype !== 'float' || STEPS.has(node.primitive)) return null;
    const branches = node.inputs.some((x) => x.dtype !== 'float' && this.ahead.has(x));
    if (branches && node.primitive === 'select') return this.switched(node);
    if (branches || LIPSCHITZ.has(node.primitive))
      return op.sub(this.atTangents(node), first === null ? node : op.add(node, first));
    const tangents = tangentsIn(this.first, node);
    return PRODUCTS.has(node.primitive) ? productOf(node, tangents) : halfCurvature(node, tangents);
  }

  /** Of a selection, the other branch where the condition changes. Where it does not, infinite operands do no harm. */
  private switched(node: Node): Node {
    const [before, yes, no] = [operand(node, 0), this.aheadOf(operand(node, 1)), this.aheadOf(operand(node, 2))];
    const none = op.full(0, node.shape);
    const gain = op.select(before, none, op.sub(yes, no));
    return op.select(this.aheadOf(before), gain, op.select(before, op.sub(no, yes), none));
  }

  private aheadOf(node: Node): Node {
    return this.ahead.get(node) ?? node;
  }

  /** f(x + ẋ) */
  private atTangents(node: Node): Node {
    const inputs = node.inputs.map((x) => this.aheadOf(x));
    return op.emit(node.primitive, inputs, node.parameters);
  }
}

const tangentsIn = (known: ReadonlyMap<Node, Node>, { inputs }: Node): Tangent[] =>
  inputs.map((x) => known.get(x) ?? null);

const sum = (a: Tangent, b: Tangent): Tangent => (a === null ? b : b === null ? a : op.add(a, b));

/** As the derivative, but that detached values move. */
const linearIn = (node: Node, tangents: readonly Tangent[]): Tangent =>
  node.primitive === 'stopGradient' ? (tangents[0] ?? null) : tangentOf(node, tangents);

function productOf(node: Node, [a = null, b = null]: readonly Tangent[]): Tangent {
  return a === null || b === null ? null : op.emit(node.primitive, [a, b], node.parameters);
}

/** ½D²f[ẋ, ẋ] */
function halfCurvature(node: Node, tangents: readonly Tangent[]): Tangent {
  // The derivative along constant directions is differentiated by itself, without what computes its operands and directions.
  const directions = tangents.map((tangent) => tangent && op.input('direction', tangent.shape));
  const slope = tangentOf(node, directions);
  if (slope === null) return null;
  const known = new Map<Node, Tangent>([[node, slope]]);
  node.inputs.forEach((x, i) => known.set(x, directions[i] ?? null));
  for (const direction of directions) if (direction !== null) known.set(direction, null);
  for (const inner of unknownOrder([slope], known))
    known.set(
      inner,
      tangentOf(
        inner,
        inner.inputs.map((x) => known.get(x) ?? null),
      ),
    );
  const second = known.get(slope) ?? null;
  if (second === null) return null;
  const actual = new Map(directions.flatMap((direction, i) => (direction ? [[direction, tangents[i] as Node]] : [])));
  return op.scale(substitute([second], actual)[0] as Node, 0.5);
}
