/**
 * Tolerant execution, for training scripts: a statement that cannot be followed is recorded and skipped, what it would have
 * assigned becomes unknown, both branches of an unknown condition are run, and loops end when they cost too much.
 */
import { assign } from './assignment';
import { unknownAfter } from './unknownAfter';
import { LimitExceeded, PythonException, PythonSyntaxError, TraceStop, UnknownStop } from './errors';
import { evaluate } from './expressions';
import { forget, forgetCalls, forgetGrowth, forgetTarget, partAttributes } from './forgetting';
import type { PartAttributes } from './forgetting';
import type { Frame } from './frame';
import type { Interpreter } from './interpreter';
import { BREAK, NORMAL, RETURN, exceptionNames, execute, executeBlock } from './statements';
import type { Completion } from './statements';
import { truthOrUnknown } from './truth';
import type { ExceptHandler, Expression, Statement, StatementOf } from './syntax';
import { Unknown, UnknownList } from './values';
import type { PyValue } from './values';

/** Iterations of a loop that are run whatever they cost. */
const FIRST_ITERATIONS = 2;
/** Steps after which a loop is left: of one whose iterations are cheap, of one that does work in each. */
const LONG_LOOP = 50_000;
const LONG_WORK = 10_000;
const STEPS_OF_WORK = 200;
/** The same of loops over the small collections that configure things. */
const LONGEST_LOOP = 1_000_000;
/** The same of counted loops in functions, and the most that a loop counts. */
const LONG_COUNTED = 100_000;
const LONGEST_COUNT = 64;
const FEW_REPETITIONS = 16;

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
    forget(statement, unknownAfter(error), frame);
    return statement.kind === 'Return' ? returnUnknown(error, frame) : NORMAL;
  }
}

/** The condition or the collection of a statement: where it fails, it is not known, and the statement's parts are still read. */
export function evaluateHead(head: Expression, statement: Statement, frame: Frame): PyValue {
  const { interpreter } = frame;
  if (!interpreter.isTolerantIn(frame)) return evaluate(head, frame);
  try {
    return evaluate(head, frame);
  } catch (error) {
    if (error instanceof LimitExceeded) throw error;
    if (error instanceof PythonException && mustPropagate(error, statement, frame)) throw error;
    if (!(error instanceof PythonException || error instanceof TraceStop)) throw error;
    interpreter.record(error);
    return unknownAfter(error);
  }
}

function returnUnknown(error: PythonException | TraceStop | PythonSyntaxError, frame: Frame): Completion {
  frame.returnValue = unknownAfter(error);
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
  const attributes = partAttributes([...body, ...otherwise], frame);
  frame.uncertain++;
  interpreter.uncertain++;
  try {
    executeBlock(body, frame);
    const afterBody = new Map(variables);
    const ofBody = partAttributes(body, frame);
    restore(variables, before);
    executeBlock(otherwise, frame);
    merge(frame, afterBody, test);
    mergeAttributes(frame, [attributes, ofBody, partAttributes([...body, ...otherwise], frame)], test);
    forgetCalls([...body, ...otherwise], test, frame);
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

/** One that is set on one path only keeps that value where it had none before. `states`: before, after one branch, after both. */
function mergeAttributes(
  frame: Frame,
  [before, ofBody, after]: readonly [PartAttributes, PartAttributes, PartAttributes],
  cause: Unknown,
): void {
  for (const [name, { forget: forgetPlace, value: here }] of after)
    for (const earlier of [before.get(name)?.value, ofBody.get(name)?.value]) {
      if (earlier === undefined || here === undefined) continue;
      const joined = frame.interpreter.join(earlier, here, cause);
      if (joined instanceof Unknown) forgetPlace(joined);
    }
}

export function tolerantWhile(statement: StatementOf<'While'>, frame: Frame): Completion {
  const { interpreter } = frame;
  const budget = new LoopBudget(interpreter);
  const before = new Map(frame.scope.variables);
  for (;;) {
    const value = evaluateHead(statement.test, statement, frame);
    frame.node = statement.test;
    const test = truthOrUnknown(interpreter, value);
    if (test instanceof Unknown) {
      const completion = uncertainly(frame, () => executeBlock(statement.body, frame));
      forgetGrowth(statement.body, test, frame, before);
      return completion;
    }
    if (!test) return executeBlock(statement.otherwise, frame);
    if (budget.isSpent(true)) return leaveLoop(statement.body, frame, before);
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

function leaveLoop(body: readonly Statement[], frame: Frame, before: ReadonlyMap<string, PyValue>): Completion {
  const cause = new Unknown('a loop takes too long to be followed to its end', frame.interpreter.currentSpan);
  forgetGrowth(body, cause, frame, before);
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
    if (error instanceof UnknownStop) return unknownAfter(error);
    throw error;
  }
}

/** A function that repeats a block of layers some times: what it makes would not be known, had it not run to its end. */
const repeatsBlocks = (length: number, { scope }: Frame): boolean =>
  scope.kind === 'function' && length <= FEW_REPETITIONS;

export function tolerantFor(statement: StatementOf<'For'>, iterable: PyValue, frame: Frame): Completion {
  const { interpreter } = frame;
  const items = iterateOrUnknown(iterable, frame);
  if (items instanceof Unknown)
    return forOfUnknown(statement, iterable instanceof UnknownList ? iterable.item : items, items, frame);
  const before = new Map(frame.scope.variables);
  const isShort = interpreter.isShort(iterable);
  // Where what trains is passed over, a counted loop makes layers or data.
  const length = interpreter.knownLength(iterable) ?? Infinity;
  const isCounted = interpreter.skips === undefined ? repeatsBlocks(length, frame) : length <= LONGEST_COUNT;
  const counted = frame.scope.kind === 'module' ? LONGEST_LOOP : LONG_COUNTED;
  const budget = new LoopBudget(interpreter, isShort ? LONGEST_LOOP : isCounted ? counted : undefined);
  // Where it is not known how many items there are, the body may run for none of those that are known, or for more.
  let cause: Unknown | undefined;
  let isEmpty = true;
  for (const item of interpreter.growth.counted(items, (told) => (cause = told))) {
    isEmpty = false;
    if (budget.isSpent(!isShort)) return leaveLoop(statement.body, frame, before);
    assignOrForget(statement.target, item, frame);
    const run = (): Completion => executeBlock(statement.body, frame);
    const completion = cause === undefined ? run() : uncertainly(frame, run);
    if (completion === BREAK) return NORMAL;
    if (completion === RETURN) return RETURN;
  }
  if (cause !== undefined && isEmpty) return forOfUnknown(statement, cause, cause, frame);
  if (cause !== undefined) forgetGrowth(statement.body, cause, frame, before);
  return executeBlock(statement.otherwise, frame);
}

/** `item` stands for all of them. */
function forOfUnknown(statement: StatementOf<'For'>, item: PyValue, cause: Unknown, frame: Frame): Completion {
  const before = new Map(frame.scope.variables);
  assign(statement.target, item, frame);
  const completion = uncertainly(frame, () => executeBlock(statement.body, frame));
  forgetGrowth(statement.body, cause, frame, before);
  return completion;
}

/** The body is read even where its items do not have the expected parts. */
function assignOrForget(target: Expression, item: PyValue, frame: Frame): void {
  try {
    assign(target, item, frame);
  } catch (error) {
    if (!(error instanceof PythonException)) throw error;
    frame.interpreter.record(error);
    forgetTarget(target, unknownAfter(error), frame);
  }
}
