/**
 * Tolerant execution, for training scripts: a statement that cannot be followed is recorded and skipped, what it would have
 * assigned becomes unknown, both branches of an unknown condition are run, and loops run at most twice.
 */
import { assign } from './assignment';
import { LimitExceeded, PythonException, PythonSyntaxError, TraceStop, UnknownStop } from './errors';
import { evaluate } from './expressions';
import type { Frame } from './frame';
import { BREAK, NORMAL, RETURN, exceptionNames, execute, executeBlock } from './statements';
import type { Completion } from './statements';
import type { ExceptHandler, Expression, Statement, StatementOf } from './syntax';
import { Unknown } from './values';
import type { PyValue } from './values';

const MAXIMUM_ITERATIONS = 2;

export function executeTolerantly(statement: Statement, frame: Frame): Completion {
  const { interpreter } = frame;
  const { returnValue } = frame;
  try {
    const completion = execute(statement, frame);
    if (completion !== RETURN || frame.uncertain === 0) return completion;
    // A return that may not happen: remember its value and go on.
    (frame.possibleReturns ??= []).push(frame.returnValue);
    frame.returnValue = returnValue;
    return NORMAL;
  } catch (error) {
    if (error instanceof LimitExceeded) throw error;
    if (error instanceof PythonException && mustPropagate(error, statement, frame)) throw error;
    if (!(error instanceof PythonException || error instanceof TraceStop || error instanceof PythonSyntaxError))
      throw error;
    interpreter.record(error);
    forget(statement, new Unknown(error.message, error.span), frame);
    return statement.kind === 'Return' ? returnUnknown(error, frame) : NORMAL;
  }
}

function returnUnknown(error: PythonException | TraceStop | PythonSyntaxError, frame: Frame): Completion {
  frame.returnValue = new Unknown(error.message, error.span);
  return RETURN;
}

/**
 * An exception for which a `try` of the same function is waiting, or one of a caller that names it, goes there; one of a
 * caller for all exceptions (around `main()`, say) does not end the reading of what it guards. An exception raised on
 * purpose leaves the function: what follows was not meant to run. At the top of the script, or in a branch that may not
 * be taken, it is only recorded.
 */
function mustPropagate(error: PythonException, statement: Statement, frame: Frame): boolean {
  const { interpreter } = frame;
  if (interpreter.isKind(error, 'StopIteration') || interpreter.isKind(error, 'GeneratorExit'))
    return frame.scope.kind === 'function';
  if (statement.kind === 'Raise' && frame.uncertain > 0) return false;
  if (interpreter.waitingHandlers.some((waiting) => waiting.frame === frame || names(waiting.handlers, error)))
    return true;
  return statement.kind === 'Raise' && frame.scope.kind === 'function';
}

/** Does one of the handlers ask for this kind of exception by name? */
const names = (handlers: readonly ExceptHandler[], { value }: PythonException): boolean => {
  const kinds = value.cls.resolutionOrder.map(({ name }) => name).filter((name) => !/^(Base)?Exception$/.test(name));
  return handlers.some(({ type }) => type !== undefined && exceptionNames(type).some((name) => kinds.includes(name)));
};

/** The names and attributes that a skipped statement would have set become unknown. */
function forget(statement: Statement, unknown: Unknown, frame: Frame): void {
  const forgetTarget = (target: Expression): void => {
    switch (target.kind) {
      case 'Name':
        frame.scope.target(target.name).variables.set(target.name, unknown);
        return;
      case 'Tuple':
      case 'List':
        for (const element of target.elements) forgetTarget(element);
        return;
      case 'Starred':
        forgetTarget(target.value);
        return;
      case 'Attribute':
        try {
          assign(target, unknown, frame);
        } catch (error) {
          if (!(error instanceof PythonException || error instanceof TraceStop) || error instanceof LimitExceeded)
            throw error;
        }
        return;
      default:
    }
  };
  const forgetName = (name: string): void => {
    frame.scope.target(name).variables.set(name, unknown);
  };
  switch (statement.kind) {
    case 'Assign':
      for (const target of statement.targets) forgetTarget(target);
      return;
    case 'AugmentedAssign':
    case 'AnnotatedAssign':
      forgetTarget(statement.target);
      return;
    case 'FunctionDefinition':
      forgetName(statement.function.name);
      return;
    case 'ClassDefinition':
      forgetName(statement.name);
      return;
    case 'Import':
      for (const { name, alias } of statement.names) forgetName(alias ?? name.split('.', 1)[0] ?? name);
      return;
    case 'ImportFrom':
      if (statement.names !== '*') for (const { name, alias } of statement.names) forgetName(alias ?? name);
      return;
    default:
  }
}

/** Branches of one choice from which on a single one stands for all: following each would take too long. */
const MANY_CHOICES = 6;

/** The name that `if name == 'a': … elif name == 'b': …` chooses by, and how many choices there are. */
function choiceBy(statement: StatementOf<'If'>): number {
  const subject = ({ test }: StatementOf<'If'>): string | undefined => {
    if (test.kind !== 'Compare' || test.rest.length !== 1 || test.rest[0]?.operand.kind !== 'Constant')
      return undefined;
    const { first } = test;
    if (first.kind === 'Name') return first.name;
    return first.kind === 'Attribute' && first.object.kind === 'Name'
      ? `${first.object.name}.${first.name}`
      : undefined;
  };
  const name = subject(statement);
  let count = 0;
  for (let each: Statement | undefined = statement; each?.kind === 'If' && subject(each) === name;) {
    count++;
    each = each.otherwise.length === 1 ? each.otherwise[0] : undefined;
  }
  return name === undefined ? 0 : count;
}

/**
 * Both branches, one after the other from the same state; names that end up different become unknown. Of a long choice
 * (one of thirty models by name) the first is followed, as one of several possibilities.
 */
export function tolerantIf(statement: StatementOf<'If'>, test: Unknown, frame: Frame): Completion {
  const { body, otherwise } = statement;
  const { interpreter } = frame;
  if (choiceBy(statement) >= MANY_CHOICES) return uncertainly(frame, () => executeBlock(body, frame));
  const { variables } = frame.scope;
  const before = new Map(variables);
  frame.uncertain++;
  interpreter.uncertain++;
  try {
    executeBlock(body, frame);
    const afterBody = new Map(variables);
    restore(variables, before);
    executeBlock(otherwise, frame);
    merge(frame, afterBody, test);
  } finally {
    interpreter.uncertain--;
    frame.uncertain--;
  }
  return NORMAL;
}

function restore(variables: Map<string, PyValue>, state: ReadonlyMap<string, PyValue>): void {
  variables.clear();
  for (const [name, value] of state) variables.set(name, value);
}

/** A name set on one path only keeps that value: the other path would not have used it. */
function merge(frame: Frame, other: ReadonlyMap<string, PyValue>, cause: Unknown): void {
  const { variables } = frame.scope;
  for (const [name, value] of other) {
    const here = variables.get(name);
    variables.set(name, here === undefined ? value : frame.interpreter.join(value, here, cause));
  }
}

export function tolerantWhile(statement: StatementOf<'While'>, frame: Frame): Completion {
  const { interpreter } = frame;
  const test = evaluate(statement.test, frame);
  frame.node = statement.test;
  if (!(test instanceof Unknown) && !interpreter.truth(test)) return executeBlock(statement.otherwise, frame);
  if (test instanceof Unknown) return uncertainly(frame, () => executeBlock(statement.body, frame));
  return executeBlock(statement.body, frame) === RETURN ? RETURN : NORMAL;
}

/** A body that may not run, or may run again. */
function uncertainly(frame: Frame, run: () => Completion): Completion {
  frame.uncertain++;
  frame.interpreter.uncertain++;
  try {
    run();
  } finally {
    frame.interpreter.uncertain--;
    frame.uncertain--;
  }
  return NORMAL;
}

function iterateOrUnknown(iterable: PyValue, { interpreter }: Frame): Iterable<PyValue> | Unknown {
  try {
    return interpreter.iterate(iterable);
  } catch (error) {
    if (error instanceof UnknownStop) return new Unknown(error.reason, error.span);
    throw error;
  }
}

export function tolerantFor(statement: StatementOf<'For'>, iterable: PyValue, frame: Frame): Completion {
  const { interpreter } = frame;
  const items = iterateOrUnknown(iterable, frame);
  if (items instanceof Unknown) {
    assign(statement.target, items, frame);
    return uncertainly(frame, () => executeBlock(statement.body, frame));
  }
  let iterations = 0;
  for (const item of items) {
    if (++iterations > MAXIMUM_ITERATIONS && !interpreter.isShort(iterable)) return NORMAL;
    assign(statement.target, item, frame);
    const completion = executeBlock(statement.body, frame);
    if (completion === BREAK) return NORMAL;
    if (completion === RETURN) return RETURN;
  }
  return executeBlock(statement.otherwise, frame);
}
