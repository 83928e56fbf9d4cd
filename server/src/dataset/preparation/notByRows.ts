import type { Node } from '../../graph/node';

/** The code computes something from all samples that cannot be had sample by sample. */
export class NotByRows extends Error {
  override readonly name = 'NotByRows';
  constructor(node: Node, what = `${node.primitive} of [${node.shape.join(', ')}] mixes samples`) {
    super(`${what}${node.span === undefined ? '' : ` (${node.span.file}:${node.span.line})`}`);
  }
}
