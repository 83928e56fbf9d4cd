/** Making instances. */
import { bind } from './attributes';
import { callValue } from './calls';
import { abstractBase } from './abstract';
import { callEnum } from './enums';
import { enumerateNames } from './functions';
import type { Interpreter } from './interpreter';
import { typeClass, typeOf } from './builtins/types';
import { PyClass, PyDescriptor, PyFunction, PyInstance, Unknown } from './values';
import type { PyValue } from './values';

/** cls(*args, **kwargs) */
export function instantiate(
  interpreter: Interpreter,
  cls: PyClass,
  args: readonly PyValue[],
  kwargs: ReadonlyMap<string, PyValue> | undefined,
): PyValue {
  const [first] = args;
  if (cls === typeClass && args.length === 1 && first !== undefined)
    return first instanceof Unknown ? first : typeOf(first);
  const metaCall = cls.metaclass?.lookup('__call__');
  if (metaCall instanceof PyFunction && !interpreter.inMetaclassCall.has(cls)) {
    interpreter.inMetaclassCall.add(cls);
    try {
      return callValue(interpreter, metaCall, [cls, ...args], kwargs);
    } finally {
      interpreter.inMetaclassCall.delete(cls);
    }
  }
  if (cls.enumMembers !== undefined) return callEnum(interpreter, cls, args);
  const create = cls.lookup('__new__');
  const callee = create instanceof PyDescriptor ? create.getter : create;
  const instance =
    callee === undefined ? newInstance(interpreter, cls) : callValue(interpreter, callee, [cls, ...args], kwargs);
  if (instance instanceof Unknown) return instance;
  const actual = typeOf(instance);
  if (!actual.isSubclassOf(cls)) return instance;
  const initialise = actual.lookup('__init__');
  if (initialise !== undefined) {
    const result = runConstructor(interpreter, instance, bind(interpreter, initialise, instance, actual), args, kwargs);
    if (result !== null && !(result instanceof Unknown))
      interpreter.raise('TypeError', `__init__() should return None, not '${typeOf(result).name}'`);
  } else if (callee === undefined && (args.length > 0 || (kwargs?.size ?? 0) > 0) && cls.unreadBase === undefined)
    interpreter.raise('TypeError', `${cls.name}() takes no arguments`);
  return instance;
}

function runConstructor(
  interpreter: Interpreter,
  instance: PyValue,
  initialise: PyValue,
  args: readonly PyValue[],
  kwargs: ReadonlyMap<string, PyValue> | undefined,
): PyValue {
  try {
    return callValue(interpreter, initialise, args, kwargs);
  } catch (error) {
    if (instance instanceof PyInstance) interpreter.options.notMade?.(instance, error);
    throw error;
  }
}

/** object.__new__(cls) */
export function newInstance(interpreter: Interpreter, cls: PyClass): PyInstance {
  if (cls.resolutionOrder.includes(abstractBase)) refuseAbstract(interpreter, cls);
  return new PyInstance(cls);
}

function refuseAbstract(interpreter: Interpreter, cls: PyClass): void {
  const names = new Set(cls.resolutionOrder.flatMap((base) => [...base.attributes.keys()]));
  const abstract = [...names].filter((name) => isAbstract(cls.lookup(name))).sort();
  if (abstract.length === 0) return;
  interpreter.raise(
    'TypeError',
    `Can't instantiate abstract class ${cls.name} without an implementation for abstract method${abstract.length === 1 ? '' : 's'} ` +
      enumerateNames(abstract.map((name) => `'${name}'`))
        .replace(', and ', ', ')
        .replace(' and ', ', '),
  );
}

function isAbstract(value: PyValue | undefined): boolean {
  const callee = value instanceof PyDescriptor ? value.getter : value;
  return callee instanceof PyFunction && callee.attributes.get('__isabstractmethod__') === true;
}
