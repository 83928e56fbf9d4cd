/** Execution of statements: one rule per kind of node, in a total table. */
import { assign, remove } from './assignment';
import { defineClass } from './classDefinition';
import { executeWith, isPassing } from './contexts';
import { PythonException } from './errors';
import type { TraceStop } from './errors';
import { evaluate } from './expressions';
import type { Frame } from './frame';
import { makeFunction } from './functions';
import { executeImport, executeImportFrom } from './imports';
import { matchPattern } from './matching';
import { inPlace } from './operators';
import { str } from './representation';
import type { ExceptHandler, Expression, Statement, StatementKind, StatementOf } from './syntax';
import { truthOrUnknown } from './truth';
import { evaluateHead, executeTolerantly, tolerantFor, tolerantIf, tolerantWhile } from './tolerance';
import { PyClass, PyDict, PyFunction, PyInstance, PyTuple, Unknown } from './values';
import type { PyValue } from './values';

/** How a statement ended. */
export const NORMAL = 0;
export const BREAK = 1;
export const CONTINUE = 2;
/** The value is in `frame.returnValue`. */
export const RETURN = 3;
export type Completion = 0 | 1 | 2 | 3;

type Rule<K extends StatementKind> = (statement: StatementOf<K>, frame: Frame) => Completion;

const rules: { readonly [K in StatementKind]: Rule<K> } = {
  ExpressionStatement: ({ value }, frame) => {
    evaluate(value, frame);
    return NORMAL;
  },
  Assign: ({ targets, value }, frame) => {
    const result = evaluate(value, frame);
    for (const target of targets) assign(target, result, frame);
    return NORMAL;
  },
  AugmentedAssign: executeAugmentedAssign,
  AnnotatedAssign: executeAnnotatedAssign,
  Return: ({ value }, frame) => {
    frame.returnValue = value === undefined ? null : evaluate(value, frame);
    if (value !== undefined) frame.interpreter.options.observer?.named(value, frame.returnValue, frame);
    return RETURN;
  },
  Delete: ({ targets }, frame) => {
    for (const target of targets) remove(target, frame);
    return NORMAL;
  },
  Pass: () => NORMAL,
  Break: () => BREAK,
  Continue: () => CONTINUE,
  Raise: executeRaise,
  Global: () => NORMAL,
  Nonlocal: () => NORMAL,
  Import: (statement, frame) => {
    executeImport(statement, frame);
    return NORMAL;
  },
  ImportFrom: (statement, frame) => {
    executeImportFrom(statement, frame);
    return NORMAL;
  },
  Assert: executeAssert,
  If: (statement, frame) => {
    const test = evaluateHead(statement.test, statement, frame);
    frame.node = statement.test;
    const { interpreter } = frame;
    const decided = interpreter.isTolerantIn(frame) ? truthOrUnknown(interpreter, test) : interpreter.truth(test);
    if (decided instanceof Unknown) return tolerantIf(statement, decided, frame);
    return executeBlock(decided ? statement.body : statement.otherwise, frame);
  },
  While: executeWhile,
  For: executeFor,
  Try: executeTry,
  With: (statement, frame) => executeWith(statement, 0, frame),
  FunctionDefinition: (statement, frame) => {
    const made = makeFunction(statement.function, frame);
    assignName(statement.function.name, decorate(statement.decorators, made, frame), frame);
    return NORMAL;
  },
  ClassDefinition: (statement, frame) => {
    const made = defineClass(statement, frame);
    assignName(statement.name, decorate(statement.decorators, made, frame), frame);
    return NORMAL;
  },
  Match: executeMatch,
  TypeAlias: ({ name, value }, frame) => {
    assignName(name, new Unknown('a type alias has no value at run time', frame.source.span(value)), frame);
    return NORMAL;
  },
  Invalid: ({ message, errorRange }, frame) => {
    frame.node = errorRange;
    return frame.interpreter.stop(
      `SyntaxError: ${message}`,
      'Python cannot run this file until the error is corrected',
    );
  },
};

export function execute(statement: Statement, frame: Frame): Completion {
  frame.interpreter.step();
  // `statement.kind` selects the rule for exactly this kind of node, which the type of the table cannot say.
  return (rules[statement.kind] as (statement: Statement, frame: Frame) => Completion)(statement, frame);
}

export function executeBlock(body: readonly Statement[], frame: Frame): Completion {
  const tolerant = frame.interpreter.isTolerantIn(frame);
  const skips = frame.scope.kind === 'module' && !frame.source.isLibrary ? frame.interpreter.skips : undefined;
  for (const statement of body) {
    if (skips?.(statement) === true) continue;
    const completion = tolerant ? executeTolerantly(statement, frame) : execute(statement, frame);
    if (completion !== NORMAL) return completion;
  }
  return NORMAL;
}

export function assignName(name: string, value: PyValue, frame: Frame): void {
  frame.scope.target(name).variables.set(name, value);
}

/** Decorators are evaluated from the top and applied from the bottom. */
function decorate(decorators: readonly Expression[], value: PyValue, frame: Frame): PyValue {
  if (decorators.length === 0) return value;
  const { interpreter } = frame;
  const callees = decorators.map((decorator) => evaluate(decorator, frame));
  let result = value;
  for (let i = callees.length - 1; i >= 0; i--) {
    frame.node = decorators[i];
    const callee = callees[i] ?? null;
    // A decorator from code that is not read most often registers, wraps, or supplies arguments (a configuration).
    if (callee instanceof Unknown) {
      if (result instanceof PyFunction) result.unreadDecorator = callee;
      continue;
    }
    result = interpreter.call(callee, [result]);
  }
  return result;
}

function executeAugmentedAssign(
  { target, operator, value, start, end }: StatementOf<'AugmentedAssign'>,
  frame: Frame,
): Completion {
  const { interpreter } = frame;
  const node = { start, end };
  if (target.kind === 'Attribute') {
    const object = evaluate(target.object, frame);
    frame.node = target;
    const old = interpreter.getAttribute(object, target.name);
    const operand = evaluate(value, frame);
    frame.node = node;
    interpreter.setAttribute(object, target.name, inPlace(interpreter, operator, old, operand));
  } else if (target.kind === 'Subscript') {
    const object = evaluate(target.object, frame);
    const index = evaluate(target.index, frame);
    frame.node = target;
    const old = interpreter.getItem(object, index);
    const operand = evaluate(value, frame);
    frame.node = node;
    interpreter.setItem(object, index, inPlace(interpreter, operator, old, operand));
  } else {
    const old = evaluate(target, frame);
    const operand = evaluate(value, frame);
    frame.node = node;
    assign(target, inPlace(interpreter, operator, old, operand), frame);
  }
  return NORMAL;
}

function executeAnnotatedAssign(
  { target, annotation, value }: StatementOf<'AnnotatedAssign'>,
  frame: Frame,
): Completion {
  if (value !== undefined) assign(target, evaluate(value, frame), frame);
  const { scope } = frame;
  // Annotations are kept as text, as under `from __future__ import annotations`: names in them need not exist.
  if (target.kind === 'Name' && scope.kind !== 'function') {
    let annotations = scope.variables.get('__annotations__');
    if (!(annotations instanceof PyDict)) scope.variables.set('__annotations__', (annotations = new PyDict()));
    if (annotations instanceof PyDict)
      annotations.set(target.name, frame.source.text.slice(annotation.start, annotation.end));
  }
  return NORMAL;
}

function executeRaise({ exception, start, end }: StatementOf<'Raise'>, frame: Frame): Completion {
  const { interpreter } = frame;
  const node = { start, end };
  frame.node = node;
  if (exception === undefined) {
    if (frame.handled !== undefined) throw frame.handled;
    return interpreter.raise('RuntimeError', 'No active exception to reraise');
  }
  const value = evaluate(exception, frame);
  frame.node = node;
  const instance = value instanceof PyClass ? interpreter.call(value) : value;
  if (instance instanceof Unknown)
    return interpreter.stopAtUnknown('an exception that is not known is raised here', instance);
  if (!(instance instanceof PyInstance) || !interpreter.isException(instance))
    return interpreter.raise('TypeError', 'exceptions must derive from BaseException');
  throw interpreter.exceptionFor(instance);
}

function executeAssert({ test, message }: StatementOf<'Assert'>, frame: Frame): Completion {
  const { interpreter } = frame;
  const value = evaluate(test, frame);
  frame.node = test;
  // What cannot be decided is taken to hold, as the author says it does.
  if (value instanceof Unknown || interpreter.truth(value)) return NORMAL;
  const text = message === undefined ? '' : str(interpreter, evaluate(message, frame));
  frame.node = test;
  return interpreter.raise('AssertionError', text);
}

function executeWhile(statement: StatementOf<'While'>, frame: Frame): Completion {
  const { interpreter } = frame;
  if (interpreter.isTolerantIn(frame)) return tolerantWhile(statement, frame);
  for (;;) {
    const test = evaluate(statement.test, frame);
    frame.node = statement.test;
    if (!interpreter.truth(test)) return executeBlock(statement.otherwise, frame);
    interpreter.step();
    const completion = executeBlock(statement.body, frame);
    if (completion === BREAK) return NORMAL;
    if (completion === RETURN) return RETURN;
  }
}

/** Items of a loop; stops where it is not known how many there are. */
export function countedItems(iterable: PyValue, { interpreter }: Frame): Iterable<PyValue> {
  return interpreter.growth.counted(interpreter.iterate(iterable), (cause) =>
    interpreter.stopAtUnknown('this loop runs over a collection of unknown length', cause),
  );
}

function executeFor(statement: StatementOf<'For'>, frame: Frame): Completion {
  const { interpreter } = frame;
  const iterable = evaluateHead(statement.iterable, statement, frame);
  frame.node = statement.iterable;
  if (statement.isAsync) interpreter.stop('async for is not followed');
  if (interpreter.isTolerantIn(frame)) return tolerantFor(statement, iterable, frame);
  for (const item of countedItems(iterable, frame)) {
    frame.node = statement.target;
    interpreter.step();
    assign(statement.target, item, frame);
    const completion = executeBlock(statement.body, frame);
    if (completion === BREAK) return NORMAL;
    if (completion === RETURN) return RETURN;
    frame.node = statement.iterable;
  }
  return executeBlock(statement.otherwise, frame);
}

function executeTry(statement: StatementOf<'Try'>, frame: Frame): Completion {
  const { interpreter } = frame;
  let completion: Completion = NORMAL;
  let pending: PythonException | TraceStop | undefined;
  try {
    completion = attemptBody(statement, frame);
  } catch (error) {
    if (!isPassing(error, frame)) throw error;
    pending = error;
  }
  if (statement.finally.length > 0) {
    const value = frame.returnValue;
    const final = executeBlock(statement.finally, frame);
    if (final !== NORMAL) return final;
    frame.returnValue = value;
  }
  if (pending !== undefined) throw pending;
  interpreter.step();
  return completion;
}

/** The body, then its handler or the `else` block, whose own exceptions are not for these handlers. */
function attemptBody(statement: StatementOf<'Try'>, frame: Frame): Completion {
  const outcome = guardedBody(statement, frame);
  if (!(outcome instanceof PythonException))
    return outcome === NORMAL ? executeBlock(statement.otherwise, frame) : outcome;
  const handler = findHandler(statement.handlers, outcome, frame);
  if (handler === undefined) throw outcome;
  return runHandler(handler, outcome, (body) => executeBlock(body, frame), frame);
}

function guardedBody(statement: StatementOf<'Try'>, frame: Frame): Completion | PythonException {
  const { waitingHandlers } = frame.interpreter;
  const depth = waitingHandlers.length;
  const guards = statement.handlers.some(catchesImportErrors) ? 1 : 0;
  frame.importGuards += guards;
  if (statement.handlers.length > 0) waitingHandlers.push({ frame, handlers: statement.handlers });
  try {
    return executeBlock(statement.body, frame);
  } catch (error) {
    // What ends the interpretation passes every handler.
    if (error instanceof PythonException) return error;
    throw error;
  } finally {
    frame.importGuards -= guards;
    waitingHandlers.length = depth;
  }
}

const IMPORT_ERRORS = new Set(['ImportError', 'ModuleNotFoundError', 'Exception', 'BaseException']);

/** `except ImportError`: the program has an answer to a module that is absent. */
export function catchesImportErrors({ type }: ExceptHandler): boolean {
  if (type === undefined) return true;
  return exceptionNames(type).some((name) => IMPORT_ERRORS.has(name));
}

/** Names of the exceptions after `except`, as far as they are written as names. */
export function exceptionNames(type: Expression): string[] {
  const types = type.kind === 'Tuple' ? type.elements : [type];
  return types.flatMap((element) => (element.kind === 'Name' || element.kind === 'Attribute' ? [element.name] : []));
}

/** The first handler whose type matches; undefined for what interpreted code cannot catch. */
export function findHandler(
  handlers: readonly ExceptHandler[],
  error: unknown,
  frame: Frame,
): ExceptHandler | undefined {
  if (!(error instanceof PythonException)) return undefined;
  return handlers.find((handler) => {
    if (handler.type === undefined) return true;
    const type = evaluate(handler.type, frame);
    const types = type instanceof PyTuple ? type.items : [type];
    return types.some((cls) => cls instanceof PyClass && error.value.cls.isSubclassOf(cls));
  });
}

/** Binds the exception for the handler's body and forgets it afterwards. */
export function runHandler<T>(
  handler: ExceptHandler,
  error: PythonException,
  run: (body: readonly Statement[]) => T,
  frame: Frame,
): T {
  const outer = frame.handled;
  frame.handled = error;
  if (handler.name !== undefined) assignName(handler.name, error.value, frame);
  try {
    return run(handler.body);
  } finally {
    frame.handled = outer;
    if (handler.name !== undefined) frame.scope.target(handler.name).variables.delete(handler.name);
  }
}

function executeMatch(statement: StatementOf<'Match'>, frame: Frame): Completion {
  const { interpreter } = frame;
  const subject = evaluate(statement.subject, frame);
  for (const { pattern, guard, body } of statement.cases) {
    frame.node = pattern;
    interpreter.step();
    if (!matchPattern(pattern, subject, frame)) continue;
    if (guard !== undefined) {
      const passes = evaluate(guard, frame);
      frame.node = guard;
      if (!interpreter.truth(passes)) continue;
    }
    return executeBlock(body, frame);
  }
  return NORMAL;
}
