/** Members and operators of JavaScript for the values that programs use most; what is unknown stays so instead of ending the reading. */
import type { Interpreter } from '../python/interpreter';
import { native } from '../python/native';
import { iterates, unknownMember } from './unknownIteration';
import { PyDict, PyInstance, PyList, PyModule, PyTuple, Unknown } from '../python/values';
import type { NativeFunction, PyValue } from '../python/values';
import { runtimeModule } from './names';

/** What a call may have left out, or a part of it: unknown but where the code says what it takes in its place. */
export class LeftOut extends Unknown {}

/** Calls a function of the runtime's library, for the values that are left. */
const library = (interpreter: Interpreter, name: string, args: readonly PyValue[]): PyValue =>
  interpreter.call(interpreter.getAttribute(interpreter.importModule(runtimeModule), name), args);

/** Fields of a plain object; undefined for any other value. */
export function fieldsOf(value: PyValue): PyDict | undefined {
  if (!(value instanceof PyInstance) || value.cls.name !== 'Record') return undefined;
  const fields = value.attributes.get('fields');
  return fields instanceof PyDict ? fields : undefined;
}

/** Is the field called on its object, or computed when it is asked for? */
const isBound = (value: PyValue): boolean =>
  value instanceof PyInstance && (value.cls.name === 'Method' || value.cls.name === 'Getter');

function member(value: PyValue, name: string, interpreter: Interpreter): PyValue {
  if (value instanceof LeftOut && !iterates(name)) return new LeftOut(value.reason, value.origin);
  if (value instanceof Unknown) return unknownMember(value, name);
  const field = fieldsOf(value)?.get(name);
  if (field !== undefined && field !== null && !isBound(field)) return field;
  // A module of the new kind, as compilers of older targets ask.
  if (value instanceof PyModule && name === '__esModule') return true;
  return library(interpreter, 'get_member', [value, name]);
}

function item(value: PyValue, index: PyValue, interpreter: Interpreter): PyValue {
  if (value instanceof Unknown) return new Unknown(value.reason, value.origin);
  if (index instanceof Unknown) return index;
  if ((value instanceof PyList || value instanceof PyTuple) && (typeof index === 'bigint' || typeof index === 'number'))
    return value.items[Math.trunc(Number(index))] ?? null;
  return library(interpreter, 'get_item', [value, index]);
}

/** A number of data: conditions on it are not known. */
const isDatum = (value: PyValue): boolean => value instanceof PyInstance && value.cls.name === 'Datum';
const undecided = (): Unknown => new Unknown('a condition on numbers of the data', undefined);

type Plain = boolean | number | bigint | string;
const isNumber = (value: PyValue): boolean => typeof value === 'number' || typeof value === 'bigint';
const isPlain = (value: PyValue): value is Plain => value !== null && typeof value !== 'object';

/** `===` */
function same(a: PyValue, b: PyValue): PyValue {
  if (a instanceof Unknown) return a;
  if (b instanceof Unknown) return b;
  if (isDatum(a) || isDatum(b)) return [a, b].every((each) => isDatum(each) || isNumber(each)) ? undecided() : false;
  if (!isPlain(a) || !isPlain(b)) return a === b;
  if (isNumber(a) && isNumber(b)) return Number(a) === Number(b);
  return a === b;
}

function truth(value: PyValue): PyValue {
  if (value instanceof Unknown) return value;
  if (isDatum(value)) return undecided();
  return value !== null && (typeof value === 'object' || (Boolean(value) && value === value));
}

/** Of two known values by `compute`; unknown where one of them is. */
const known =
  (name: string, compute?: (a: PyValue, b: PyValue) => PyValue | undefined) =>
  ({ a = null, b = null }: Readonly<Record<string, PyValue>>, interpreter: Interpreter): PyValue => {
    if (a instanceof Unknown) return a;
    if (b instanceof Unknown) return b;
    return compute?.(a, b) ?? library(interpreter, name, [a, b]);
  };

/** `a`, or where `goesOn` what comes later; unknown where that is. */
const later =
  (goesOn: (a: PyValue) => PyValue) =>
  ({ a = null, later: next = null }: Readonly<Record<string, PyValue>>, interpreter: Interpreter): PyValue => {
    const known = a instanceof LeftOut ? null : a;
    const decision = known instanceof Unknown ? false : goesOn(known);
    if (decision instanceof Unknown) return decision;
    return decision === true ? interpreter.call(next, []) : a;
  };

const isFalse = (value: PyValue): PyValue => {
  const known = truth(value);
  return known instanceof Unknown ? known : known !== true;
};

const sum = (a: PyValue, b: PyValue): PyValue | undefined => {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a + b;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return typeof a === 'string' && typeof b === 'string' ? a + b : undefined;
};

export const operators: readonly NativeFunction[] = [
  native('get(value, name)', ({ value = null, name }, interpreter) =>
    member(value, typeof name === 'string' ? name : '', interpreter),
  ),
  native('item(value, index)', ({ value = null, index = null }, interpreter) => item(value, index, interpreter)),
  native('same(a, b)', ({ a = null, b = null }) => same(a, b)),
  native('truthy(value)', ({ value = null }) => truth(value)),
  native('is_left_out(value)', ({ value = null }) => value instanceof LeftOut),
  native('both(a, later)', later(truth)),
  native('either(a, later)', later(isFalse)),
  native(
    'given(a, later)',
    later((a) => a === null),
  ),
  native('default(value, later)', ({ value = null, later: next }, interpreter) =>
    later((each) => each === null)({ a: value, later: next ?? null }, interpreter),
  ),
  native('add(a, b)', known('added', sum)),
  native('divide(a, b)', known('divided')),
  native('modulo(a, b)', known('remainder')),
];
