/** What is left of a value whose computation ended early. */
import { PythonException, PythonSyntaxError, UnknownStop, type TraceStop } from './errors';
import { Unknown } from './values';

/** Where a value was needed that is not known, the same cause: what follows from one thing is told by that thing. */
export function unknownAfter(error: PythonException | TraceStop | PythonSyntaxError): Unknown {
  if (error instanceof UnknownStop) return new Unknown(error.unknown.reason, error.unknown.origin);
  if (error instanceof PythonException) return new Unknown(error.description, error.span);
  return new Unknown(error instanceof PythonSyntaxError ? `SyntaxError: ${error.reason}` : error.reason, error.span);
}
