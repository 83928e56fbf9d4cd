/** Calls of any callable. */
import { bind, findAttribute } from './attributes';
import { typeOf } from './builtins/types';
import { UnknownStop } from './errors';
import { unknownAfter } from './unknownAfter';
import { instantiate } from './classes';
import { callFunction, enumerateNames } from './functions';
import type { Interpreter } from './interpreter';
import { parseSignature } from './signatures';
import {
  NativeFunction,
  PyBoundMethod,
  PyClass,
  PyContainer,
  PyDescriptor,
  PyFunction,
  PyInstance,
  PySuper,
  PyTuple,
  PyDict,
  Unknown,
} from './values';
import type { NativeParameter, PyValue } from './values';

type Keywords = ReadonlyMap<string, PyValue> | undefined;

export function callValue(
  interpreter: Interpreter,
  callee: PyValue,
  args: readonly PyValue[],
  kwargs: Keywords,
): PyValue {
  if (callee instanceof PyFunction) return callFunction(interpreter, callee, args, kwargs);
  if (callee instanceof NativeFunction) return callNative(interpreter, callee, args, kwargs);
  if (callee instanceof PyBoundMethod) return callValue(interpreter, callee.callee, [callee.self, ...args], kwargs);
  if (callee instanceof PyClass) return instantiate(interpreter, callee, args, kwargs);
  if (callee instanceof Unknown) {
    const { givenAway } = interpreter.options;
    if (givenAway !== undefined) for (const each of args) givenAway(each, callee, interpreter);
    return callee;
  }
  if (callee instanceof PyInstance || callee instanceof PyContainer) {
    const cls = typeOf(callee);
    const method = cls.lookup('__call__');
    if (method !== undefined) return callValue(interpreter, bind(interpreter, method, callee, cls), args, kwargs);
    if (cls.unreadBase !== undefined) return cls.unreadBase;
  }
  if (callee instanceof PyDescriptor && callee.kind === 'staticmethod')
    return callValue(interpreter, callee.getter, args, kwargs);
  return interpreter.raise('TypeError', `'${typeOf(callee).name}' object is not callable`);
}

/** object.name(*args), without a bound method where the class holds a plain function. */
export function invokeMethod(
  interpreter: Interpreter,
  object: PyValue,
  name: string,
  args: PyValue[],
  kwargs: Keywords,
): PyValue {
  if (object instanceof PyInstance) {
    if (!object.attributes.has(name)) {
      const method = object.cls.overridesGetAttribute ? undefined : object.cls.lookup(name);
      if (method instanceof PyFunction) {
        args.unshift(object);
        return callFunction(interpreter, method, args, kwargs);
      }
    }
  } else if (typeof object !== 'object' || object instanceof PyContainer) {
    const method =
      object instanceof PyContainer && object.attributes?.has(name) === true ? undefined : typeOf(object).lookup(name);
    if (method instanceof NativeFunction) {
      args.unshift(object);
      return callNative(interpreter, method, args, kwargs);
    }
  } else if (object instanceof PySuper && object.self !== null) {
    const method = findAttribute(interpreter, object, name);
    if (method !== undefined) return callValue(interpreter, method, args, kwargs);
  }
  return callValue(interpreter, interpreter.getAttribute(object, name), args, kwargs);
}

/** Binds to the signature by Python's rules and runs the TypeScript function. */
export function callNative(
  interpreter: Interpreter,
  callee: NativeFunction,
  args: readonly PyValue[],
  kwargs: Keywords,
): PyValue {
  interpreter.step();
  const parameters = (callee.parameters ??= parseSignature(callee.signature));
  const bound: Record<string, PyValue> = {};
  let position = 0;
  let remaining = kwargs?.size ?? 0;
  let rest: string | undefined;
  let starred = false;
  for (const { name, kind, default: fallback } of parameters) {
    if (kind === 'positional' || kind === 'positionalOnly') {
      const value = args[position];
      if (value !== undefined) {
        position++;
        bound[name] = value;
        if (kind === 'positional' && kwargs?.has(name) === true)
          interpreter.raise('TypeError', `${callee.name}() got multiple values for argument '${name}'`);
        continue;
      }
    } else if (kind === 'star') {
      starred = true;
      bound[name] = new PyTuple(args.slice(position));
      position = args.length;
      continue;
    } else if (kind === 'doubleStar') {
      rest = name;
      continue;
    }
    const given = kind === 'positionalOnly' ? undefined : kwargs?.get(name);
    if (given !== undefined) {
      remaining--;
      bound[name] = given;
    } else if (fallback !== undefined) bound[name] = fallback;
    else missingNativeArguments(interpreter, callee, parameters, args.length, kwargs);
  }
  if (position < args.length && !starred) tooManyNativeArguments(interpreter, callee, parameters, args.length);
  if (rest !== undefined || remaining > 0) bindRest(interpreter, callee, parameters, kwargs, bound, rest);
  if (!interpreter.tolerant || interpreter.frame?.source.isLibrary === true) return callee.call(bound, interpreter);
  return callTolerantly(interpreter, callee, bound);
}

/** In a training script, a call that needs what is not known gives an unknown value instead of losing its statement. */
function callTolerantly(interpreter: Interpreter, callee: NativeFunction, bound: Record<string, PyValue>): PyValue {
  try {
    return callee.call(bound, interpreter);
  } catch (error) {
    if (error instanceof UnknownStop) return unknownAfter(error);
    throw error;
  }
}

function bindRest(
  interpreter: Interpreter,
  callee: NativeFunction,
  parameters: readonly NativeParameter[],
  kwargs: Keywords,
  bound: Record<string, PyValue>,
  rest: string | undefined,
): void {
  const dict = new PyDict();
  for (const [name, value] of kwargs ?? []) {
    if (
      parameters.some(
        (parameter) => parameter.name === name && (parameter.kind === 'positional' || parameter.kind === 'keywordOnly'),
      )
    )
      continue;
    if (rest === undefined)
      interpreter.raise('TypeError', `${callee.name}() got an unexpected keyword argument '${name}'`);
    dict.set(name, value);
  }
  if (rest !== undefined) bound[rest] = dict;
}

const isSelf = (parameter: NativeParameter | undefined): boolean => parameter?.name === 'self';

function missingNativeArguments(
  interpreter: Interpreter,
  callee: NativeFunction,
  parameters: readonly NativeParameter[],
  given: number,
  kwargs: Keywords,
): never {
  const absent = parameters.filter(
    ({ name, kind, default: fallback }, i) =>
      fallback === undefined &&
      (kind === 'positional' || kind === 'positionalOnly' ? i >= given : kind === 'keywordOnly') &&
      kwargs?.has(name) !== true,
  );
  const names = enumerateNames(absent.map(({ name }) => `'${name}'`));
  const what = absent[0]?.kind === 'keywordOnly' ? 'keyword-only' : 'positional';
  return interpreter.raise(
    'TypeError',
    `${callee.name}() missing ${absent.length} required ${what} argument${absent.length === 1 ? '' : 's'}: ${names}`,
  );
}

function tooManyNativeArguments(
  interpreter: Interpreter,
  callee: NativeFunction,
  parameters: readonly NativeParameter[],
  given: number,
): never {
  const positional = parameters.filter(({ kind }) => kind === 'positional' || kind === 'positionalOnly');
  const required = positional.filter((parameter) => parameter.default === undefined).length;
  const hidden = isSelf(parameters[0]) ? 1 : 0;
  const [least, most] = [required - hidden, positional.length - hidden];
  const range = least === most ? `${most}` : `from ${least} to ${most}`;
  return interpreter.raise(
    'TypeError',
    `${callee.name}() takes ${range} positional argument${range === '1' ? '' : 's'} but ${given - hidden} ${given - hidden === 1 ? 'was' : 'were'} given`,
  );
}
