/** Comprehensions and generator expressions. */
import { evaluate } from './expressions';
import { Frame } from './frame';
import { assign } from './assignment';
import { Scope, analyseComprehension } from './scope';
import { hashable } from './hashing';
import type { ExpressionOf } from './syntax';
import { PyContainer, PyDict, PyIterator, PyList, PySet, Unknown, UnknownList } from './values';
import type { PyValue } from './values';

/** Steps that a list in a training script may take; data, not configuration, take more. */
const LONGEST_IN_SCRIPT = 500_000;
/** The same where an item takes more steps than configuration does: it trains something. */
const LONGEST_OF_WORK = 50_000;
const STEPS_OF_WORK = 2_000;

export function evaluateComprehension(node: ExpressionOf<'Comprehension'>, outer: Frame): PyValue {
  const { interpreter } = outer;
  const [first] = node.clauses;
  // Only the first iterable is evaluated in the enclosing scope.
  const source = first === undefined ? null : evaluate(first.iterable, outer);
  outer.node = first?.iterable ?? node;
  if (source instanceof Unknown && !(source instanceof UnknownList)) return source;
  const scope = new Scope('function', new Map(), outer.scope, analyseComprehension(node.clauses));
  scope.isComprehension = true;
  const frame = new Frame(
    interpreter,
    scope,
    outer.source,
    outer.module,
    outer,
    outer.firstArgument,
    outer.functionName,
  );
  if (node.result === 'generator' && !(source instanceof UnknownList)) {
    const iterable = interpreter.iterate(source);
    return new PyIterator(generate(node, iterable, frame), 'generator');
  }
  if (source instanceof UnknownList) return interpreter.within(frame, () => unknownItems(node, source, frame));
  const iterable = interpreter.iterate(source);
  const { result, cause } = interpreter.growth.observe(() =>
    interpreter.within(frame, () => collect(node, iterable, frame)),
  );
  return cause === undefined ? result : ofUnknownLength(result, cause, outer);
}

/** What one item of unknown many gives. */
function unknownItems(node: ExpressionOf<'Comprehension'>, source: UnknownList, frame: Frame): Unknown {
  const collected = node.result === 'list' ? collect(node, [source.item], frame) : source;
  const item = collected instanceof PyList ? collected.items[0] : undefined;
  const { reason, origin } = source;
  return item === undefined ? new Unknown(reason, origin) : new UnknownList(item, reason, origin);
}

/** A list of which it is not known how long it is; a dictionary or set keeps what it holds. */
function ofUnknownLength(made: PyValue, cause: Unknown, { interpreter }: Frame): PyValue {
  const item = made instanceof PyList ? made.items.at(-1) : undefined;
  if (item !== undefined) return new UnknownList(item, cause.reason, cause.origin);
  if (made instanceof PyContainer) interpreter.growth.unknownLength(made, cause);
  return made;
}

const tooLong = (item: PyValue, { interpreter }: Frame): UnknownList =>
  new UnknownList(item, 'a list takes too long to be followed to its end', interpreter.currentSpan);

function collect(node: ExpressionOf<'Comprehension'>, source: Iterable<PyValue>, frame: Frame): PyValue {
  const { interpreter } = frame;
  const loop = bindings(node, source, frame, 0);
  const begun = interpreter.steps;
  const isTooLong = (count: number): boolean => {
    if (!interpreter.isTolerantIn(frame)) return false;
    const spent = interpreter.steps - begun;
    return spent > (spent > STEPS_OF_WORK * count ? LONGEST_OF_WORK : LONGEST_IN_SCRIPT);
  };
  switch (node.result) {
    case 'dict': {
      const dict = new PyDict();
      for (let bound = loop.next(); bound.done !== true; bound = loop.next()) {
        const key = evaluate(node.element, frame);
        frame.node = node.element;
        dict.set(hashable(interpreter, key), node.value === undefined ? null : evaluate(node.value, frame));
        interpreter.requireSize(dict.size);
      }
      return dict;
    }
    case 'set': {
      const set = new PySet();
      for (let bound = loop.next(); bound.done !== true; bound = loop.next()) {
        const element = evaluate(node.element, frame);
        frame.node = node.element;
        set.elements.set(hashable(interpreter, element), null);
        interpreter.requireSize(set.elements.size);
      }
      return set;
    }
    default: {
      const items: PyValue[] = [];
      for (let bound = loop.next(); bound.done !== true; bound = loop.next()) {
        const item = evaluate(node.element, frame);
        if (isTooLong(items.length + 1)) return tooLong(item, frame);
        items.push(item);
        interpreter.requireSize(items.length);
      }
      return interpreter.growth.made(new PyList(items), interpreter);
    }
  }
}

/** Binds the loop variables of the clauses in turn; yields once for each combination that passes the conditions. */
function* bindings(
  node: ExpressionOf<'Comprehension'>,
  source: Iterable<PyValue>,
  frame: Frame,
  level: number,
): Generator<undefined, void, undefined> {
  const { interpreter } = frame;
  const clause = node.clauses[level];
  if (clause === undefined) return;
  frame.node = clause.iterable;
  for (const item of source) {
    frame.node = clause.target;
    interpreter.step();
    assign(clause.target, item, frame);
    let passes = true;
    for (const condition of clause.conditions) {
      const test = evaluate(condition, frame);
      frame.node = condition;
      // Tolerant mode keeps what may pass.
      if (test instanceof Unknown && interpreter.tolerant) continue;
      if (!interpreter.truth(test)) {
        passes = false;
        break;
      }
    }
    if (!passes) continue;
    const next = node.clauses[level + 1];
    if (next === undefined) yield undefined;
    else {
      const inner = evaluate(next.iterable, frame);
      frame.node = next.iterable;
      yield* bindings(node, interpreter.iterate(inner), frame, level + 1);
    }
  }
}

function* generate(
  node: ExpressionOf<'Comprehension'>,
  source: Iterable<PyValue>,
  frame: Frame,
): Generator<PyValue, PyValue, PyValue> {
  const { interpreter } = frame;
  const loop = bindings(node, source, frame, 0);
  for (;;) {
    const value = interpreter.within(frame, () =>
      loop.next().done === true ? undefined : evaluate(node.element, frame),
    );
    if (value === undefined) return null;
    yield value;
  }
}
