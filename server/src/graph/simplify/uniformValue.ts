import type { Node } from '../node';

/**
 * The number that every element of `node` equals, when that is plain from its structure: a constant of one
 * element seen through any chain of broadcasts, reshapes, transposes and slices. Booleans count as 0 and 1.
 */
export function uniformValue(node: Node): number | undefined {
  let source: Node | undefined = node;
  while (source !== undefined) {
    switch (source.primitive) {
      case 'constant':
        return source.parameters.data.length === 1 ? source.parameters.data[0] : undefined;
      case 'broadcast':
      case 'reshape':
      case 'transpose':
      case 'slice':
      case 'reverse':
        source = source.inputs[0];
        break;
      default:
        return undefined;
    }
  }
  return undefined;
}
