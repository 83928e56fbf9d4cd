import type { Graph, Node } from '../graph/node';
import { dependents, operand, topologicalOrder } from '../graph/node';
import * as op from '../graph/operations';
import { sinkBroadcasts } from '../graph/simplify/broadcastSinking';
import { withInputs } from '../graph/simplify/substitute';
import { uniformValue } from '../graph/simplify/uniformValue';

/** base · coefficient, where only the base varies; a null coefficient is 1. */
interface Term {
  readonly base: Node;
  readonly coefficient: Node | null;
}

type WeightedTerm = Term & { readonly coefficient: Node };

/** Sums of more terms are not taken apart: that bounds the work per node. */
const mostTerms = 6;

/** `node` computed before it is repeated, where it repeats. */
const sunk = (node: Node): Node => sinkBroadcasts(node) ?? node;

const isWeighted = (term: Term): term is WeightedTerm => term.coefficient !== null;

/** The coefficient as a node, so that it can be added to another. */
const weightOf = ({ base, coefficient }: Term): Node => coefficient ?? op.full(1, base.shape);

const negative = ({ base, coefficient }: Term): Term => ({
  base,
  coefficient: coefficient === null ? op.full(-1, base.shape) : sunk(op.neg(coefficient)),
});

/** A term −base, which a sum subtracts instead of multiplying. */
const isSubtracted = ({ coefficient }: Term): boolean => coefficient !== null && uniformValue(coefficient) === -1;

/** Terms with the same base added up. */
function collected(terms: readonly Term[]): Term[] {
  const byBase = new Map<Node, Term>();
  for (const term of terms) {
    const earlier = byBase.get(term.base);
    const coefficient = earlier ? sunk(op.add(weightOf(earlier), weightOf(term))) : term.coefficient;
    byBase.set(term.base, { base: term.base, coefficient });
  }
  return [...byBase.values()];
}

const productOf = ({ base, coefficient }: Term): Node => (coefficient === null ? base : op.mul(base, coefficient));

/** The value of at least one term. */
function sumOfTerms(terms: readonly Term[]): Node {
  const added = terms.filter((term) => !isSubtracted(term)).map(productOf);
  const subtracted = terms.filter(isSubtracted).map(({ base }) => base);
  const [first, ...rest] = added;
  if (first === undefined) return op.neg(subtracted.reduce((sum, base) => op.add(sum, base)));
  const sum = rest.reduce((partial, term) => op.add(partial, term), first);
  return subtracted.reduce((partial, base) => op.sub(partial, base), sum);
}

/** How often each node is read, and how often by a multiplication that could take over a coefficient. */
interface Uses {
  readonly all: number;
  readonly scaling: number;
}

function countUses(graph: Graph, order: readonly Node[], varies: ReadonlySet<Node>): Map<Node, Uses> {
  const uses = new Map<Node, Uses>();
  const count = (node: Node, isScaling: boolean): void => {
    const { all = 0, scaling = 0 } = uses.get(node) ?? {};
    uses.set(node, { all: all + 1, scaling: scaling + (isScaling ? 1 : 0) });
  };
  for (const output of graph.outputs) count(output, false);
  for (const node of order) {
    const varying = node.inputs.filter((x) => varies.has(x));
    const isScaling =
      varying.length === 1 && (['mul', 'div', 'neg'] as const).some((scaling) => scaling === node.primitive);
    for (const x of node.inputs) count(x, isScaling);
  }
  return uses;
}

/**
 * Elementwise parts that are linear in what varies, rewritten so that fixed factors meet first:
 * (v·a)·b = v·(a·b), (v·a + w·b)·c = v·(a·c) + w·(b·c), v·a + v·b = v·(a + b), −(v·a) = v·(−a), and a mask that is zero
 * elsewhere goes into the factors. The factors are then computed once, not per probe; differentiating an activation
 * function costs one multiplication. A product that is also read as it is stays.
 */
export function hoistInvariants(graph: Graph, varying: readonly Node<'input'>[]): Graph {
  const order = topologicalOrder(graph.outputs);
  const varies = dependents(order, varying);
  const uses = countUses(graph, order, varies);
  /** Replacement of each varying node, and the sums of products among them. */
  const known = new Map<Node, Node>();
  const combinations = new Map<Node, readonly Term[]>();
  const current = (node: Node): Node => known.get(node) ?? node;

  /** Operand `index` as terms; one term, itself, unless all its readers profit from taking it apart. */
  const termsOf = (node: Node, index: number): readonly Term[] => {
    const original = operand(node, index);
    const value = current(original);
    const { all, scaling } = uses.get(original) ?? { all: 0, scaling: 0 };
    const terms = combinations.get(value) ?? [];
    const isOpen = terms.length > 0 && (all === 1 || (terms.length === 1 && scaling === all));
    return isOpen ? terms : [{ base: value, coefficient: null }];
  };
  /** Terms of a result that changes the coefficients only; undefined where a term has none to change. */
  const reweighted = (terms: readonly Term[], change: (coefficient: Node) => Node): Term[] | undefined =>
    terms.every(isWeighted)
      ? terms.map(({ base, coefficient }) => ({ base, coefficient: sunk(change(coefficient)) }))
      : undefined;

  const scaledTerms = (node: Node<'mul'>): readonly Term[] | undefined => {
    const index = varies.has(operand(node, 0)) ? 0 : 1;
    const factor = operand(node, 1 - index);
    if (varies.has(factor)) return undefined;
    return (
      reweighted(termsOf(node, index), (coefficient) => op.mul(coefficient, factor)) ?? [
        { base: current(operand(node, index)), coefficient: factor },
      ]
    );
  };
  /** A divisor that is repeated becomes a factor: its reciprocal is small, and it can meet other factors. */
  const dividedTerms = (node: Node<'div'>): readonly Term[] | undefined => {
    const divisor = operand(node, 1);
    if (varies.has(divisor)) return undefined;
    const terms = reweighted(termsOf(node, 0), (coefficient) => op.div(coefficient, divisor));
    if (terms !== undefined || divisor.primitive !== 'broadcast') return terms;
    return [{ base: current(operand(node, 0)), coefficient: sunk(op.div(op.full(1), divisor)) }];
  };
  const maskedTerms = (node: Node<'select'>): readonly Term[] | undefined => {
    const predicate = operand(node, 0);
    const kept = varies.has(operand(node, 1)) ? 1 : 2;
    const zeros = operand(node, 3 - kept);
    if (varies.has(predicate) || varies.has(zeros) || uniformValue(zeros) !== 0) return undefined;
    return reweighted(termsOf(node, kept), (coefficient) =>
      kept === 1 ? op.select(predicate, coefficient, zeros) : op.select(predicate, zeros, coefficient),
    );
  };
  const summedTerms = (node: Node): readonly Term[] | undefined => {
    if (!node.inputs.every((x) => varies.has(x))) return undefined;
    const [left, right] = [termsOf(node, 0), termsOf(node, 1)];
    const terms = [...left, ...(node.primitive === 'sub' ? right.map(negative) : right)];
    return terms.length > mostTerms ? undefined : terms;
  };
  const register = (node: Node, value: Node, terms: readonly Term[] | undefined): void => {
    known.set(node, value);
    if (terms) combinations.set(value, terms);
  };
  const rewrite = (node: Node): void => {
    const unchanged = (): Node => withInputs(node, node.inputs.map(current));
    if (node.dtype !== 'float') {
      known.set(node, unchanged());
      return;
    }
    switch (node.primitive) {
      case 'add':
      case 'sub': {
        const terms = summedTerms(node);
        const merged = terms && collected(terms);
        if (merged && merged.length < terms.length) register(node, sumOfTerms(merged), merged);
        else register(node, unchanged(), terms);
        return;
      }
      case 'mul':
      case 'div':
      case 'neg':
      case 'select': {
        const terms = scalingTerms(node);
        register(node, terms ? sumOfTerms(terms) : unchanged(), terms);
        return;
      }
      default:
        known.set(node, unchanged());
    }
  };
  const scalingTerms = (node: Node<'mul' | 'div' | 'neg' | 'select'>): readonly Term[] | undefined => {
    switch (node.primitive) {
      case 'mul':
        return scaledTerms(node);
      case 'div':
        return dividedTerms(node);
      case 'neg':
        return reweighted(termsOf(node, 0), op.neg);
      case 'select':
        return maskedTerms(node);
    }
  };

  for (const node of order) if (varies.has(node) && node.inputs.length > 0) op.withSpan(node.span, () => rewrite(node));
  return { inputs: graph.inputs, outputs: graph.outputs.map(current) };
}
