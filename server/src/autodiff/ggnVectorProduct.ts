import type { Node } from '../graph/node';
import { full } from '../graph/operations';
import { gradient, vjp } from './gradient';
import { directions } from './hessianVectorProduct';
import { jvp } from './jvp';

/**
 * G·v for the generalised Gauss–Newton matrix G = Jᵀ·(∂²loss/∂output²)·J, where J = ∂output/∂wrt (Schraudolph 2002).
 * `output` is where the model ends and the loss begins: one node or several that together cut the loss from `wrt`.
 * What the loss takes from `wrt` past `output` (weight decay, say) does not enter.
 */
export function ggnVectorProduct(
  loss: Node,
  output: Node | readonly Node[],
  wrt: readonly Node[],
  v: readonly Node[],
): Node[] {
  const outputs = 'id' in output ? [output] : output;
  const pushed = jvp(outputs, directions(wrt, v));
  const tangents = new Map<Node, Node>();
  outputs.forEach((node, i) => {
    const tangent = pushed[i];
    if (tangent) tangents.set(node, tangent);
  });
  const curved = jvp(gradient(loss, outputs), tangents);
  const products = vjp(outputs, curved, wrt);
  return wrt.map((node, i) => products[i] ?? full(0, node.shape));
}
