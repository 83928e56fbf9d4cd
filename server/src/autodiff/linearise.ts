import type { Node } from '../graph/node';
import { input, withSpan } from '../graph/operations';
import { jvp } from './jvp';
import type { Tangent } from './rules/jvpRules';

/** A function at a point together with its derivative there, a linear program in `tangentInputs`. */
export interface Linearisation {
  readonly outputs: readonly Node[];
  /** One fresh input per differentiated node, in order and of the same shape. */
  readonly tangentInputs: readonly Node<'input'>[];
  /** Linear in `tangentInputs`; its coefficients are nodes that do not depend on them. Null: zero by structure. */
  readonly tangentOutputs: readonly Tangent[];
}

/** Linearises `outputs` in the nodes `wrt`. Throws `RangeError` when a node is listed twice. */
export function linearise(outputs: readonly Node[], wrt: readonly Node[]): Linearisation {
  const tangentInputs = wrt.map((node, i) => withSpan(node.span, () => input(`tangent${i}`, node.shape)));
  const tangents = new Map<Node, Node>();
  wrt.forEach((node, i) => {
    const tangent = tangentInputs[i];
    if (tangents.has(node)) throw new RangeError(`variable ${i} is listed twice; a tied parameter is one variable`);
    if (tangent !== undefined) tangents.set(node, tangent);
  });
  return { outputs, tangentInputs, tangentOutputs: jvp(outputs, tangents) };
}
