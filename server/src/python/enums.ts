/** Enumerations. */
import { intClass, objectClass, strClass } from './builtins/types';
import { callValue } from './calls';
import { equals } from './comparison';
import type { Interpreter } from './interpreter';
import { native, nativeClass } from './native';
import { repr, str } from './representation';
import type { Scope } from './scope';
import { NativeFunction, PyClass, PyDescriptor, PyFunction, PyInstance, PyTuple, isScalar } from './values';
import type { PyValue } from './values';

const member = (value: PyValue | undefined): PyInstance | undefined =>
  value instanceof PyInstance ? value : undefined;

export const enumClass = nativeClass('Enum', [objectClass], {
  methods: [
    native('__repr__(self)', ({ self }, interpreter) => {
      const instance = member(self);
      return instance === undefined
        ? '<enum>'
        : `<${instance.cls.name}.${nameOf(instance)}: ${repr(interpreter, valueOf(instance))}>`;
    }),
    native('__str__(self)', ({ self }, interpreter) => {
      const instance = member(self);
      if (instance === undefined) return '';
      // IntEnum and StrEnum show their value.
      return instance.cls.isSubclassOf(intEnumClass) || instance.cls.isSubclassOf(strEnumClass)
        ? str(interpreter, valueOf(instance))
        : `${instance.cls.name}.${nameOf(instance)}`;
    }),
    native('__hash__(self)', ({ self }, interpreter) =>
      interpreter.call(interpreter.builtins.get('hash') ?? null, [nameOf(member(self))]),
    ),
  ],
});
export const intEnumClass = nativeClass('IntEnum', [intClass, enumClass]);
export const strEnumClass = nativeClass('StrEnum', [strClass, enumClass]);
export const flagClass = nativeClass('Flag', [enumClass]);
export const intFlagClass = nativeClass('IntFlag', [intClass, flagClass]);

const autoClass = nativeClass('auto', [objectClass]);
export const auto = native('auto()', () => new PyInstance(autoClass));

const nameOf = (instance: PyInstance | undefined): string => {
  const name = instance?.attributes.get('_name_');
  return typeof name === 'string' ? name : '';
};
const valueOf = (instance: PyInstance): PyValue => instance.attributes.get('_value_') ?? null;

export const isEnumClass = (cls: PyClass): boolean => cls.resolutionOrder.includes(enumClass);

/** Turns the plain values of a class body into members. */
export function finishEnum(interpreter: Interpreter, cls: PyClass, scope: Scope): void {
  const members = new Map<string, PyInstance>();
  const values: PyValue[] = [];
  for (const [name, given] of [...scope.variables]) {
    if (name.startsWith('_') || isNotMember(given)) continue;
    const value =
      given instanceof PyInstance && given.cls === autoClass ? automaticValue(interpreter, cls, name, values) : given;
    const alias = [...members.values()].find((known) => equals(interpreter, valueOf(known), value));
    values.push(value);
    const made = alias ?? makeMember(interpreter, cls, name, value);
    members.set(name, made);
    cls.attributes.set(name, made);
  }
  cls.enumMembers = members;
}

const isNotMember = (value: PyValue): boolean =>
  value instanceof PyFunction ||
  value instanceof NativeFunction ||
  value instanceof PyDescriptor ||
  value instanceof PyClass;

function automaticValue(interpreter: Interpreter, cls: PyClass, name: string, earlier: readonly PyValue[]): PyValue {
  const custom = cls.lookup('_generate_next_value_');
  if (custom !== undefined) {
    const callee = custom instanceof PyDescriptor ? custom.getter : custom;
    return callValue(
      interpreter,
      callee,
      [name, 1n, BigInt(earlier.length), interpreter.list([...earlier])],
      undefined,
    );
  }
  if (cls.isSubclassOf(strEnumClass)) return name.toLowerCase();
  const numbers = earlier.filter((value): value is bigint => typeof value === 'bigint');
  const largest = numbers.reduce((a, b) => (a > b ? a : b), 0n);
  if (!cls.isSubclassOf(flagClass)) return largest + 1n;
  let power = 1n;
  while (power <= largest) power <<= 1n;
  return power;
}

function makeMember(interpreter: Interpreter, cls: PyClass, name: string, value: PyValue): PyInstance {
  const create = cls.lookup('__new__');
  const args = value instanceof PyTuple ? value.items : [value];
  let instance: PyInstance | undefined;
  if (create instanceof PyFunction) {
    const made = callValue(interpreter, create, [cls, ...args], undefined);
    if (made instanceof PyInstance) instance = made;
  }
  instance ??= new PyInstance(cls);
  if (!instance.attributes.has('_value_')) instance.attributes.set('_value_', value);
  instance.attributes.set('_name_', name);
  if (isScalar(value)) {
    const scalar = cls.isSubclassOf(intClass) || cls.isSubclassOf(strClass) || cls.isSubclassOf(flagClass);
    if (scalar) instance.payload = value;
  }
  const initialise = cls.lookup('__init__');
  if (initialise instanceof PyFunction) callValue(interpreter, initialise, [instance, ...args], undefined);
  return instance;
}

/** Color(value): the member with that value; Enum('Name', 'A B') makes a class. */
export function callEnum(interpreter: Interpreter, cls: PyClass, args: readonly PyValue[]): PyValue {
  const [value = null] = args;
  const members = [...(cls.enumMembers ?? new Map<string, PyInstance>()).values()];
  const found = members.find((known) => known === value || equals(interpreter, valueOf(known), value));
  if (found !== undefined) return found;
  const missing = cls.lookup('_missing_');
  if (missing !== undefined) {
    const callee = missing instanceof PyDescriptor ? missing.getter : missing;
    const made = callValue(interpreter, callee, [cls, value], undefined);
    if (made !== null) return made;
  }
  return interpreter.raise('ValueError', `${repr(interpreter, value)} is not a valid ${cls.qualifiedName}`);
}
