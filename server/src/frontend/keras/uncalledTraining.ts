/**
 * Training functions that a script defines and leaves to somebody else to call: a page's button, another file. They are followed with the
 * script's own model; whatever else they are given is not known.
 */
import { once } from '../../once';
import { PythonException, TraceStop } from '../../python/errors';
import type { FunctionSyntax } from '../../python/syntax';
import { PyClass, PyFunction, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import { functionOfCallback } from '../../javascript/callbacks';
import { isOptional } from '../../javascript/parameters';
import { isJavaScript } from '../../javascript/isJavaScript';
import { isOwnClass } from '../torch/moduleRegistry';
import { callMethod, callWithUnknown, waitingCallbacks } from '../tfjs/callUnknown';
import { findModel, SelectionError } from '../torch/modelSelection';
import type { Session } from '../torch/session';
import { usesKeras } from './kerasModelSelection';

/** What makes steps of training, in Keras's and TensorFlow.js's names. */
const trains = /\.(compile|fit|fit_generator|fitDataset|trainOnBatch|train_on_batch|minimize|computeGradients)\s*\(/;
/** Parameters that are given the model. */
const namesModel = /model|net(work)?$|classifier|autoencoder/i;
const MOST_CALLED = 12;

/** Calls, in the order of the file, every function of its own that trains and that nothing has called. Tolerant sessions only. */
export function callUncalledTraining(session: Session): void {
  if (!usesKeras(session.interpreter)) return;
  const model = once(() => ownModel(session));
  const waiting = ownFunctions(session).filter(({ syntax }) => trains.test(textOf(syntax)) && !wasRun(session, syntax));
  for (const callee of waiting.slice(0, MOST_CALLED)) {
    // One of those before may have called it.
    if (!wasRun(session, callee.syntax)) attempt(() => callWith(session, callee, model));
  }
  if (isJavaScript(session.file)) callUncalledParts(session);
}

/** Methods of a program in JavaScript, and functions that it gave to a page. */
function callUncalledParts(session: Session): void {
  const waits = (syntax: FunctionSyntax): boolean => trains.test(textOf(syntax)) && !wasRun(session, syntax);
  const classes = [...session.module.attributes.values()].filter(
    (value) => value instanceof PyClass && isOwnClass(value),
  );
  for (const owner of new Set(classes))
    for (const [name, value] of owner instanceof PyClass ? owner.attributes : [])
      if (value instanceof PyFunction && waits(value.syntax))
        attempt(() => {
          if (name === '__init__') callWithUnknown(session, owner);
          else callMethod(session, owner, name);
        });
  for (const callback of waitingCallbacks(session).slice(0, MOST_CALLED)) {
    const syntax = functionOfCallback(callback)?.syntax;
    if (syntax?.source.file === session.file && waits(syntax)) attempt(() => callWithUnknown(session, callback));
  }
}

const textOf = ({ source, start, end }: FunctionSyntax): string => source.text.slice(start, end);

/** Functions at the top level of the file, however they are written. */
function ownFunctions({ module, file }: Session): PyFunction[] {
  const found = [...module.attributes.values()].filter(
    (value): value is PyFunction => value instanceof PyFunction && value.syntax.source.file === file,
  );
  return [...new Set(found)].sort((a, b) => a.syntax.start - b.syntax.start);
}

/** Has a call inside the function been noted? */
function wasRun({ records, file }: Session, { source, start, end }: FunctionSyntax): boolean {
  const { line, endLine } = source.span({ start, end });
  return records.libraryCalls.some(
    ({ span }) => span !== undefined && span.file === file && span.line >= line && span.endLine <= endLine,
  );
}

function callWith({ interpreter }: Session, callee: PyFunction, model: () => PyValue | undefined): void {
  const args = callee.syntax.parameters
    .filter((parameter) => ['positional', 'positionalOnly'].includes(parameter.kind) && !isOptional(parameter))
    .map(({ name }): PyValue => {
      const own = namesModel.test(name) ? model() : undefined;
      return own ?? new Unknown(`what ${callee.syntax.name} is given for ${name}`, interpreter.currentSpan);
    });
  interpreter.call(callee, args);
}

function ownModel(session: Session): PyValue | undefined {
  let found: PyValue | undefined;
  attempt(() => {
    const { instance } = findModel(session);
    found = instance;
  });
  return found;
}

function attempt(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (error instanceof PythonException || error instanceof TraceStop || error instanceof SelectionError) return;
    throw error;
  }
}
