/** One call of a function of torch: its arguments as graph nodes and numbers, its result as a tensor. */
import type { Node } from '../../../graph/node';
import { withSpan } from '../../../graph/operations';
import type { Shape } from '../../../graph/primitives';
import { ShapeError } from '../../../graph/shapes';
import type { Interpreter } from '../../../python/interpreter';
import { native } from '../../../python/native';
import type { BoundArguments, NativeFunction, PyValue } from '../../../python/values';
import { PyContainer, PyDict, PyInstance, PyList, PyRange, PyTuple, Unknown } from '../../../python/values';
import type { TorchDtype } from '../../model';
import type { TorchContext } from '../tensor/context';
import { torchContext } from '../tensor/context';
import { asDtype, graphDtype, isFloating } from '../tensor/dtype';
import type { TensorPayload, ViewRule } from '../tensor/payload';
import type { Operand } from '../tensor/promotion';
import { asOperand, castTo, floatingType, resultType } from '../tensor/promotion';
import { roundedOperands } from '../tensor/roundedConstant';
import { makeTensor, makeView, payloadOf } from '../tensor/tensor';

export type Implementation = (call: Call) => PyValue;

/** Python text of the signature and what it does. The name before the parenthesis is the function's. */
export interface FunctionRow {
  readonly signature: string;
  readonly run: Implementation;
}

export const row = (signature: string, run: Implementation): FunctionRow => ({ signature, run });

export const nameOf = ({ signature }: FunctionRow): string => signature.slice(0, signature.indexOf('('));

/** Names of the parameters of a signature, stars stripped. */
export function parameterNames(signature: string): string[] {
  const inside = signature.slice(signature.indexOf('(') + 1, signature.lastIndexOf(')'));
  const names: string[] = [];
  let depth = 0;
  let current = '';
  for (const character of `${inside},`) {
    if (character === '(' || character === '[') depth++;
    if (character === ')' || character === ']') depth--;
    if (character === ',' && depth === 0) {
      const name = (current.split('=')[0] ?? '').trim().replace(/^\*+/, '');
      if (name !== '' && name !== '/') names.push(name);
      current = '';
    } else current += character;
  }
  return names;
}

/** PyTorch's exception classes, by how the message begins; RuntimeError otherwise. */
const exceptionClasses: readonly (readonly [RegExp, string])[] = [
  [/^(index |too many indices|Dimension out of range)/, 'IndexError'],
  [/^Expected input batch_size/, 'ValueError'],
];

/** The graph's message on operands that do not broadcast, in PyTorch's words. */
function broadcastMessage(message: string): string {
  const [, first, second] = /^shapes \[(.*)\] and \[(.*)\] do not broadcast$/.exec(message) ?? [];
  if (first === undefined || second === undefined) return message;
  const [a, b] = [first, second].map((shape) => shape.split(', ').map(Number).reverse());
  const fromEnd = (a ?? []).findIndex((size, i) => b?.[i] !== undefined && size !== b[i] && size !== 1 && b[i] !== 1);
  const axis = Math.max(a?.length ?? 0, b?.length ?? 0) - 1 - fromEnd;
  return `The size of tensor a (${a?.[fromEnd]}) must match the size of tensor b (${b?.[fromEnd]}) at non-singleton dimension ${axis}`;
}

/** Python exceptions for errors of shape, with PyTorch's classes. */
export function raisingShapeErrors<T>(interpreter: Interpreter, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const kind = exceptionClasses.find(([pattern]) => pattern.test(error.message))?.[1] ?? 'RuntimeError';
    return interpreter.raise(kind, broadcastMessage(error.message));
  }
}

export class Call {
  readonly context: TorchContext;
  constructor(
    readonly args: BoundArguments,
    readonly interpreter: Interpreter,
    readonly name: string,
  ) {
    this.context = torchContext(interpreter);
  }

  value(name: string): PyValue {
    return this.args[name] ?? null;
  }

  has(name: string): boolean {
    return this.value(name) !== null;
  }

  /** Raises `TypeError: name(): argument '…' must be …`. */
  wrongType(name: string, expected: string): never {
    const found = this.interpreter.typeOf(this.value(name)).name;
    return this.interpreter.raise(
      'TypeError',
      `${this.name}(): argument '${name}' must be ${expected}, not ${found === 'NoneType' ? 'None' : found}`,
    );
  }

  fail(message: string): never {
    return this.interpreter.raise('RuntimeError', message);
  }

  payload(name: string): TensorPayload {
    return payloadOf(this.value(name)) ?? this.wrongType(name, 'Tensor');
  }

  optionalPayload(name: string): TensorPayload | undefined {
    return this.has(name) ? this.payload(name) : undefined;
  }

  node(name: string): Node {
    return this.payload(name).node;
  }

  /** The tensor as floats. */
  floats(name: string): Node {
    return castTo(this.node(name), this.floatDtype(name));
  }

  optionalFloats(name: string): Node | undefined {
    return this.has(name) ? this.floats(name) : undefined;
  }

  optionalNode(name: string): Node | undefined {
    return this.optionalPayload(name)?.node;
  }

  dtype(name: string): TorchDtype {
    return this.payload(name).dtype;
  }

  /** The floating type of a result computed from the tensor. */
  floatDtype(name: string): TorchDtype {
    return floatingType(this.dtype(name), this.interpreter);
  }

  /** A tensor or a number. */
  operand(name: string): Operand {
    return asOperand(this.value(name), this.interpreter) ?? this.wrongType(name, 'Tensor or Number');
  }

  /** Operands brought to their common type. */
  promoted(...names: readonly string[]): { nodes: Node[]; dtype: TorchDtype } {
    const operands = names.map((name) => this.operand(name));
    const dtype = resultType(operands);
    const nodes = operands.map(({ node }) => castTo(node, dtype));
    return { nodes: dtype === 'float32' ? roundedOperands(nodes) : nodes, dtype };
  }

  /** Operands brought to a common floating type. */
  promotedFloats(...names: readonly string[]): { nodes: Node[]; dtype: TorchDtype } {
    const operands = names.map((name) => this.operand(name));
    const dtype = floatingType(resultType(operands), this.interpreter);
    const nodes = operands.map(({ node }) => castTo(node, dtype));
    return { nodes: dtype === 'float32' ? roundedOperands(nodes) : nodes, dtype };
  }

  int(name: string): number {
    return this.interpreter.toInt(this.value(name), `${this.name}(): argument '${name}'`);
  }

  optionalInt(name: string): number | undefined {
    return this.has(name) ? this.int(name) : undefined;
  }

  number(name: string): number {
    return this.interpreter.toNumber(this.value(name), `${this.name}(): argument '${name}'`);
  }

  optionalNumber(name: string): number | undefined {
    return this.has(name) ? this.number(name) : undefined;
  }

  flag(name: string): boolean {
    return this.interpreter.truth(this.value(name));
  }

  text(name: string): string {
    return this.interpreter.toText(this.value(name), `${this.name}(): argument '${name}'`);
  }

  /** One of a few words. */
  choice<T extends string>(name: string, options: readonly T[], kind = 'ValueError'): T {
    const given = this.text(name);
    const found = options.find((option) => option === given);
    return found ?? this.interpreter.raise(kind, `${given} is not a valid value for ${name}`);
  }

  /** An int repeated `rank` times, or a sequence of ints; a sequence of one also counts for all axes. */
  ints(name: string, rank: number): number[] {
    const value = this.value(name);
    const items = isSequence(value) ? this.intList(name) : [this.int(name)];
    const [first = 0] = items;
    return items.length === 1 ? Array.from({ length: rank }, () => first) : items;
  }

  /** A sequence of ints, or one int as a list. */
  intList(name: string): number[] {
    return this.intsOf(this.value(name), name);
  }

  optionalIntList(name: string): number[] | undefined {
    return this.has(name) ? this.intList(name) : undefined;
  }

  private intsOf(value: PyValue, name: string): number[] {
    const what = `${this.name}(): argument '${name}'`;
    if (!isSequence(value)) return [this.interpreter.toInt(value, what)];
    return [...this.interpreter.iterate(value)].map((item) => this.interpreter.toInt(item, what));
  }

  /** Sizes given as `*sizes`: separate ints or one sequence. */
  variadicInts(name: string): number[] {
    const given = this.value(name);
    const items = given instanceof PyTuple ? given.items : [given];
    const [only] = items;
    return items.length === 1 && only !== undefined ? this.intsOf(only, name) : this.intsOf(given, name);
  }

  /** A sequence of tensors. */
  payloads(name: string): TensorPayload[] {
    return [...this.interpreter.iterate(this.value(name))].map((item) => this.element(item, name));
  }

  /** Tensors given as `*tensors`: separately or in one sequence. */
  variadicPayloads(name: string): TensorPayload[] {
    const given = [...this.interpreter.iterate(this.value(name))];
    const [only] = given;
    const items =
      given.length === 1 && only !== undefined && isSequence(only) ? [...this.interpreter.iterate(only)] : given;
    return items.map((item) => this.element(item, name));
  }

  private element(item: PyValue, name: string): TensorPayload {
    if (item instanceof Unknown) return this.stop(`${this.name} is given a value that is not known: ${item.reason}`);
    const found = this.interpreter.typeOf(item).name;
    return (
      payloadOf(item) ??
      this.interpreter.raise(
        'TypeError',
        `expected Tensor as element of argument '${name}' of ${this.name}(), but got ${found}`,
      )
    );
  }

  /** `dtype=` argument. */
  optionalDtype(name = 'dtype'): TorchDtype | undefined {
    const value = this.value(name);
    if (value === null) return undefined;
    return asDtype(value) ?? pythonType(this.interpreter, value) ?? this.wrongType(name, 'torch.dtype');
  }

  tensor(node: Node, dtype: TorchDtype): PyInstance {
    // A composition may give comparisons where the caller said float: the graph's kind decides.
    return makeTensor(this.interpreter, castTo(node, dtype), dtype, { device: this.device });
  }

  private get device(): string {
    const first = payloadOf(this.args['input']) ?? payloadOf(this.args['self']);
    return first?.device ?? 'cpu';
  }

  view(base: TensorPayload, rule: ViewRule, contiguous: boolean): PyInstance {
    return makeView(this.interpreter, base, rule, contiguous);
  }

  /** PyTorch's error for a type that a function has no kernel for. */
  noKernel(name: string, dtype: TorchDtype): never {
    return this.interpreter.raise('NotImplementedError', `"${name}" not implemented for '${typeTitle(dtype)}'`);
  }

  /** A named tuple like torch.return_types.max. */
  struct(fields: Readonly<Record<string, PyValue>>): PyTuple {
    return new PyTuple(Object.values(fields), Object.keys(fields), `torch.return_types.${this.name}`);
  }

  stop(reason: string, hint?: string): never {
    return this.interpreter.stop(reason, hint);
  }

  /** Ends the trace because torch's function has no counterpart here. */
  unsupported(detail: string): never {
    return this.interpreter.stop(`${this.name} ${detail}`);
  }
}

/** `**kwargs` of a call as the interpreter takes it. */
export function keywords(value: PyValue | undefined, interpreter: Interpreter): Map<string, PyValue> {
  const entries = value instanceof PyDict ? value.entries() : [];
  return new Map(entries.map(([name, given]) => [interpreter.toText(name, 'keyword'), given]));
}

export const isSequence = (value: PyValue): boolean => value instanceof PyContainer || value instanceof PyRange;

/** Python's own types where a dtype is expected. */
function pythonType(interpreter: Interpreter, value: PyValue): TorchDtype | undefined {
  const name = interpreter.findAttribute(value, '__name__');
  return name === 'float'
    ? torchContext(interpreter).defaultDtype
    : name === 'int'
      ? 'int64'
      : name === 'bool'
        ? 'bool'
        : undefined;
}

/** Synonyms that every function of torch accepts beside its own parameter names. */
const synonyms: Readonly<Record<string, string>> = {
  axis: 'dim',
  keepdims: 'keepdim',
  x: 'input',
  x1: 'input',
  x2: 'other',
};

/** The name of `*sizes` in a signature; undefined if it has none. */
const starredName = (signature: string): string | undefined => /[(,]\s*\*(\w+)/.exec(signature)?.[1];

/** What separate arguments are bound to where the name of a starred parameter is a keyword too: zeros(2, 3), zeros(size=(2, 3)). */
const separately = (name: string): string => `${name}_items`;

const extendedSignatures = new Map<string, string>();

/** `extendSignature`, remembered: every session makes the same functions. */
function extendedSignature(given: string): string {
  const known = extendedSignatures.get(given) ?? extendSignature(given);
  extendedSignatures.set(given, known);
  return known;
}

/** The signature with NumPy's names, the name of a starred parameter, and `out` as keyword-only extras. */
function extendSignature(given: string): string {
  const starredAs = starredName(given);
  const signature = starredAs === undefined ? given : given.replace(`*${starredAs}`, `*${separately(starredAs)}`);
  const names = parameterNames(signature);
  const extras = Object.entries(synonyms)
    .filter(([alias, own]) => names.includes(own) && !names.includes(alias) && alias.length > 2)
    .map(([alias]) => `${alias}=None`);
  if (starredAs !== undefined) extras.push(`${starredAs}=None`);
  if (!names.includes('out')) extras.push('out=None');
  const inside = signature.slice(signature.indexOf('(') + 1, signature.lastIndexOf(')'));
  const starred = /(^|,)\s*\*/.test(inside);
  const keywords = inside.indexOf('**');
  if (keywords >= 0) return signature;
  const separator = names.length === 0 ? '' : ', ';
  return `${signature.slice(0, signature.lastIndexOf(')'))}${separator}${starred ? '' : '*, '}${extras.join(', ')})`;
}

/** Objects of the library's that are given in place of tensors or element types, among the arguments. */
function substituteIn(bound: BoundArguments): PyInstance | undefined {
  const isSubstitute = (value: PyValue | undefined): value is PyInstance =>
    value instanceof PyInstance && value.payload === undefined && /^Complex(Tensor|Type)$/.test(value.cls.name);
  for (const value of Object.values(bound)) {
    if (isSubstitute(value)) return value;
    if (value instanceof PyList || value instanceof PyTuple) {
      const [only] = value.items;
      const items = value.items.length === 1 && (only instanceof PyList || only instanceof PyTuple) ? only : value;
      for (const item of items.items) if (isSubstitute(item)) return item;
    }
  }
  return undefined;
}

/**
 * A function of complex tensors is their class's `_torch_<name>`, called with the arguments by name, else its method of
 * that name. Undefined where none is among the arguments.
 */
function overrideOf(
  name: string,
  bound: BoundArguments,
  starredAs: string | undefined,
  interpreter: Interpreter,
): (() => PyValue) | undefined {
  const substitute = substituteIn(bound);
  if (substitute === undefined) return undefined;
  const given = Object.entries(bound).filter(
    ([key, value]) => value !== null && (starredAs === undefined || key !== separately(starredAs)),
  );
  const own = interpreter.findAttribute(substitute, `_torch_${name}`);
  const named = (entries: typeof given): Map<string, PyValue> =>
    new Map(entries.map(([key, value]) => [key === 'self' ? 'input' : key, value ?? null]));
  if (own !== undefined) return () => interpreter.call(own, [], named(given));
  const method = interpreter.findAttribute(substitute, name);
  if (method === undefined) return () => interpreter.stop(`${name} of complex numbers is not followed`);
  return () => interpreter.call(method, [], named(given.filter(([, value]) => value !== substitute)));
}

/**
 * Makes the Python function of a row: an Unknown argument makes the result unknown, nodes get the user's span, errors
 * of shape become Python exceptions.
 */
export function functionOf({ signature, run }: FunctionRow): NativeFunction {
  const name = signature.slice(0, signature.indexOf('('));
  const extended = extendedSignature(signature);
  const starredAs = starredName(signature);
  return native(extended, (bound, interpreter) => {
    let args = bound;
    if (starredAs !== undefined && (bound[starredAs] ?? null) === null)
      args = { ...bound, [starredAs]: bound[separately(starredAs)] ?? null };
    for (const [parameter, value] of Object.entries(bound)) {
      if (!(value instanceof Unknown)) continue;
      // Where a tensor is kept changes nothing.
      if (parameter !== 'device') return value;
      args = { ...args, device: null };
    }
    const override = overrideOf(name, args, starredAs, interpreter);
    if (override !== undefined) return override();
    for (const [alias, own] of Object.entries(synonyms))
      if (args[alias] !== undefined && args[alias] !== null && args[own] !== undefined)
        args = { ...args, [own]: args[alias] };
    const result = withSpan(interpreter.currentSpan, () =>
      raisingShapeErrors(interpreter, () => run(new Call(args, interpreter, name))),
    );
    const out = payloadOf(args['out'] ?? null);
    const made = payloadOf(result);
    if (out === undefined || made === undefined) return result;
    out.replace(castTo(made.node, out.dtype), out.dtype);
    return args['out'] ?? result;
  });
}

/** The method of a row: its first parameter becomes `self`. */
export function methodOf({ signature, run }: FunctionRow, name = nameOf({ signature, run })): NativeFunction {
  const [first = 'input'] = parameterNames(signature);
  const open = signature.indexOf('(');
  const rest = signature.slice(open + 1).replace(/^\s*\*?\w+(=[^,)]*)?/, 'self');
  return functionOf({
    signature: `${name}(${rest}`,
    run: (call) => run(new Call({ ...call.args, [first]: call.value('self') }, call.interpreter, name)),
  });
}

/** The in-place method `name_`: the result is cast to the tensor's own type and written to it. */
export function inPlaceMethodOf(source: FunctionRow): NativeFunction {
  const name = `${nameOf(source)}_`;
  const method = methodOf(source, name);
  return native(method.signature, (args, interpreter) => {
    const result = payloadOf(method.call(args, interpreter));
    if (result === undefined) return args['self'] ?? null;
    return writeInto(args['self'] ?? null, result.node, result.dtype, interpreter);
  });
}

/** Writes a value to a tensor in place, cast to its type; a float result does not fit an integer tensor. */
export function writeInto(target: PyValue, node: Node, dtype: TorchDtype, interpreter: Interpreter): PyValue {
  const payload = payloadOf(target);
  if (payload === undefined) return interpreter.raise('TypeError', 'an in-place operation needs a tensor');
  if (isFloating(dtype) && !isFloating(payload.dtype))
    interpreter.raise(
      'RuntimeError',
      `result type ${typeTitle(dtype)} can't be cast to the desired output type ${typeTitle(payload.dtype)}`,
    );
  raisingShapeErrors(interpreter, () => payload.assign(castTo(node, payload.dtype)));
  return target;
}

const titles: Readonly<Record<TorchDtype, string>> = {
  float64: 'Double',
  float32: 'Float',
  float16: 'Half',
  bfloat16: 'BFloat16',
  int64: 'Long',
  int32: 'Int',
  int16: 'Short',
  int8: 'Char',
  uint8: 'Byte',
  bool: 'Bool',
};

/** `Float`, `Long`, …: how PyTorch's messages name types. */
export const typeTitle = (dtype: TorchDtype): string => titles[dtype];

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, i) => size === b[i]);

export const isFloatNode = (node: Node): boolean => node.dtype === graphDtype('float32');
