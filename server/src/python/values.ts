/**
 * The values of the abstract interpreter.
 *
 * Python's scalars are JavaScript's: None = null, bool = boolean, int = bigint, float = number, str = string;
 * so `typeof` tells them apart and 1 never becomes 1.0. Everything else is a `PyObject`.
 * Libraries (torch, numpy, einops, …) are built from `PyModule`, `PyClass` and `NativeFunction`; a tensor is a
 * `PyInstance` of the class `torch.Tensor` whose `payload` is the front end's own object, and its operators are
 * native methods (`__add__`, `__getitem__`, …), so that the interpreter itself knows nothing of tensors.
 */
import type { SourceSpan } from '../graph/node';
import type { Interpreter } from './interpreter';
import type { FunctionSyntax, Parameter } from './syntax';
import type { Scope } from './scope';

export type PyValue = null | boolean | bigint | number | string | PyObject;

export abstract class PyObject {
  /** Python's name of the type, for messages. */
  abstract readonly typeName: string;
}

/** A built-in container. An instance of a class derived from it is the container itself with `cls` set. */
export abstract class PyContainer extends PyObject {
  /** The derived class (`class Config(dict)`, OrderedDict, a named tuple); undefined for the plain type. */
  cls: PyClass | undefined = undefined;
  /** Attributes of an instance of a derived class. */
  attributes: Map<string, PyValue> | undefined = undefined;
}

export class PyTuple extends PyContainer {
  /** `fieldNames` is set for named tuples (and torch's structured returns). */
  constructor(
    readonly items: readonly PyValue[],
    readonly fieldNames?: readonly string[],
    readonly structName = 'tuple',
  ) {
    super();
  }
  get typeName(): string {
    return this.cls?.name ?? this.structName;
  }
}

export class PyList extends PyContainer {
  constructor(public items: PyValue[]) {
    super();
  }
  get typeName(): string {
    return this.cls?.name ?? 'list';
  }
}

/** Insertion-ordered; keys compare by Python's equality (1 == 1.0 == True), objects by identity. */
export class PyDict extends PyContainer {
  /** `defaultdict`'s factory. */
  missing: PyValue | undefined = undefined;
  private readonly entriesByKey = new Map<unknown, { key: PyValue; value: PyValue }>();

  static of(entries: Iterable<readonly [PyValue, PyValue]>): PyDict {
    const dict = new PyDict();
    for (const [key, value] of entries) dict.set(key, value);
    return dict;
  }
  get(key: PyValue): PyValue | undefined {
    return this.entriesByKey.get(hashKey(key))?.value;
  }
  has(key: PyValue): boolean {
    return this.entriesByKey.has(hashKey(key));
  }
  set(key: PyValue, value: PyValue): void {
    const hash = hashKey(key);
    const entry = this.entriesByKey.get(hash);
    if (entry) entry.value = value;
    else this.entriesByKey.set(hash, { key, value });
  }
  delete(key: PyValue): boolean {
    return this.entriesByKey.delete(hashKey(key));
  }
  clear(): void {
    this.entriesByKey.clear();
  }
  get typeName(): string {
    return this.cls?.name ?? 'dict';
  }
  get size(): number {
    return this.entriesByKey.size;
  }
  keys(): PyValue[] {
    return [...this.entriesByKey.values()].map(({ key }) => key);
  }
  values(): PyValue[] {
    return [...this.entriesByKey.values()].map(({ value }) => value);
  }
  entries(): [PyValue, PyValue][] {
    return [...this.entriesByKey.values()].map(({ key, value }) => [key, value]);
  }
}

/** Marks keys that are not strings themselves, so that no string can collide with them. */
const TAG = '\u0000';

/** What two Python values share exactly when they are the same dictionary key. */
export function hashKey(key: PyValue): unknown {
  if (typeof key === 'string') return key.startsWith(TAG) ? `${TAG}s${key}` : key;
  if (typeof key === 'boolean') return key ? 1 : 0;
  if (typeof key === 'bigint')
    return key >= Number.MIN_SAFE_INTEGER && key <= Number.MAX_SAFE_INTEGER ? Number(key) : `${TAG}i${key}`;
  if (key instanceof PyTuple) return `${TAG}t(${key.items.map((item) => describeHash(hashKey(item))).join()})`;
  if (key instanceof PyBytes) return `${TAG}b${key.data.join()}`;
  if (key instanceof PySet)
    return `${TAG}f{${key
      .items()
      .map((item) => describeHash(hashKey(item)))
      .sort()
      .join()}}`;
  if (key instanceof PyInstance && isScalar(key.payload)) return hashKey(key.payload);
  return key;
}

/** An instance of a class derived from int, float or str holds its number or text in `payload`. */
export const isScalar = (payload: unknown): payload is bigint | number | string =>
  typeof payload === 'string' || typeof payload === 'bigint' || typeof payload === 'number';

const identities = new WeakMap<object, number>();
let nextIdentity = 0;

/** Python's `id`, stable for an object's life. */
export function identity(object: object): number {
  let id = identities.get(object);
  if (id === undefined) identities.set(object, (id = nextIdentity++));
  return id;
}

function describeHash(hash: unknown): string {
  return typeof hash === 'object' && hash !== null ? `#${identity(hash)}` : JSON.stringify(hash ?? null);
}

/** `set` and, when `frozen`, `frozenset`. Keeps insertion order, which Python leaves open. */
export class PySet extends PyContainer {
  readonly elements = new PyDict();
  constructor(
    items: Iterable<PyValue> = [],
    readonly frozen = false,
  ) {
    super();
    for (const item of items) this.elements.set(item, null);
  }
  get typeName(): string {
    return this.cls?.name ?? (this.frozen ? 'frozenset' : 'set');
  }
  items(): PyValue[] {
    return this.elements.keys();
  }
}

export class PySlice extends PyObject {
  readonly typeName = 'slice';
  constructor(
    readonly start: PyValue,
    readonly stop: PyValue,
    readonly step: PyValue,
  ) {
    super();
  }
}

export class PyRange extends PyObject {
  readonly typeName = 'range';
  constructor(
    readonly start: bigint,
    readonly stop: bigint,
    readonly step: bigint,
  ) {
    super();
  }
}

export class PyBytes extends PyObject {
  readonly typeName = 'bytes';
  constructor(readonly data: Uint8Array) {
    super();
  }
}

class PyEllipsis extends PyObject {
  readonly typeName = 'ellipsis';
}
export const Ellipsis: PyObject = new PyEllipsis();

/** Python's NotImplemented: a binary dunder returns it to let the other operand try. */
class PyNotImplemented extends PyObject {
  readonly typeName = 'NotImplementedType';
}
export const NotImplemented: PyObject = new PyNotImplemented();

/**
 * A value that the source does not determine (a file's content, a random draw used as a size, an unmodelled
 * library call). It spreads through operations; branching on it stops the trace with `reason` at `origin`.
 */
export class Unknown extends PyObject {
  readonly typeName = 'unknown';
  constructor(
    readonly reason: string,
    readonly origin: SourceSpan | undefined,
  ) {
    super();
  }
}

/** A list that a reading did not follow to its end: its length is unknown, its items look like `item`. */
export class UnknownList extends Unknown {
  constructor(
    readonly item: PyValue,
    reason: string,
    origin: SourceSpan | undefined,
  ) {
    super(reason, origin);
  }
}

/** Arguments of a native call after binding to its signature: every parameter by its name. */
export type BoundArguments = Readonly<Record<string, PyValue>>;

/** An iterator: of a container, of a generator function, of `zip`, … */
export class PyIterator extends PyObject {
  constructor(
    readonly source: Iterator<PyValue, PyValue, PyValue>,
    readonly typeName = 'iterator',
    /** How many items there are at most, where that is known. */
    readonly length?: number,
  ) {
    super();
  }
}

/** A parameter of a native function; `default` is undefined when it is required. */
export interface NativeParameter {
  readonly name: string;
  readonly kind: Parameter['kind'];
  readonly default: PyValue | undefined;
}

/**
 * A function implemented here. `signature` is Python's own text, e.g.
 * `softmax(input, dim=None, *, dtype=None)`; calls are bound to it with Python's rules and messages.
 * `*args` arrives as a PyTuple, `**kwargs` as a PyDict. An omitted parameter without default is a TypeError.
 */
export class NativeFunction extends PyObject {
  readonly typeName = 'builtin_function_or_method';
  readonly name: string;
  /** Whether it becomes a bound method as a class attribute: its first parameter is `self`. */
  readonly bindsSelf: boolean;
  /** The parsed signature; filled at the first call. */
  parameters: readonly NativeParameter[] | undefined = undefined;
  constructor(
    readonly signature: string,
    readonly call: (args: BoundArguments, interpreter: Interpreter) => PyValue,
  ) {
    super();
    const open = signature.indexOf('(');
    this.name = signature.slice(0, open);
    this.bindsSelf = signature.startsWith('self', open + 1);
  }
}

/** A function defined in interpreted source (also a lambda). */
export class PyFunction extends PyObject {
  readonly typeName = 'function';
  readonly attributes = new Map<string, PyValue>();
  /** A decorator that is not read: arguments missing in a call may come from it. */
  unreadDecorator: Unknown | undefined = undefined;
  constructor(
    readonly syntax: FunctionSyntax,
    /** Scope in which it was defined. */
    readonly closure: Scope,
    readonly module: PyModule,
    /** Dotted name, for messages; `__qualname__` can be assigned. */
    public qualifiedName: string,
    /** Evaluated defaults by parameter name. */
    readonly defaults: ReadonlyMap<string, PyValue>,
  ) {
    super();
  }
}

export class PyBoundMethod extends PyObject {
  readonly typeName = 'method';
  constructor(
    readonly self: PyValue,
    readonly callee: PyValue,
  ) {
    super();
  }
}

/** `property`, `classmethod`, `staticmethod` found in a class body. */
export class PyDescriptor extends PyObject {
  readonly typeName: string;
  constructor(
    readonly kind: 'property' | 'classmethod' | 'staticmethod' | 'cached_property',
    readonly getter: PyValue,
    readonly setter: PyValue = null,
    readonly deleter: PyValue = null,
  ) {
    super();
    this.typeName = kind;
  }
}

export class PyClass extends PyObject {
  readonly typeName = 'type';
  /** Method resolution order (C3), this class first. */
  readonly resolutionOrder: readonly PyClass[];
  /** Set when a base class comes from code that is not read: attributes that are not found are then unknown. */
  readonly unreadBase: Unknown | undefined;
  readonly metaclass: PyClass | undefined;
  /** Members of an enum by name, in order of definition. */
  enumMembers: Map<string, PyInstance> | undefined = undefined;
  /** Whether interpreted code defines `__getattribute__`. */
  readonly overridesGetAttribute: boolean;
  constructor(
    readonly name: string,
    readonly bases: readonly PyClass[],
    readonly attributes: Map<string, PyValue>,
    readonly module: PyModule | undefined,
    readonly span?: SourceSpan | undefined,
    readonly qualifiedName = name,
    options: { readonly unreadBase?: Unknown | undefined; readonly metaclass?: PyClass | undefined } = {},
  ) {
    super();
    this.unreadBase = options.unreadBase ?? bases.find((base) => base.unreadBase !== undefined)?.unreadBase;
    this.metaclass = options.metaclass ?? bases.find((base) => base.metaclass !== undefined)?.metaclass;
    this.resolutionOrder = [this, ...linearise(bases)];
    this.overridesGetAttribute = this.lookup('__getattribute__') instanceof PyFunction;
  }
  /** The attribute found along the resolution order, unbound. */
  lookup(name: string): PyValue | undefined {
    for (const cls of this.resolutionOrder) {
      const value = cls.attributes.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }
  isSubclassOf(other: PyClass): boolean {
    return this.resolutionOrder.includes(other);
  }
}

/** C3 merge of the bases' resolution orders. */
function linearise(bases: readonly PyClass[]): PyClass[] {
  const pending = [...bases.map((base) => [...base.resolutionOrder]), [...bases]];
  const order: PyClass[] = [];
  for (;;) {
    const open = pending.filter((list) => list.length > 0);
    if (open.length === 0) return order;
    const next = open.map(([head]) => head).find((head) => head && !open.some((list) => list.indexOf(head) > 0));
    if (!next)
      throw new TypeError(
        `Cannot create a consistent method resolution\norder (MRO) for bases ${bases.map(({ name }) => name).join(', ')}`,
      );
    order.push(next);
    for (const list of open) if (list[0] === next) list.shift();
  }
}

export class PyInstance extends PyObject {
  readonly attributes = new Map<string, PyValue>();
  /** The host's object behind a library type: a tensor, an open file, a generator. */
  payload: unknown = undefined;
  constructor(public cls: PyClass) {
    super();
  }
  get typeName(): string {
    return this.cls.name;
  }
}

export class PyModule extends PyObject {
  readonly typeName = 'module';
  constructor(
    readonly name: string,
    readonly file?: string | undefined,
    /** Called for a name that is not in `attributes`; undefined lets AttributeError arise. */
    readonly missing?: ((name: string) => PyValue | undefined) | undefined,
    /** Names that `missing` can make, for `__dict__` and `dir()`. */
    readonly latent?: (() => readonly string[]) | undefined,
    readonly attributes: Map<string, PyValue> = new Map<string, PyValue>(),
  ) {
    super();
  }
}

/** What `super()` gives: attributes of `self` looked up after `cls` in the resolution order. */
export class PySuper extends PyObject {
  readonly typeName = 'super';
  constructor(
    readonly cls: PyClass,
    readonly self: PyValue,
  ) {
    super();
  }
}
