import type { Node } from '../graph/node';
import { elementCount } from '../graph/node';
import { full } from '../graph/operations';
import { DifferentiationError } from './differentiationError';
import { linearise } from './linearise';
import type { Tangent } from './rules/jvpRules';
import { transposeLinear } from './transposeLinear';

/**
 * Vector-Jacobian product, reverse mode: the transpose of the linearisation. `cotangents` has one entry per output
 * (null: zero); the result has one entry per node of `wrt`, null where it is zero by structure.
 */
export function vjp(outputs: readonly Node[], cotangents: readonly Tangent[], wrt: readonly Node[]): Tangent[] {
  const { tangentInputs, tangentOutputs } = linearise(outputs, wrt);
  return transposeLinear(tangentInputs, tangentOutputs, cotangents);
}

/**
 * The gradient of a float loss of one element in the nodes `wrt`, zeros for those it does not depend on.
 * Throws `DifferentiationError` for a loss that is not a float scalar.
 */
export function gradient(loss: Node, wrt: readonly Node[]): Node[] {
  if (loss.dtype !== 'float' || elementCount(loss.shape) !== 1)
    throw new DifferentiationError(
      loss,
      `a loss is one float, this is ${loss.dtype} of shape [${loss.shape.join(', ')}]; reduce it with a sum or mean`,
    );
  const cotangents = vjp([loss], [full(1, loss.shape)], wrt);
  return wrt.map((node, i) => cotangents[i] ?? full(0, node.shape));
}
