/** One activation of a function, class body or module. */
import type { SourceSpan } from '../graph/node';
import type { PythonException } from './errors';
import type { Interpreter } from './interpreter';
import type { Scope } from './scope';
import type { Located, SourceFile } from './source';
import type { Expression } from './syntax';
import type { PyModule, PyValue } from './values';

export class Frame {
  /** The expression being evaluated. */
  node: Located | undefined = undefined;
  returnValue: PyValue = null;
  /** Values sent into a generator for its `yield` expressions of the current statement. */
  yielded: Map<Expression, PyValue> | undefined = undefined;
  /** The exception being handled, for a bare `raise`. */
  handled: PythonException | undefined = undefined;
  /** Number of enclosing `try` statements that would catch a failed import. */
  importGuards = 0;
  /** Tolerant mode: values returned from branches that may not be taken. */
  possibleReturns: PyValue[] | undefined = undefined;
  /** Tolerant mode: inside a branch whose condition is unknown. */
  uncertain = 0;
  /** The innermost frame of the user's own code: itself, or the one that called into the library. */
  readonly userFrame: Frame | undefined;

  constructor(
    readonly interpreter: Interpreter,
    readonly scope: Scope,
    readonly source: SourceFile,
    readonly module: PyModule,
    caller: Frame | undefined,
    /** First positional argument, for zero-argument super(). */
    readonly firstArgument: PyValue | undefined,
    readonly functionName: string,
  ) {
    this.userFrame = source.isLibrary && caller !== undefined ? caller.userFrame : this;
  }

  get span(): SourceSpan | undefined {
    return this.node === undefined ? undefined : this.source.span(this.node);
  }
}
