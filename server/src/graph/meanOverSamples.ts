/**
 * Proves from its structure alone that the loss of a batch is the mean of the losses of its samples. Every node is followed from the data on: it holds a row for each
 * sample along one axis, computed from that sample only, until rows are summed; what is left then may only be scaled, and the scale has to fall as 1/n. What is not
 * understood is not proven, which says nothing.
 */
import { elementwisePrimitives } from './evaluate/elementwise';
import type { Node } from './node';
import { dependents, elementCount, operand, topologicalOrder } from './node';
import type { Primitive, Shape } from './primitives';
import { uniformValue } from './simplify/uniformValue';

/** The loss of a batch with the inputs that hold samples along their first axis. */
export interface BatchLoss {
  readonly loss: Node;
  readonly data: readonly Node[];
}

/** How a node depends on the samples. */
type Dependence =
  /** Not at all; `ofCount`: but on their number. */
  | { readonly kind: 'fixed'; readonly ofCount: boolean }
  /** Element i along `axis`, or the i-th of equal runs of them, depends on sample i alone. */
  | { readonly kind: 'rows'; readonly axis: number }
  /** Σ over terms of factor·Σᵢ fᵢ plus what is fixed: a factor of the batch, and of a single sample. */
  | { readonly kind: 'total'; readonly factors: readonly (readonly [batch: number, single: number])[] };

const fixed: Dependence = { kind: 'fixed', ofCount: false };
const rows = (axis: number): Dependence => ({ kind: 'rows', axis });

const TOLERANCE = 1e-12;

/** What the structure says: the loss is the mean over samples; samples meet before that; or nothing. */
export type Verdict = 'mean' | 'meet' | 'unknown';

/**
 * Judges the loss of `batch`, of n ≥ 2 samples, by that of `single`, of one sample. `sameForAll` gives the number that a node of `single` without parameters is for every
 * sample there is (the weight of a target, by the sum of which a loss is divided), undefined where it differs.
 */
export function judgeMeanOverSamples(
  batch: BatchLoss,
  single: BatchLoss,
  n: number,
  sameForAll: (node: Node) => number | undefined,
): Verdict {
  const [order, others] = [topologicalOrder([batch.loss]), topologicalOrder([single.loss])];
  if (order.length !== others.length) return 'unknown';
  const data = new Set(batch.data);
  if (batch.data.some(({ shape }) => shape[0] !== n)) return 'unknown';
  const found = new Map<Node, Dependence>();
  const prover = new Prover(found, n, dependents(order, data), sameForAll);
  for (const [i, node] of order.entries()) {
    const other = others[i];
    if (other?.primitive !== node.primitive) return 'unknown';
    const dependence = data.has(node) ? rows(0) : prover.dependenceOf(node, other);
    if (dependence === undefined)
      return node.primitive === 'broadcast' && found.get(operand(node, 0))?.kind === 'total' ? 'meet' : 'unknown';
    if (!isSameStep(node, other, dependence, n)) return 'unknown';
    found.set(node, dependence);
  }
  const end = found.get(batch.loss);
  const falls = ([own, alone]: readonly [number, number]): boolean =>
    Math.abs(own * n - alone) <= TOLERANCE * Math.abs(alone);
  return end?.kind === 'total' && end.factors.every(falls) ? 'mean' : 'unknown';
}

class Prover {
  constructor(
    private readonly found: ReadonlyMap<Node, Dependence>,
    private readonly n: number,
    private readonly varying: ReadonlySet<Node>,
    private readonly sameForAll: (node: Node) => number | undefined,
  ) {}

  /** `single`: the node in its place in the graph for one sample. Undefined: not understood. */
  dependenceOf(node: Node, single: Node): Dependence | undefined {
    if (!this.varying.has(node)) return { kind: 'fixed', ofCount: this.isOfCount(node, single) };
    const operands = node.inputs.map((x) => this.found.get(x) ?? fixed);
    if (operands.some((own) => own.kind === 'total')) return this.ofTotals(node, single, operands);
    // A number that changes with the number of samples would make each sample's own function another one.
    if (operands.some((own) => own.kind === 'fixed' && own.ofCount)) return undefined;
    if (elementwisePrimitives.has(node.primitive)) return this.aligned(node, node.inputs);
    return this.ofRows(node, operands);
  }

  private isOfCount(node: Node, single: Node): boolean {
    const isInherited = node.inputs.some((x) => {
      const own = this.found.get(x);
      return own?.kind === 'fixed' && own.ofCount;
    });
    if (isInherited) return true;
    if (node.primitive === 'constant' && single.primitive === 'constant') {
      const [own, alone] = [node.parameters.data, single.parameters.data];
      return own.length !== alone.length || own.some((value, i) => !Object.is(value, alone[i]));
    }
    if (elementwisePrimitives.has(node.primitive) || repeating.has(node.primitive)) return false;
    return (
      !isSameShape(node.shape, single.shape) ||
      node.inputs.some((x, i) => !isSameShape(x.shape, single.inputs[i]?.shape))
    );
  }

  private ofTotals(node: Node, single: Node, operands: readonly Dependence[]): Dependence | undefined {
    const [left, right] = operands;
    const total = left?.kind === 'total' ? left : right;
    if (total?.kind !== 'total') return undefined;
    const times = (batch: number, alone: number): Dependence => ({
      kind: 'total',
      factors: total.factors.map(([a, b]) => [a * batch, b * alone]),
    });
    switch (node.primitive) {
      case 'reshape':
      case 'reduceSum':
        return total;
      case 'neg':
        return times(-1, -1);
      case 'add':
      case 'sub': {
        if (operands.some((own) => own.kind === 'rows' || (own.kind === 'fixed' && own.ofCount))) return undefined;
        const sign = node.primitive === 'sub' ? -1 : 1;
        const [first, second] = operands.map((own) => (own.kind === 'total' ? own.factors : []));
        const factors = [...(first ?? []), ...(second ?? []).map(([a, b]) => [sign * a, sign * b] as const)];
        return { kind: 'total', factors };
      }
      case 'mul':
      case 'div': {
        const at = left?.kind === 'total' ? 1 : 0;
        if (left?.kind === 'total' && right?.kind === 'total')
          return node.primitive === 'div' ? this.weighted(right.factors, operand(single, 1), times) : undefined;
        if (node.primitive === 'div' && at === 0) return undefined;
        const [own, alone] = [uniformValue(operand(node, at)), uniformValue(operand(single, at))];
        if (own === undefined || alone === undefined) return undefined;
        return node.primitive === 'mul' ? times(own, alone) : times(1 / own, 1 / alone);
      }
      default:
        return undefined;
    }
  }

  /** Divided by a sum of weights, all of which are the same. */
  private weighted(
    factors: readonly (readonly [number, number])[],
    divisor: Node,
    times: (batch: number, single: number) => Dependence,
  ): Dependence | undefined {
    const [factor] = factors;
    if (factor === undefined || factors.length > 1) return undefined;
    const weight = this.sameForAll(divisor);
    if (weight === undefined || weight === 0) return undefined;
    return times(factor[1] / (factor[0] * this.n * weight), 1 / weight);
  }

  /** Operands of one shape that are read place by place: rows along one axis, and what is the same for all rows. */
  private aligned(node: Node, inputs: readonly Node[]): Dependence | undefined {
    const found = inputs.map((x) => this.found.get(x) ?? fixed);
    const axis = found.flatMap((own) => (own.kind === 'rows' ? [own.axis] : []))[0];
    if (axis === undefined) return undefined;
    const fits = inputs.every((x, i) => {
      const own = found[i];
      return own?.kind === 'rows' ? own.axis === axis : own?.kind === 'fixed' && isSameAlong(x, axis);
    });
    return fits && node.shape.length === inputs[0]?.shape.length ? rows(axis) : undefined;
  }

  private ofRows(node: Node, operands: readonly Dependence[]): Dependence | undefined {
    const [first, second] = operands;
    const axis = first?.kind === 'rows' ? first.axis : undefined;
    switch (node.primitive) {
      case 'conv':
      case 'convInputGrad':
        return axis === 0 && second?.kind === 'fixed' ? rows(0) : undefined;
      case 'dot':
        return this.ofDot(node, first, second);
      case 'take':
        return ofTake(node, first, second);
      case 'concat':
      case 'takeAlong':
      case 'scatterAddAlong':
        return aside(this.aligned(node, node.inputs), node.parameters.axis);
      default:
        return axis === undefined ? undefined : this.ofOne(node, axis);
    }
  }

  private ofOne(node: Node, axis: number): Dependence | undefined {
    const x = operand(node, 0);
    const before = (axes: readonly number[]): number => axes.filter((own) => own < axis).length;
    switch (node.primitive) {
      case 'reduceSum': {
        const { axes } = node.parameters;
        return axes.includes(axis) ? { kind: 'total', factors: [[1, 1]] } : rows(axis - before(axes));
      }
      case 'reduceMax':
      case 'argmax':
        return node.parameters.axis === axis ? undefined : rows(axis - before([node.parameters.axis]));
      case 'windowArgmax':
        return axis < 2 ? rows(axis) : undefined;
      case 'cumsum':
      case 'argsort':
        return node.parameters.axis === axis ? undefined : rows(axis);
      case 'reverse':
        return node.parameters.axes.includes(axis) ? undefined : rows(axis);
      case 'transpose':
        return rows(node.parameters.permutation.indexOf(axis));
      case 'broadcast': {
        const to = node.parameters.axes[axis];
        return to === undefined ? undefined : rows(to);
      }
      case 'slice':
      case 'pad':
        // No row is left out, and none is put between.
        return x.shape[axis] === node.shape[axis] ? rows(axis) : undefined;
      case 'reshape':
        return this.ofReshape(x, node, axis);
      default:
        return undefined;
    }
  }

  /** Rows stay rows where the axis only takes in, or gives off, axes after it. */
  private ofReshape(x: Node, node: Node, axis: number): Dependence | undefined {
    const before = elementCount(x.shape.slice(0, axis));
    for (let to = 0; to < node.shape.length; to++)
      if (elementCount(node.shape.slice(0, to)) === before && (node.shape[to] ?? 1) % this.n === 0) return rows(to);
    return undefined;
  }

  private ofDot(
    node: Node<'dot'>,
    left: Dependence | undefined,
    right: Dependence | undefined,
  ): Dependence | undefined {
    const { lhsContract, rhsContract, lhsBatch, rhsBatch } = node.parameters;
    const free = (x: Node, contract: readonly number[], batch: readonly number[]): number[] =>
      [...x.shape.keys()].filter((axis) => !contract.includes(axis) && !batch.includes(axis));
    const lhsFree = free(operand(node, 0), lhsContract, lhsBatch);
    const rhsFree = free(operand(node, 1), rhsContract, rhsBatch);
    if (left?.kind === 'rows' && right?.kind === 'rows') {
      const at = lhsBatch.indexOf(left.axis);
      return at >= 0 && at === rhsBatch.indexOf(right.axis) ? rows(at) : undefined;
    }
    if (left?.kind === 'rows') {
      const at = lhsFree.indexOf(left.axis);
      return at >= 0 ? rows(lhsBatch.length + at) : undefined;
    }
    if (right?.kind !== 'rows') return undefined;
    const at = rhsFree.indexOf(right.axis);
    return at >= 0 ? rows(lhsBatch.length + lhsFree.length + at) : undefined;
  }
}

/** Of something uniform they make more of the same: sizes that grow with the number of samples do not show in the values. */
const repeating: ReadonlySet<Primitive> = new Set(['broadcast', 'reshape', 'transpose', 'slice', 'reverse']);

const isSameShape = (a: Shape, b: Shape | undefined): boolean =>
  a.length === b?.length && a.every((size, axis) => size === b[axis]);

/** Whether the rows of the batch are made as the one row of a single sample is. */
function isSameStep(node: Node, single: Node, dependence: Dependence, n: number): boolean {
  if (dependence.kind === 'fixed') return true;
  const expected = single.shape.map((size, axis) =>
    dependence.kind === 'rows' && axis === dependence.axis ? size * n : size,
  );
  if (!isSameShape(node.shape, expected)) return false;
  if (node.primitive === 'input' || node.primitive === 'reshape' || node.primitive === 'broadcast') return true;
  if (node.primitive === 'slice' && single.primitive === 'slice')
    return (
      isSameShape(node.parameters.start, single.parameters.start) &&
      isSameShape(node.parameters.strides, single.parameters.strides)
    );
  return JSON.stringify(node.parameters) === JSON.stringify(single.parameters);
}

/** Rows, unless they lie along `axis`, where samples would meet. */
const aside = (own: Dependence | undefined, axis: number): Dependence | undefined =>
  own?.kind === 'rows' && own.axis !== axis ? own : undefined;

/** A table that all samples share, read at the places of each; or rows read at the same places. */
function ofTake(
  node: Node<'take'>,
  table: Dependence | undefined,
  index: Dependence | undefined,
): Dependence | undefined {
  const { axis } = node.parameters;
  if (table?.kind === 'fixed' && index?.kind === 'rows') return rows(axis + index.axis);
  if (table?.kind !== 'rows' || index?.kind !== 'fixed' || table.axis === axis) return undefined;
  return rows(table.axis < axis ? table.axis : table.axis + operand(node, 1).shape.length - 1);
}

/** Whether the elements of `node` are plainly the same all along `axis`. */
function isSameAlong(node: Node, axis: number): boolean {
  if (node.shape[axis] === 1 || uniformValue(node) !== undefined) return true;
  if (node.primitive === 'broadcast') {
    const from = node.parameters.axes.indexOf(axis);
    return from < 0 || operand(node, 0).shape[from] === 1 || isSameAlong(operand(node, 0), from);
  }
  if (node.primitive === 'iota') return node.parameters.axis !== axis;
  return elementwisePrimitives.has(node.primitive) && node.inputs.every((x) => isSameAlong(x, axis));
}
