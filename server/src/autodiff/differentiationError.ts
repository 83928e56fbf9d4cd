import type { Node, SourceSpan } from '../graph/node';

const place = (span: SourceSpan | undefined): string =>
  span === undefined ? '' : ` at ${span.file}:${span.line}:${span.column}`;

/** Thrown when a program cannot be differentiated; names the primitive and the source expression that made it. */
export class DifferentiationError extends Error {
  override readonly name = 'DifferentiationError';
  readonly primitive: string;
  readonly span: SourceSpan | undefined;

  constructor(node: Node, reason: string) {
    super(`cannot differentiate '${node.primitive}'${place(node.span)}: ${reason}`);
    this.primitive = node.primitive;
    this.span = node.span;
  }
}
