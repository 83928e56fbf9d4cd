import type { Node } from '../graph/node';
import { dependents, topologicalOrder } from '../graph/node';
import { withSpan } from '../graph/operations';
import type { Primitive } from '../graph/primitives';
import { DifferentiationError } from './differentiationError';
import type { Tangent } from './rules/jvpRules';
import type { TransposeRow } from './rules/transposeRules';
import { transposeRules } from './rules/transposeRules';
import { sumCotangents } from './sumCotangents';

/** Products: linear in each operand alone, but not in two at once. */
const products: ReadonlySet<Primitive> = new Set<Primitive>([
  'mul',
  'div',
  'dot',
  'conv',
  'convInputGrad',
  'convFilterGrad',
]);

function transposeNode(node: Node, cotangent: Node, linear: readonly boolean[]): readonly Tangent[] {
  const row = transposeRules[node.primitive] as unknown as TransposeRow<Primitive>;
  if (row === 'not linear')
    throw new DifferentiationError(node, 'it is not linear, so that the program has no transpose');
  if (products.has(node.primitive) && linear[0] === true && linear[1] === true)
    throw new DifferentiationError(node, 'both factors depend on the variables, so that the program has no transpose');
  return row(node, cotangent, linear);
}

/**
 * Transposes a linear program: given `outputs` linear in `inputs` (as `linearise` makes them) and one cotangent per
 * output, returns for each input the cotangent Aᵀ·cotangents, null where it is zero by structure.
 * Visits only nodes that depend on `inputs`.
 */
export function transposeLinear(
  inputs: readonly Node[],
  outputs: readonly Tangent[],
  cotangents: readonly Tangent[],
): Tangent[] {
  const present = outputs.filter((output) => output !== null);
  const order = topologicalOrder(present);
  const linear = dependents(order, inputs);
  const received = new Map<Node, Node[]>();
  const receive = (node: Node, cotangent: Tangent): void => {
    if (cotangent === null) return;
    const earlier = received.get(node);
    if (earlier === undefined) received.set(node, [cotangent]);
    else earlier.push(cotangent);
  };
  outputs.forEach((output, i) => {
    if (output !== null) receive(output, cotangents[i] ?? null);
  });
  const variables = new Set<Node>(inputs);
  for (const node of order.reverse()) {
    const parts = received.get(node);
    if (parts === undefined || variables.has(node) || !linear.has(node)) continue;
    withSpan(node.span, () => {
      const isLinear = node.inputs.map((input) => linear.has(input));
      const results = transposeNode(node, sumCotangents(parts), isLinear);
      node.inputs.forEach((input, i) => {
        if (isLinear[i]) receive(input, results[i] ?? null);
      });
    });
    received.delete(node);
  }
  return inputs.map((input) => {
    const parts = received.get(input);
    return parts === undefined ? null : withSpan(input.span, () => sumCotangents(parts));
  });
}
