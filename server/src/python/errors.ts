/** How an interpretation ends early: Python's own exceptions, stops of the trace, and syntax errors. */
import type { SourceSpan } from '../graph/node';
import type { PyInstance, Unknown } from './values';

const at = (span: SourceSpan | undefined): string =>
  span === undefined ? '' : ` (${span.file}:${span.line}:${span.column})`;

/** V8's own setting, which is not in the language. */
const stackTraces = Error as ErrorConstructor & { stackTraceLimit: number };

/** Says where in the user's program it arose; where in the interpreter is not worth its time: programs raise by the thousand. */
class Interruption extends Error {
  constructor(message: string) {
    const before = stackTraces.stackTraceLimit;
    stackTraces.stackTraceLimit = 0;
    super(message);
    stackTraces.stackTraceLimit = before;
  }
}

/** A Python exception on its way; `try … except` of interpreted code can catch it. */
export class PythonException extends Interruption {
  override readonly name = 'PythonException';
  constructor(
    /** The instance of a class derived from BaseException. */
    readonly value: PyInstance,
    /** `TypeError: …` as Python prints it. */
    readonly description: string,
    /** The user's expression that raised it. */
    readonly span: SourceSpan | undefined,
  ) {
    super(description + at(span));
  }
}

/** The interpreter cannot follow the program beyond this expression. Interpreted code cannot catch it. */
export class TraceStop extends Interruption {
  override readonly name = 'TraceStop';
  constructor(
    readonly reason: string,
    readonly span: SourceSpan | undefined,
    /** What the reader can do about it. */
    readonly hint?: string | undefined,
  ) {
    super(reason + at(span));
  }
}

/** A stop because a value is needed that the source does not determine. */
export class UnknownStop extends TraceStop {
  constructor(
    reason: string,
    span: SourceSpan | undefined,
    /** What was not known first: all that follows from it is told by this. */
    readonly unknown: Unknown,
  ) {
    super(reason, span);
  }
}

/** A limit on steps, time, depth or size was reached: the whole interpretation ends, also in tolerant mode. */
export class LimitExceeded extends TraceStop {}

/** Whoever asked for the reading does not want it any more. No part of the program can catch it. */
export class ReadingCancelled extends Error {
  override readonly name = 'ReadingCancelled';
}

/** The text is not Python. */
export class PythonSyntaxError extends Error {
  override readonly name = 'PythonSyntaxError';
  constructor(
    readonly reason: string,
    readonly span: SourceSpan,
  ) {
    super(`SyntaxError: ${reason}${at(span)}`);
  }
}
