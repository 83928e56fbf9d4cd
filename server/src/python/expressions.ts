/** Evaluation of expressions: one rule per kind of node, in a total table. */
import { callValue, invokeMethod } from './calls';
import { evaluateComprehension } from './comprehensions';
import { formatValue } from './formatting';
import type { Frame } from './frame';
import { makeFunction } from './functions';
import { binary, compare, unary } from './operators';
import { asciiRepr, repr, str } from './representation';
import { UNBOUND } from './scope';
import type { Argument, Expression, ExpressionKind, ExpressionOf, FormatPart } from './syntax';
import { PyBoundMethod, PyDict, PyList, PySet, PySlice, PyTuple, Unknown } from './values';
import type { PyValue } from './values';
import { hashable } from './hashing';
import { truthOrUnknown } from './truth';

type Rule<K extends ExpressionKind> = (node: ExpressionOf<K>, frame: Frame) => PyValue;

const rules: { readonly [K in ExpressionKind]: Rule<K> } = {
  Constant: (node) => node.value,
  Imaginary: (node, frame) => {
    frame.node = node;
    return frame.interpreter.stop('complex numbers are not followed');
  },
  Name: loadName,
  FormattedString: (node, frame) => formatParts(node.parts, frame),
  Tuple: ({ elements }, frame) =>
    frame.interpreter.growth.derived(() => new PyTuple(evaluateElements(elements, frame))),
  List: ({ elements }, frame) => {
    const { growth } = frame.interpreter;
    const list = growth.derived(() => new PyList(evaluateElements(elements, frame)));
    return growth.made(list, frame.interpreter);
  },
  Set: (node, frame) => {
    const { interpreter } = frame;
    return interpreter.growth.derived(() => {
      const items = evaluateElements(node.elements, frame);
      frame.node = node;
      return new PySet(items.map((item) => hashable(interpreter, item)));
    });
  },
  Dict: evaluateDict,
  Unary: (node, frame) => {
    const operand = evaluate(node.operand, frame);
    frame.node = node;
    return unary(frame.interpreter, node.operator, operand);
  },
  Binary: (node, frame) => {
    const left = evaluate(node.left, frame);
    const right = evaluate(node.right, frame);
    frame.node = node;
    return binary(frame.interpreter, node.operator, left, right);
  },
  Boolean: evaluateBoolean,
  Compare: evaluateCompare,
  Conditional: evaluateConditional,
  Lambda: (node, frame) => makeFunction(node.function, frame),
  Call: evaluateCall,
  Attribute: (node, frame) => {
    const object = evaluate(node.object, frame);
    frame.node = node;
    return frame.interpreter.getAttribute(object, node.name);
  },
  Subscript: (node, frame) => {
    const object = evaluate(node.object, frame);
    const index = evaluate(node.index, frame);
    frame.node = node;
    return frame.interpreter.getItem(object, index);
  },
  Slice: (node, frame) => {
    const start = node.lower === undefined ? null : evaluate(node.lower, frame);
    const length =
      typeof start === 'object' && frame.interpreter.isTolerantIn(frame) ? windowLength(node, frame) : undefined;
    // A window of known length somewhere in the data: where it begins does not change its shape.
    if (length !== undefined) return new PySlice(0n, evaluate(length, frame), null);
    return new PySlice(
      start,
      node.upper === undefined ? null : evaluate(node.upper, frame),
      node.step === undefined ? null : evaluate(node.step, frame),
    );
  },
  Comprehension: (node, frame) => evaluateComprehension(node, frame),
  Starred: (node, frame) => {
    frame.node = node;
    return frame.interpreter.raise('SyntaxError', "can't use starred expression here");
  },
  Walrus: (node, frame) => {
    const value = evaluate(node.value, frame);
    storeWalrus(node.name, value, frame);
    return value;
  },
  Await: (node, frame) => {
    frame.node = node;
    return frame.interpreter.stop(
      'await is not followed',
      'asynchronous code does not define a model; move the model out of it',
    );
  },
  Yield: sentValue,
  YieldFrom: sentValue,
};

/** The value of an expression. */
export function evaluate(node: Expression, frame: Frame): PyValue {
  // `node.kind` selects the rule for exactly this kind of node, which the type of the table cannot say.
  return (rules[node.kind] as (node: Expression, frame: Frame) => PyValue)(node, frame);
}

function loadName(node: ExpressionOf<'Name'>, frame: Frame): PyValue {
  const { name } = node;
  const value = frame.scope.lookup(name);
  if (value !== undefined && value !== UNBOUND) return value;
  return loadMissing(node, frame, value === UNBOUND);
}

function loadMissing(node: ExpressionOf<'Name'>, frame: Frame, unbound: boolean): PyValue {
  const { name } = node;
  const { interpreter } = frame;
  frame.node = node;
  if (unbound) {
    if (interpreter.tolerant) return new Unknown(`'${name}' has no value yet`, interpreter.currentSpan);
    return interpreter.raise(
      'UnboundLocalError',
      `cannot access local variable '${name}' where it is not associated with a value`,
    );
  }
  const builtin = interpreter.builtins.get(name);
  if (builtin !== undefined) return builtin;
  if (name === '__class__') {
    for (let scope = frame.scope; ;) {
      if (scope.kind === 'class' && scope.definedClass !== undefined) return scope.definedClass;
      if (scope.parent === undefined) break;
      scope = scope.parent;
    }
  }
  const latent = interpreter.latentName(frame.module, name);
  if (latent !== undefined) return latent;
  const star = interpreter.starImports.get(frame.scope.moduleScope);
  if (star !== undefined) return new Unknown(star.reason, star.origin);
  return interpreter.raise('NameError', `name '${name}' is not defined`);
}

/** A walrus inside a comprehension binds in the function that contains it. */
function storeWalrus(name: string, value: PyValue, frame: Frame): void {
  let scope = frame.scope;
  while (
    scope.kind === 'function' &&
    scope.analysis?.locals.has(name) === false &&
    scope.isComprehension &&
    scope.parent
  )
    scope = scope.parent;
  scope.target(name).variables.set(name, value);
}

function sentValue(node: ExpressionOf<'Yield'> | ExpressionOf<'YieldFrom'>, frame: Frame): PyValue {
  const sent = frame.yielded?.get(node);
  if (sent !== undefined) return sent;
  frame.node = node;
  return frame.interpreter.stop('this use of yield is not followed', 'yield must stand in a statement of a function');
}

/** Evaluated elements of a display, with `*iterable` spread. */
export function evaluateElements(elements: readonly Expression[], frame: Frame): PyValue[] {
  const values: PyValue[] = [];
  for (const element of elements) {
    if (element.kind === 'Starred') {
      const iterable = evaluate(element.value, frame);
      frame.node = element;
      for (const item of frame.interpreter.iterate(iterable)) {
        values.push(item);
        frame.interpreter.requireSize(values.length);
      }
    } else values.push(evaluate(element, frame));
  }
  return values;
}

/** n of `[start : start + n]`. */
function windowLength({ lower, upper, step }: ExpressionOf<'Slice'>, { source }: Frame): Expression | undefined {
  if (lower === undefined || step !== undefined || upper?.kind !== 'Binary' || upper.operator !== '+') return undefined;
  const textOf = ({ start, end }: Expression): string => source.text.slice(start, end).replace(/\s/g, '');
  if (textOf(upper.left) === textOf(lower)) return upper.right;
  return textOf(upper.right) === textOf(lower) ? upper.left : undefined;
}

function evaluateDict(node: ExpressionOf<'Dict'>, frame: Frame): PyValue {
  const { interpreter } = frame;
  const dict = interpreter.growth.made(new PyDict(), interpreter);
  for (const { key, value } of node.entries) {
    if (key === undefined) {
      const mapping = evaluate(value, frame);
      frame.node = value;
      if (mapping instanceof Unknown) return mapping;
      for (const [k, v] of interpreter.mappingEntries(mapping)) dict.set(k, v);
    } else {
      const k = evaluate(key, frame);
      frame.node = key;
      dict.set(hashable(interpreter, k), evaluate(value, frame));
    }
  }
  return dict;
}

function evaluateBoolean(node: ExpressionOf<'Boolean'>, frame: Frame): PyValue {
  const run = frame.yielded?.get(node);
  if (run !== undefined) return run;
  const { interpreter } = frame;
  const until = node.operator === 'or';
  let value: PyValue = null;
  const last = node.operands.length - 1;
  for (const [i, operand] of node.operands.entries()) {
    value = evaluate(operand, frame);
    if (i === last) return value;
    frame.node = operand;
    const test = interpreter.tolerant ? truthOrUnknown(interpreter, value) : value;
    if (test instanceof Unknown) {
      const known = decideUnknown(node, i, frame, until);
      return known ?? (interpreter.tolerant ? test : (interpreter.truth(test), test));
    }
    if (interpreter.truth(test) === until) return value;
  }
  return value;
}

/** `unknown and False` is false whatever the unknown is; undefined when the rest does not decide. */
function decideUnknown(
  node: ExpressionOf<'Boolean'>,
  index: number,
  frame: Frame,
  until: boolean,
): PyValue | undefined {
  for (const operand of node.operands.slice(index + 1)) {
    if (!isSimple(operand)) return undefined;
    const value = evaluate(operand, frame);
    if (value instanceof Unknown) continue;
    if ((typeof value === 'boolean' || value === null) && (value === true) === until) return value;
  }
  return undefined;
}

/** Evaluating it out of turn has no effects and cannot fail. */
const isSimple = (node: Expression): boolean =>
  node.kind === 'Constant' || (node.kind === 'Compare' && node.first.kind === 'Constant');

function evaluateCompare(node: ExpressionOf<'Compare'>, frame: Frame): PyValue {
  const { interpreter } = frame;
  let left = evaluate(node.first, frame);
  let result: PyValue = true;
  const last = node.rest.length - 1;
  for (let i = 0; i <= last; i++) {
    const part = node.rest[i];
    if (part === undefined) break;
    const right = evaluate(part.operand, frame);
    frame.node = node;
    result = compare(interpreter, part.operator, left, right);
    if (i === last) return result;
    if (result instanceof Unknown) return result;
    if (!interpreter.truth(result)) return result;
    left = right;
  }
  return result;
}

function evaluateConditional(node: ExpressionOf<'Conditional'>, frame: Frame): PyValue {
  const run = frame.yielded?.get(node);
  if (run !== undefined) return run;
  const { interpreter } = frame;
  const test = evaluate(node.test, frame);
  frame.node = node.test;
  const decided = interpreter.tolerant ? truthOrUnknown(interpreter, test) : interpreter.truth(test);
  if (decided instanceof Unknown) {
    const whenTrue = evaluate(node.body, frame);
    const whenFalse = evaluate(node.otherwise, frame);
    return interpreter.join(whenTrue, whenFalse, decided);
  }
  return evaluate(decided ? node.body : node.otherwise, frame);
}

function evaluateCall(node: ExpressionOf<'Call'>, frame: Frame): PyValue {
  const { callee } = node;
  const { interpreter } = frame;
  if (callee.kind === 'Attribute') {
    const object = evaluate(callee.object, frame);
    const args = positionalArguments(node.args, frame);
    if (args !== undefined) {
      frame.node = node;
      return invokeMethod(interpreter, object, callee.name, args, undefined);
    }
    frame.node = callee;
    // A method missing on the object is reported before its arguments are looked at.
    const method = interpreter.getAttribute(object, callee.name);
    return callWithArguments(method, node, frame);
  }
  const value = evaluate(callee, frame);
  if (
    callee.kind === 'Name' &&
    callee.name === 'super' &&
    node.args.length === 0 &&
    value === interpreter.builtins.get('super')
  ) {
    frame.node = node;
    return interpreter.superOf(frame);
  }
  const args = positionalArguments(node.args, frame);
  if (args === undefined) return callWithArguments(value, node, frame);
  frame.node = node;
  return callValue(interpreter, value, args, undefined);
}

/** Values of purely positional arguments; undefined when there are others (none is then evaluated). */
function positionalArguments(args: readonly Argument[], frame: Frame): PyValue[] | undefined {
  for (const { kind } of args) if (kind !== 'positional') return undefined;
  const values: PyValue[] = [];
  for (const { value } of args) values.push(evaluate(value, frame));
  return values;
}

function callWithArguments(callee: PyValue, node: ExpressionOf<'Call'>, frame: Frame): PyValue {
  const name = callee instanceof PyBoundMethod ? callee.callee : callee;
  const collected = evaluateArguments(node.args, frame, name);
  frame.node = node;
  if (collected instanceof Unknown) {
    if (callee instanceof Unknown) return callee;
    if (frame.interpreter.tolerant) {
      frame.interpreter.options.observer?.notCalled?.(callee, node, frame);
      return collected;
    }
    return frame.interpreter.stopAtUnknown(
      'the arguments of this call depend on a value that the source does not determine',
      collected,
    );
  }
  return callValue(frame.interpreter, callee, collected.args, collected.kwargs);
}

/** An Unknown when `*args` or `**kwargs` spreads one. */
export function evaluateArguments(
  args: readonly Argument[],
  frame: Frame,
  callee: PyValue,
): { args: PyValue[]; kwargs: Map<string, PyValue> | undefined } | Unknown {
  const { interpreter } = frame;
  const positional: PyValue[] = [];
  let kwargs: Map<string, PyValue> | undefined;
  const setKeyword = (name: string, value: PyValue): void => {
    kwargs ??= new Map();
    if (kwargs.has(name))
      interpreter.raise(
        'TypeError',
        `${interpreter.moduleOf(callee)}${interpreter.calleeName(callee)}() got multiple values for keyword argument '${name}'`,
      );
    kwargs.set(name, value);
  };
  for (const argument of args) {
    const value = evaluate(argument.value, frame);
    frame.node = argument;
    switch (argument.kind) {
      case 'positional':
        positional.push(value);
        break;
      case 'keyword':
        setKeyword(argument.name, value);
        break;
      case 'star':
        {
          const spread = spreadItems(value, frame);
          if (spread instanceof Unknown) return spread;
          for (const item of spread) positional.push(item);
        }
        break;
      case 'doubleStar':
        // Reading a script tolerantly, the arguments that are known still tell something.
        if (value instanceof Unknown && interpreter.tolerant) break;
        if (value instanceof Unknown) return value;
        for (const [key, item] of interpreter.mappingEntries(value)) {
          if (typeof key !== 'string') interpreter.raise('TypeError', 'keywords must be strings');
          setKeyword(key as string, item);
        }
        break;
    }
  }
  return { args: positional, kwargs };
}

/** Items of `*value`, or why it is not known how many there are. */
function spreadItems(value: PyValue, { interpreter }: Frame): readonly PyValue[] | Unknown {
  if (value instanceof Unknown) return value;
  const { result, cause } = interpreter.growth.observe(() => interpreter.collect(value));
  return cause ?? result;
}

function formatParts(parts: readonly FormatPart[], frame: Frame): PyValue {
  const { interpreter } = frame;
  let text = '';
  let unknown: Unknown | undefined;
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const value = evaluate(part.value, frame);
    frame.node = part;
    const specification = part.format === undefined ? '' : formatParts(part.format, frame);
    if (value instanceof Unknown || typeof specification !== 'string') {
      unknown ??= value instanceof Unknown ? value : new Unknown('the format is not known', interpreter.currentSpan);
      continue;
    }
    // `{x=}` shows the repr unless a format is given.
    const conversion = part.conversion ?? (part.selfText !== undefined && part.format === undefined ? 'r' : undefined);
    const converted = convert(conversion, value, frame);
    text += (part.selfText ?? '') + formatValue(interpreter, converted, specification);
  }
  interpreter.requireSize(text.length);
  return unknown ?? text;
}

function convert(conversion: 's' | 'r' | 'a' | undefined, value: PyValue, frame: Frame): PyValue {
  switch (conversion) {
    case undefined:
      return value;
    case 's':
      return str(frame.interpreter, value);
    case 'r':
      return repr(frame.interpreter, value);
    case 'a':
      return asciiRepr(frame.interpreter, value);
  }
}
