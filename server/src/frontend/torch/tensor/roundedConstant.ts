/**
 * Constants hold what PyTorch's float32 tensors hold: `torch.tensor(0.1)` is 0.1 rounded to 24 bits, also where the model is
 * evaluated in float64 later (`model.double()` keeps the rounded values).
 */
import { evaluateConstant } from '../../../graph/evaluate/evaluate';
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import { broadcast, constant, full } from '../../../graph/operations';
import type { Primitive } from '../../../graph/primitives';
import { constantWork } from './constantWork';
import { isLazyConstant, lazyConstant } from './lazyConstant';

/** Constants up to this size and this many operations are computed at once, so that a long chain of operations stays shallow. */
const eagerElements = 1 << 16;
const eagerOperations = 1 << 20;
/** The same of those that are made from numbers that are not drawn yet. */
const eagerDrawn = 1 << 8;

/** Their results are among the values of their operands, or whole numbers, or the negative of one. */
const keepsValues: ReadonlySet<Primitive> = new Set<Primitive>([
  ...([
    'reshape',
    'transpose',
    'broadcast',
    'slice',
    'pad',
    'concat',
    'reverse',
    'take',
    'takeAlong',
    'select',
  ] as const),
  ...(['max', 'min', 'reduceMax', 'neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'convert', 'stopGradient'] as const),
]);

const constantNodes = new WeakMap<Node, boolean>();
const writtenNodes = new WeakMap<Node, boolean>();
const representable = new WeakMap<Node, boolean>();
/** Results, which views of one parameter ask for again and again. */
const roundings = new WeakMap<Node, Node>();

/** Memoised `test` over a graph that grows by a few nodes between two calls. */
function holds(node: Node, known: WeakMap<Node, boolean>, test: (node: Node) => boolean | undefined): boolean {
  const pending = [node];
  for (let next = pending.at(-1); next !== undefined; next = pending.at(-1)) {
    const open = known.has(next) || test(next) !== undefined ? [] : next.inputs.filter((input) => !known.has(input));
    if (open.length > 0) {
      pending.push(...open);
      continue;
    }
    pending.pop();
    if (!known.has(next)) known.set(next, test(next) ?? next.inputs.every((input) => known.get(input) === true));
  }
  return known.get(node) === true;
}

const isConstant = (node: Node): boolean =>
  holds(node, constantNodes, ({ primitive }) => (primitive === 'input' ? false : undefined));

const isFloat32 = (x: number): boolean => Object.is(Math.fround(x), x);

const isRepresentable = (node: Node): boolean =>
  holds(node, representable, (inner) => {
    if (inner.dtype !== 'float' || isLazyConstant(inner)) return true;
    if (inner.primitive === 'constant') return inner.parameters.data.every(isFloat32);
    return keepsValues.has(inner.primitive) ? undefined : false;
  });

/** `node` with the values of its float32 tensor, where it is a constant; any other node as it is. */
export function roundedConstant(node: Node): Node {
  if (node.dtype !== 'float' || !isConstant(node) || isRepresentable(node)) return node;
  const known = roundings.get(node);
  if (known !== undefined) return known;
  const rounded = node.primitive === 'broadcast' ? roundedBroadcast(node) : roundedData(node);
  representable.set(rounded, true);
  roundings.set(node, rounded);
  return rounded;
}

/**
 * Operands of one type as PyTorch computes with them: beside a float32 tensor a Python number is rounded first. Only where
 * all are constants, whose values are those of PyTorch; elsewhere an engine's precision decides.
 */
export const roundedOperands = (nodes: readonly Node[]): Node[] =>
  nodes.every(isConstant) ? nodes.map(roundedConstant) : [...nodes];

const roundedBroadcast = ({ inputs: [operand], parameters }: Node<'broadcast'>): Node =>
  broadcast(roundedConstant(operand as Node), parameters.shape, parameters.axes);

/** Random numbers are drawn when they are needed. */
const isWritten = (node: Node): boolean =>
  holds(node, writtenNodes, (inner) => (isLazyConstant(inner) ? false : undefined));

function roundedData(node: Node): Node {
  const compute = (): Float64Array => Float64Array.from(evaluateConstant(node) ?? [], Math.fround);
  const most = isWritten(node) ? eagerElements : eagerDrawn;
  if (elementCount(node.shape) > most || constantWork(node, eagerOperations) > eagerOperations)
    return lazyConstant(node.shape, 'float', compute, [node]);
  if ((evaluateConstant(node) ?? []).every(isFloat32)) return node;
  const data = compute();
  const [first = 0] = data;
  // One value throughout stays a number that later stages can simplify with.
  return data.every((value) => Object.is(value, first)) ? full(first, node.shape) : constant(data, node.shape);
}
