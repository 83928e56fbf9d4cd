import type { Node } from '../node';
import { elementCount, operand } from '../node';
import * as op from '../operations';
import type { Primitive } from '../primitives';

const elementwise: ReadonlySet<Primitive> = new Set<Primitive>([
  'neg',
  'abs',
  'sign',
  'exp',
  'expm1',
  'log',
  'log1p',
  'sqrt',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'asinh',
  'acosh',
  'atanh',
  'tanh',
  'sigmoid',
  'softplus',
  'erf',
  'lgamma',
  'digamma',
  'floor',
  'ceil',
  'round',
  'not',
  'isnan',
  'convert',
  'stopGradient',
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'max',
  'min',
  'atan2',
  'remainder',
  'eq',
  'lt',
  'le',
  'and',
  'or',
  'select',
]);

/**
 * f(broadcast(a), broadcast(b)) = broadcast(f(a, b)): an elementwise primitive acts on the axes that its operands
 * really have, and the result is repeated. Undefined when nothing is saved.
 */
export function sinkBroadcasts(node: Node): Node | undefined {
  if (!elementwise.has(node.primitive)) return undefined;
  const needed = new Set<number>();
  for (const x of node.inputs) {
    if (x.primitive !== 'broadcast') return undefined;
    for (const axis of x.parameters.axes) needed.add(axis);
  }
  const axes = [...needed].sort((a, b) => a - b);
  const shape = axes.map((axis) => node.shape[axis] ?? 1);
  if (elementCount(shape) >= elementCount(node.shape)) return undefined;
  const operands = node.inputs.map((x) =>
    x.primitive === 'broadcast'
      ? op.broadcast(
          operand(x, 0),
          shape,
          x.parameters.axes.map((axis) => axes.indexOf(axis)),
        )
      : x,
  );
  return op.broadcast(op.emit(node.primitive, operands, node.parameters), node.shape, axes);
}
