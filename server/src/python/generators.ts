/**
 * Generator functions. Statements that contain `yield` run as a JavaScript generator; all others, and all expressions,
 * run by the ordinary rules. Within one statement the `yield`s are evaluated first, from left to right.
 */
import { isPassing, enterContext } from './contexts';
import { PythonException } from './errors';
import type { TraceStop } from './errors';
import { assign } from './assignment';
import { evaluate } from './expressions';
import type { Frame } from './frame';
import { matchPattern } from './matching';
import { childExpressions } from './scope';
import { BREAK, CONTINUE, NORMAL, RETURN, countedItems, execute, executeBlock, findHandler } from './statements';
import type { Completion } from './statements';
import type { Expression, ExpressionOf, FunctionSyntax, Statement, StatementOf } from './syntax';
import { PyIterator } from './values';
import type { PyValue } from './values';

type Steps<T> = Generator<PyValue, T, PyValue>;

/** The iterator behind a generator object. Its return value is Python's `StopIteration.value`. */
export function runGenerator(frame: Frame, syntax: FunctionSyntax): Iterator<PyValue, PyValue, PyValue> {
  return new FrameGenerator(frame, steps(frame, syntax));
}

function* steps(frame: Frame, { body }: FunctionSyntax): Steps<PyValue> {
  if ('kind' in body) return yield* expressionSteps(body, frame);
  const completion = yield* blockSteps(body, frame);
  return completion === RETURN ? frame.returnValue : null;
}

/** Makes the generator's frame current while it runs. */
class FrameGenerator implements Iterator<PyValue, PyValue, PyValue> {
  private running = false;
  constructor(
    private readonly frame: Frame,
    private readonly inner: Steps<PyValue>,
  ) {}

  private resume(step: () => IteratorResult<PyValue, PyValue>): IteratorResult<PyValue, PyValue> {
    const { interpreter } = this.frame;
    if (this.running) interpreter.raise('ValueError', 'generator already executing');
    this.running = true;
    try {
      return interpreter.within(this.frame, step);
    } finally {
      this.running = false;
    }
  }
  next(value: PyValue = null): IteratorResult<PyValue, PyValue> {
    return this.resume(() => this.inner.next(value));
  }
  throw(error: unknown): IteratorResult<PyValue, PyValue> {
    return this.resume(() => this.inner.throw(error));
  }
}

const yielding = new WeakMap<Statement, boolean>();

function containsYield(statement: Statement): boolean {
  let known = yielding.get(statement);
  if (known === undefined) yielding.set(statement, (known = findYield(statement)));
  return known;
}

function findYield(statement: Statement): boolean {
  const inBlock = (body: readonly Statement[]): boolean => body.some(containsYield);
  if (statementExpressions(statement).some(expressionYields)) return true;
  switch (statement.kind) {
    case 'If':
    case 'While':
    case 'For':
      return inBlock(statement.body) || inBlock(statement.otherwise);
    case 'With':
      return inBlock(statement.body);
    case 'Try':
      return (
        inBlock(statement.body) ||
        statement.handlers.some(({ body }) => inBlock(body)) ||
        inBlock(statement.otherwise) ||
        inBlock(statement.finally)
      );
    case 'Match':
      return statement.cases.some(({ body }) => inBlock(body));
    default:
      return false;
  }
}

/** Expressions of the statement itself, not of its blocks. */
function statementExpressions(statement: Statement): readonly Expression[] {
  const present = (list: readonly (Expression | undefined)[]): Expression[] =>
    list.filter((item): item is Expression => item !== undefined);
  switch (statement.kind) {
    case 'ExpressionStatement':
      return [statement.value];
    case 'Assign':
      return [statement.value, ...statement.targets];
    case 'AugmentedAssign':
      return [statement.value, statement.target];
    case 'AnnotatedAssign':
    case 'Return':
      return present([statement.value]);
    case 'Raise':
      return present([statement.exception, statement.cause]);
    case 'Assert':
      return present([statement.test, statement.message]);
    case 'If':
    case 'While':
      return [statement.test];
    case 'For':
      return [statement.iterable];
    case 'With':
      return statement.items.map(({ context }) => context);
    case 'Match':
      return [statement.subject];
    default:
      return [];
  }
}

function expressionYields(expression: Expression): boolean {
  if (expression.kind === 'Yield' || expression.kind === 'YieldFrom') return true;
  return childExpressions(expression).some(expressionYields);
}

function* blockSteps(body: readonly Statement[], frame: Frame): Steps<Completion> {
  for (const statement of body) {
    const completion: Completion = containsYield(statement)
      ? yield* statementSteps(statement, frame)
      : executeBlock([statement], frame);
    if (completion !== NORMAL) return completion;
  }
  return NORMAL;
}

function* statementSteps(statement: Statement, frame: Frame): Steps<Completion> {
  const { interpreter } = frame;
  interpreter.step();
  switch (statement.kind) {
    case 'If':
      return yield* blockSteps(
        interpreter.truth(yield* expressionSteps(statement.test, frame)) ? statement.body : statement.otherwise,
        frame,
      );
    case 'While':
      return yield* whileSteps(statement, frame);
    case 'For':
      return yield* forSteps(statement, frame);
    case 'Try':
      return yield* trySteps(statement, frame);
    case 'With':
      return yield* withSteps(statement, 0, frame);
    case 'Match':
      return yield* matchSteps(statement, frame);
    default: {
      for (const expression of statementExpressions(statement)) yield* yieldsOf(expression, frame);
      const completion = execute(statement, frame);
      frame.yielded = undefined;
      return completion;
    }
  }
}

/** Evaluates an expression that may contain yields. */
function* expressionSteps(expression: Expression, frame: Frame): Steps<PyValue> {
  yield* yieldsOf(expression, frame);
  const value = evaluate(expression, frame);
  frame.node = expression;
  return value;
}

/** Runs the yields inside an expression and remembers what was sent for each. */
function* yieldsOf(expression: Expression, frame: Frame): Steps<void> {
  if (!expressionYields(expression)) return;
  if (expression.kind === 'Comprehension') {
    frame.node = expression;
    frame.interpreter.stop('a yield inside a comprehension is not Python');
  }
  if (expression.kind === 'Boolean' || expression.kind === 'Conditional') {
    remember(expression, yield* shortCircuitSteps(expression, frame), frame);
    return;
  }
  if (expression.kind !== 'Yield' && expression.kind !== 'YieldFrom') {
    for (const child of childExpressions(expression)) yield* yieldsOf(child, frame);
    return;
  }
  let sent: PyValue;
  if (expression.kind === 'Yield') {
    const value = expression.value === undefined ? null : yield* expressionSteps(expression.value, frame);
    sent = yield value;
  } else {
    const iterable = yield* expressionSteps(expression.value, frame);
    sent =
      iterable instanceof PyIterator
        ? yield* delegate(iterable.source)
        : yield* plain(frame.interpreter.iterate(iterable));
  }
  remember(expression, sent, frame);
}

function remember(expression: Expression, value: PyValue, frame: Frame): void {
  frame.yielded ??= new Map();
  frame.yielded.set(expression, value);
}

/** Operands that are not reached do not yield. */
function* shortCircuitSteps(
  expression: ExpressionOf<'Boolean'> | ExpressionOf<'Conditional'>,
  frame: Frame,
): Steps<PyValue> {
  const { interpreter } = frame;
  if (expression.kind === 'Conditional')
    return yield* expressionSteps(
      interpreter.truth(yield* expressionSteps(expression.test, frame)) ? expression.body : expression.otherwise,
      frame,
    );
  let value: PyValue = null;
  for (const operand of expression.operands) {
    value = yield* expressionSteps(operand, frame);
    if (interpreter.truth(value) === (expression.operator === 'or')) return value;
  }
  return value;
}

function* delegate(source: Iterator<PyValue, PyValue, PyValue>): Steps<PyValue> {
  let result = source.next(null);
  while (result.done !== true) {
    let sent: PyValue;
    try {
      sent = yield result.value;
    } catch (error) {
      if (source.throw === undefined) throw error;
      result = source.throw(error);
      continue;
    }
    result = source.next(sent);
  }
  return result.value;
}

function* plain(items: Iterable<PyValue>): Steps<PyValue> {
  for (const item of items) yield item;
  return null;
}

function* whileSteps(statement: StatementOf<'While'>, frame: Frame): Steps<Completion> {
  const { interpreter } = frame;
  while (interpreter.truth(yield* expressionSteps(statement.test, frame))) {
    interpreter.step();
    const completion = yield* blockSteps(statement.body, frame);
    if (completion === BREAK) return NORMAL;
    if (completion === RETURN) return RETURN;
  }
  return yield* blockSteps(statement.otherwise, frame);
}

function* forSteps(statement: StatementOf<'For'>, frame: Frame): Steps<Completion> {
  const { interpreter } = frame;
  const iterable = yield* expressionSteps(statement.iterable, frame);
  for (const item of countedItems(iterable, frame)) {
    interpreter.step();
    assign(statement.target, item, frame);
    const completion = yield* blockSteps(statement.body, frame);
    if (completion === BREAK) return NORMAL;
    if (completion === RETURN) return RETURN;
    if (completion === CONTINUE) continue;
  }
  return yield* blockSteps(statement.otherwise, frame);
}

function* trySteps(statement: StatementOf<'Try'>, frame: Frame): Steps<Completion> {
  let completion: Completion = NORMAL;
  let pending: PythonException | TraceStop | undefined;
  try {
    completion = yield* attemptSteps(statement, frame);
  } catch (error) {
    if (!isPassing(error, frame)) throw error;
    pending = error;
  }
  const value = frame.returnValue;
  const final = yield* blockSteps(statement.finally, frame);
  if (final !== NORMAL) return final;
  frame.returnValue = value;
  if (pending !== undefined) throw pending;
  return completion;
}

function* attemptSteps(statement: StatementOf<'Try'>, frame: Frame): Steps<Completion> {
  let completion: Completion;
  try {
    completion = yield* blockSteps(statement.body, frame);
  } catch (error) {
    const handler = findHandler(statement.handlers, error, frame);
    if (handler === undefined || !(error instanceof PythonException)) throw error;
    const outer = frame.handled;
    frame.handled = error;
    if (handler.name !== undefined) frame.scope.target(handler.name).variables.set(handler.name, error.value);
    try {
      return yield* blockSteps(handler.body, frame);
    } finally {
      frame.handled = outer;
      if (handler.name !== undefined) frame.scope.target(handler.name).variables.delete(handler.name);
    }
  }
  return completion === NORMAL ? yield* blockSteps(statement.otherwise, frame) : completion;
}

function* withSteps(statement: StatementOf<'With'>, index: number, frame: Frame): Steps<Completion> {
  const item = statement.items[index];
  if (item === undefined) return yield* blockSteps(statement.body, frame);
  const manager = yield* expressionSteps(item.context, frame);
  frame.node = item.context;
  const exit = enterContext(manager, item, frame);
  let completion: Completion;
  try {
    completion = yield* withSteps(statement, index + 1, frame);
  } catch (error) {
    if (!isPassing(error, frame) || !exit(error)) throw error;
    return NORMAL;
  }
  const value = frame.returnValue;
  exit(undefined);
  frame.returnValue = value;
  return completion;
}

function* matchSteps(statement: StatementOf<'Match'>, frame: Frame): Steps<Completion> {
  const subject = yield* expressionSteps(statement.subject, frame);
  for (const { pattern, guard, body } of statement.cases) {
    if (!matchPattern(pattern, subject, frame)) continue;
    if (guard !== undefined && !frame.interpreter.truth(evaluate(guard, frame))) continue;
    return yield* blockSteps(body, frame);
  }
  return NORMAL;
}
