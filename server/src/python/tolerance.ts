/**
 * Tolerant execution, for training scripts: a statement that cannot be followed is recorded and skipped, what it would have
 * assigned becomes unknown, both branches of an unknown condition are run, and loops end when they cost too much.
 */
import { assign } from './assignment';
import { LimitExceeded, PythonException, PythonSyntaxError, TraceStop, UnknownStop } from './errors';
import { evaluate } from './expressions';
import type { Frame } from './frame';
import type { Interpreter } from './interpreter';
import { BREAK, NORMAL, RETURN, exceptionNames, execute, executeBlock } from './statements';
import type { Completion } from './statements';
import { truthOrUnknown } from './truth';
import type { ExceptHandler, Expression, Statement, StatementOf } from './syntax';
import { PyInstance, PyList, Unknown, UnknownList } from './values';
import type { PyValue } from './values';

/** Iterations of a loop that are run whatever they cost. */
const FIRST_ITERATIONS = 2;
/** Steps after which a loop is left: of one whose iterations are cheap, of one that does work in each. */
const LONG_LOOP = 50_000;
const LONG_WORK = 10_000;
const STEPS_OF_WORK = 200;
/** The same of loops over the small collections that configure things. */
const LONGEST_LOOP = 1_000_000;

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

function forgetTarget(target: Expression, unknown: Unknown, frame: Frame): void {
  switch (target.kind) {
    case 'Name':
      frame.scope.target(target.name).variables.set(target.name, unknown);
      return;
    case 'Tuple':
    case 'List':
      for (const element of target.elements) forgetTarget(element, unknown, frame);
      return;
    case 'Starred':
      forgetTarget(target.value, unknown, frame);
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
}

/** The names and attributes that a skipped statement would have set become unknown. */
function forget(statement: Statement, unknown: Unknown, frame: Frame): void {
  const forgetName = (name: string): void => {
    frame.scope.target(name).variables.set(name, unknown);
  };
  switch (statement.kind) {
    case 'Assign':
      for (const target of statement.targets) forgetTarget(target, unknown, frame);
      return;
    case 'AugmentedAssign':
    case 'AnnotatedAssign':
      forgetTarget(statement.target, unknown, frame);
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
  const budget = new LoopBudget(interpreter);
  for (;;) {
    const value = evaluate(statement.test, frame);
    frame.node = statement.test;
    const test = truthOrUnknown(interpreter, value);
    if (test instanceof Unknown) {
      const completion = uncertainly(frame, () => executeBlock(statement.body, frame));
      forgetGrowth(statement.body, test, frame);
      return completion;
    }
    if (!test) return executeBlock(statement.otherwise, frame);
    if (budget.isSpent(true)) return leaveLoop(statement.body, frame);
    const completion = executeBlock(statement.body, frame);
    if (completion === BREAK) return NORMAL;
    if (completion === RETURN) return RETURN;
  }
}

/** When to leave a loop whose end is not needed: after the first iterations, once they cost much or fail. */
class LoopBudget {
  private iterations = 0;
  private readonly begun: number;
  private readonly incidents: number;

  /** `most`: steps, instead of the usual. */
  constructor(
    private readonly interpreter: Interpreter,
    private readonly most?: number,
  ) {
    this.begun = interpreter.steps;
    this.incidents = interpreter.incidents.length;
  }

  /** Asked before each iteration. */
  isSpent(failuresCount: boolean): boolean {
    const { incidents, steps } = this.interpreter;
    this.interpreter.checkTime();
    if (++this.iterations <= FIRST_ITERATIONS) return false;
    const spent = steps - this.begun;
    const isWork = spent > STEPS_OF_WORK * this.iterations;
    return (
      spent > (this.most ?? (isWork ? LONG_WORK : LONG_LOOP)) || (failuresCount && incidents.length > this.incidents)
    );
  }
}

function leaveLoop(body: readonly Statement[], frame: Frame): Completion {
  const cause = new Unknown('a loop takes too long to be followed to its end', frame.interpreter.currentSpan);
  forgetGrowth(body, cause, frame);
  return NORMAL;
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
    assign(statement.target, iterable instanceof UnknownList ? iterable.item : items, frame);
    const completion = uncertainly(frame, () => executeBlock(statement.body, frame));
    forgetGrowth(statement.body, items, frame);
    return completion;
  }
  const isShort = interpreter.isShort(iterable);
  const budget = new LoopBudget(interpreter, isShort ? LONGEST_LOOP : undefined);
  for (const item of items) {
    if (budget.isSpent(!isShort)) return leaveLoop(statement.body, frame);
    assignOrForget(statement.target, item, frame);
    const completion = executeBlock(statement.body, frame);
    if (completion === BREAK) return NORMAL;
    if (completion === RETURN) return RETURN;
  }
  return executeBlock(statement.otherwise, frame);
}

/** The body is read even where its items do not have the expected parts. */
function assignOrForget(target: Expression, item: PyValue, frame: Frame): void {
  try {
    assign(target, item, frame);
  } catch (error) {
    if (!(error instanceof PythonException)) throw error;
    frame.interpreter.record(error);
    forgetTarget(target, new Unknown(error.message, error.span), frame);
  }
}

/** What a loop counts or collects, when it is not known how often it runs. */
function forgetGrowth(body: readonly Statement[], cause: Unknown, frame: Frame): void {
  for (const statement of nested(body)) {
    if (statement.kind === 'AugmentedAssign') forget(statement, cause, frame);
    if (statement.kind !== 'ExpressionStatement' || statement.value.kind !== 'Call') continue;
    const { callee } = statement.value;
    if (callee.kind === 'Attribute' && callee.name === 'append') forgetLength(callee.object, cause, frame);
  }
}

/** Statements that run whenever the block may: not those of functions it defines. */
function* nested(body: readonly Statement[]): Generator<Statement> {
  for (const statement of body) {
    yield statement;
    if (statement.kind === 'If' || statement.kind === 'For' || statement.kind === 'While') {
      yield* nested(statement.body);
      yield* nested(statement.otherwise);
    } else if (statement.kind === 'With') yield* nested(statement.body);
    else if (statement.kind === 'Try') yield* nested(statement.body);
  }
}

function forgetLength(target: Expression, cause: Unknown, frame: Frame): void {
  if (target.kind !== 'Name' && target.kind !== 'Attribute') return;
  const list = valueOf(target, frame);
  const item = list instanceof PyList ? list.items.at(-1) : undefined;
  if (item !== undefined) forgetTarget(target, new UnknownList(item, cause.reason, cause.origin), frame);
}

/** A name's or attribute's value, where reading it has no effects. */
function valueOf(expression: Expression, frame: Frame): PyValue | undefined {
  if (expression.kind === 'Name') return frame.scope.target(expression.name).variables.get(expression.name);
  if (expression.kind !== 'Attribute') return undefined;
  const owner = valueOf(expression.object, frame);
  return owner instanceof PyInstance ? owner.attributes.get(expression.name) : undefined;
}
