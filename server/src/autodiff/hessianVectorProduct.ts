import type { Node } from '../graph/node';
import { full } from '../graph/operations';
import { gradient } from './gradient';
import { jvp } from './jvp';

/** The tangents that move each node of `wrt` by the vector of the same position. */
export function directions(wrt: readonly Node[], vectors: readonly Node[]): Map<Node, Node> {
  const tangents = new Map<Node, Node>();
  wrt.forEach((node, i) => {
    const vector = vectors[i];
    if (vector === undefined) throw new RangeError(`${vectors.length} vectors for ${wrt.length} variables`);
    tangents.set(node, vector);
  });
  return tangents;
}

/**
 * H·v for the Hessian H of `loss` in `wrt`: the forward derivative of the reverse-mode gradient (Pearlmutter 1994).
 * `v` and the result have one node per node of `wrt`, of its shape.
 */
export function hessianVectorProduct(loss: Node, wrt: readonly Node[], v: readonly Node[]): Node[] {
  const products = jvp(gradient(loss, wrt), directions(wrt, v));
  return wrt.map((node, i) => products[i] ?? full(0, node.shape));
}
