import type { Node } from './node';
import { elementCount } from './node';

/** Floating-point operations of one node: two per multiplication in a contraction, one per element elsewhere. */
export function operationsOf(node: Node): number {
  const count = elementCount(node.shape);
  switch (node.primitive) {
    case 'dot': {
      const lhs = node.inputs[0]?.shape ?? [];
      return 2 * count * node.parameters.lhsContract.reduce((product, axis) => product * (lhs[axis] ?? 1), 1);
    }
    case 'conv': {
      const [outputs = 1, ...window] = node.inputs[1]?.shape ?? [];
      return outputs === 0 ? 0 : 2 * count * elementCount(window);
    }
    case 'convInputGrad': {
      const weight = node.inputs[1]?.shape ?? [];
      const [outputs = 1, ...window] = weight;
      return outputs === 0 ? 0 : 2 * elementCount(node.inputs[0]?.shape ?? []) * elementCount(window);
    }
    case 'convFilterGrad': {
      const [, ...window] = node.shape;
      return 2 * elementCount(node.inputs[1]?.shape ?? []) * elementCount(window);
    }
    case 'reduceSum':
    case 'reduceMax':
    case 'argmax':
      return elementCount(node.inputs[0]?.shape ?? []);
    case 'input':
    case 'constant':
    case 'iota':
    case 'reshape':
    case 'broadcast':
      return 0;
    default:
      return count;
  }
}
