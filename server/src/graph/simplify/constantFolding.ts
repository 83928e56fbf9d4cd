import { evaluateConstant } from '../evaluate/evaluate';
import type { Node } from '../node';
import { elementCount } from '../node';
import { constant, full } from '../operations';
import type { Primitive } from '../primitives';

/** Larger results are left to the engine: they would only make the program bigger. */
const largestFolded = 4096;

/** Already as short as they can be: folding would spell out repeated or counted elements. */
const kept: ReadonlySet<Primitive> = new Set<Primitive>(['input', 'constant', 'iota', 'broadcast', 'stopGradient']);

/** The constant that a node of constants only amounts to, or undefined when it is kept as it is. */
export function foldConstant(node: Node): Node | undefined {
  if (kept.has(node.primitive) || elementCount(node.shape) > largestFolded) return undefined;
  const data = evaluateConstant(node);
  if (data === undefined) return undefined;
  const [value] = data;
  const isUniform = value !== undefined && data.length > 1 && data.every((element) => Object.is(element, value));
  return isUniform ? full(value, node.shape, node.dtype) : constant(data, node.shape);
}
