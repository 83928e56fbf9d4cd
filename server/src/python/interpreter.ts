/**
 * The abstract interpreter: runs Python by its own rules, reaches files only through the injected `SourceProvider`,
 * and always ends (limits on steps, depth, time and container sizes).
 */
import type { SourceSpan } from '../graph/node';
import { deleteAttribute, findAttribute, getAttribute, setAttribute } from './attributes';
import { makeBuiltins } from './builtins/builtins';
import { baseExceptionClass, exceptionClasses, makeException } from './builtins/exceptions';
import { typeOf } from './builtins/types';
import { callValue, invokeMethod } from './calls';
import { equals, isIdentical, rangeLength } from './comparison';
import { LimitExceeded, PythonException, PythonSyntaxError, ReadingCancelled, TraceStop, UnknownStop } from './errors';
import { evaluate } from './expressions';
import { Growth } from './growth';
import { Frame } from './frame';
import { iterate } from './iteration';
import { ModuleLoader } from './moduleLoader';
import { binary, compare, scalarOf } from './operators';
import { parseExpressionText, parseModule } from './parse';
import { parseCached } from './parseCache';
import { exceptionText, repr, str } from './representation';
import { Scope } from './scope';
import { isLibraryFile, type SourceFile } from './source';
import { executeBlock } from './statements';
import { DefinitionNames } from './definitions';
import { makeTextFile } from './textFile';
import { deleteItem, getItem, setItem } from './subscripts';
import type {
  BinaryOperator,
  CompareOperator,
  ExceptHandler,
  Expression,
  ExpressionOf,
  FunctionSyntax,
  Statement,
} from './syntax';
import {
  NativeFunction,
  PyBoundMethod,
  PyClass,
  PyDict,
  PyFunction,
  PyInstance,
  PyIterator,
  PyList,
  PyModule,
  PyRange,
  PySet,
  PySuper,
  PyTuple,
  PyBytes,
  Unknown,
} from './values';
import type { PyValue } from './values';
import { codePointList } from './text';
import { truth } from './truth';
import { workTime } from './workTime';

/** Where Python text comes from: workspace files, unsaved editor text. Paths are what it hands out itself. */
export interface SourceProvider {
  /** Text of a data file (json, yaml) next to the code. */
  read(path: string): string | undefined;
  /** Names in a folder, in order; undefined where there is none or it is not to be looked into. */
  list?(folder: string): readonly string[] | undefined;
  /** Files that import a file, the nearest first. */
  usersOf?(file: string): readonly string[];
  /**
   * The module `name` (absolute, dotted) imported by the file `fromFile`. `isPackage`: it is an `__init__.py` or a
   * folder without one (then `source` is empty).
   */
  resolveModule(name: string, fromFile: string): { file: string; source: string; isPackage: boolean } | undefined;
}

export interface Limits {
  readonly steps: number;
  /** Of work, not of waiting for other programs: see `workTime`. */
  readonly seconds: number;
  /** Python calls inside each other. */
  readonly depth: number;
  /** Elements of one container, characters of one string. */
  readonly containerSize: number;
  /** Bits of one int. */
  readonly intBits: number;
}

export const DEFAULT_LIMITS: Limits = {
  steps: 20_000_000,
  seconds: 3,
  depth: 200,
  containerSize: 5_000_000,
  intBits: 65_536,
};

/** Elements made by bulk operations in one run: bounds memory, where each container alone is within its limit. */
const TOTAL_ELEMENTS = 30_000_000;

export type LibraryFactory = (interpreter: Interpreter) => PyModule;

export interface InterpreterOptions {
  readonly sources?: SourceProvider;
  readonly libraries?: ReadonlyMap<string, LibraryFactory>;
  /** Called for a module of an installed package after it ran. */
  readonly completions?: ReadonlyMap<string, (interpreter: Interpreter, module: PyModule) => void>;
  /** `tolerant`: for training scripts; statements that fail are recorded and skipped. */
  readonly mode?: 'strict' | 'tolerant';
  /** Statements of the top level of the program's own files that are passed over. */
  readonly skips?: (statement: Statement) => boolean;
  readonly limits?: Partial<Limits>;
  /** Milliseconds, for the time limit. */
  readonly now?: () => number;
  /** Receives what the program prints; by default nothing does. */
  readonly print?: (text: string) => void;
  /** Sees values as they get names. */
  readonly observer?: Observer;
  /** Tolerant mode: a call of an object's method was passed over, or may have run another number of times. */
  readonly skippedCall?: (object: PyInstance, method: string, cause: Unknown) => void;
  /** The constructor of an object ended with an error, which is thrown on: the object is not what its class says. */
  readonly notMade?: (object: PyInstance, error: unknown) => void;
  /** Tolerant mode: of two values that stand for the same thing, that one. */
  readonly same?: (a: PyValue, b: PyValue) => PyValue | undefined;
  /** Is this a model or a part of one? Tolerant mode: what may have changed of it is not known. */
  readonly isPart?: (value: PyValue) => boolean;
  /** Told of what the program gives to what is not read. */
  readonly givenAway?: (value: PyValue, callee: Unknown, interpreter: Interpreter) => void;
  /** Arguments that the program is started with, after its name. */
  readonly commandLine?: readonly string[];
  /** Asked now and then; true ends the run with a `ReadingCancelled`. */
  readonly cancelled?: () => boolean;
}

/** Told of every value that is assigned to a name or attribute, or returned, in the user's own code. */
export interface Observer {
  /** `place`: the target, or the returned expression. */
  readonly named: (place: Expression, value: PyValue, frame: Frame) => void;
  /** Tolerant mode: a call whose arguments are spread from what is not known. */
  readonly notCalled?: (callee: PyValue, call: ExpressionOf<'Call'>, frame: Frame) => void;
}

/** A statement that tolerant mode skipped. */
export interface Incident {
  readonly message: string;
  readonly span: SourceSpan | undefined;
}

const CHECK_INTERVAL = 4096;
/** Said once, however many conditions there are on the way. */
const UNDECIDED = 'it depends on a condition that is not known: ';

export class Interpreter {
  /** Writable: a script read tolerantly is then used strictly. */
  tolerant: boolean;
  readonly limits: Limits;
  readonly incidents: Incident[] = [];
  /** Paths given to open() for reading. */
  readonly openedFiles: { readonly path: string; readonly span: SourceSpan | undefined }[] = [];
  readonly growth = new Growth();
  /** What parsers of the command line gave. */
  readonly parsedOptions: PyValue[] = [];
  private readonly loader = new ModuleLoader(this, (module, text, file) => this.execute(module, text, file));
  readonly modules = this.loader.modules;
  /** The same as `sys.modules`. */
  readonly moduleTable = this.loader.table;
  readonly latentImports = this.loader.latentImports;
  readonly unreadable = this.loader.unreadable;
  readonly builtins: ReadonlyMap<string, PyValue>;
  /** Modules that star-import code which is not read: any of their undefined names may come from it. */
  readonly starImports = new Map<Scope, Unknown>();
  frame: Frame | undefined;
  depth = 0;
  /** `try` statements with handlers that are running, outermost first. */
  readonly waitingHandlers: { readonly frame: Frame; readonly handlers: readonly ExceptHandler[] }[] = [];
  steps = 0;
  /** Tolerant mode: number of enclosing branches and loops, in all frames, that may not run. */
  uncertain = 0;
  /** Tolerant mode: how often each function is running. */
  readonly running = new Map<FunctionSyntax, number>();
  /** Containers whose repr is being made, to end at cycles. */
  readonly representing = new Set<PyValue>();
  /** Makes the class for `type.__new__` while an interpreted metaclass runs. */
  classBuilder: ((name: string, bases: readonly PyClass[], attributes: Map<string, PyValue>) => PyClass) | undefined;
  readonly inMetaclassCall = new Set<PyClass>();
  /** Representatives of equal instances, by their `__hash__`, so that equal keys are one key. */
  readonly representatives = new Map<bigint, PyInstance[]>();
  private attributeError: PythonException | undefined;
  private readonly now: () => number;
  private nextCheck = CHECK_INTERVAL;
  private deadline = Infinity;
  private allocated = 0;

  readonly skips: InterpreterOptions['skips'];
  readonly skippedCall: InterpreterOptions['skippedCall'];

  constructor(readonly options: InterpreterOptions = {}) {
    this.skips = options.skips;
    this.skippedCall = options.skippedCall;
    this.tolerant = options.mode === 'tolerant';
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.now = options.now ?? workTime;
    this.builtins = makeBuiltins();
  }

  // ── running

  /**
   * Runs a file's text as a module; its relative imports are those of `importedAs`. Throws `PythonSyntaxError` (strict mode),
   * `PythonException`, `TraceStop`.
   */
  runModule(source: string, file: string, name = '__main__', importedAs = name): PyModule {
    const module = new PyModule(name, file);
    module.attributes.set('__package__', importedAs.slice(0, Math.max(0, importedAs.lastIndexOf('.'))));
    return this.execute(module, source, file);
  }

  /** Runs a module of the bundled library; its definitions are read when they are first asked for. */
  runDefinitions(source: string, file: string, name: string): PyModule {
    const names = new DefinitionNames(source);
    const module = new PyModule(name, file, undefined, undefined, names);
    names.run = ({ text, names: [first = ''] }) => {
      this.executeIn(module, text, `${file}/${first}`);
    };
    module.attributes.set('__package__', name.slice(0, Math.max(0, name.lastIndexOf('.'))));
    return this.execute(module, names.head, file);
  }

  private execute(module: PyModule, text: string, file: string): PyModule {
    this.loader.add(module.name, module);
    module.attributes.set('__name__', module.name);
    module.attributes.set('__file__', file);
    module.attributes.set('__doc__', null);
    try {
      this.executeIn(module, text, file);
    } catch (error) {
      this.loader.remove(module.name);
      throw error;
    }
    return module;
  }

  /** Runs statements in a module's namespace. */
  private executeIn(module: PyModule, text: string, file: string): void {
    const begun = this.now();
    const isLibrary = isLibraryFile(file);
    const { source, body } = parseCached(text, file, { strict: isLibrary || !this.tolerant });
    // Packages are many files; parsing them is bounded by their number and is not the program's time.
    if (isLibrary) this.deadline += this.now() - begun;
    const scope = new Scope('module', module.attributes, undefined, undefined);
    const frame = new Frame(this, scope, source, module, this.frame, undefined, '<module>');
    this.guard(() => this.within(frame, () => executeBlock(body, frame)), frame);
  }

  /** Evaluates an expression in a module's namespace, e.g. `ResNet(BasicBlock, [2, 2, 2, 2])`. */
  evaluateExpression(text: string, module: PyModule, file = '<expression>'): PyValue {
    return this.evaluateSyntax(parseExpressionText(text, file), module);
  }

  /** As `evaluateExpression`, of an expression that was parsed. */
  evaluateSyntax(
    { source, expression }: { readonly source: SourceFile; readonly expression: Expression },
    module: PyModule,
  ): PyValue {
    const scope = new Scope('module', module.attributes, undefined, undefined);
    const frame = new Frame(this, scope, source, module, undefined, undefined, '<expression>');
    return this.guard(() => this.within(frame, () => evaluate(expression, frame)), frame);
  }

  /** eval(text) and exec(text) in the scope of the calling frame. */
  evaluateIn(frame: Frame, text: string, mode: 'eval' | 'exec', scope: Scope = frame.scope): PyValue {
    const file = frame.source.isLibrary ? frame.source.file : `<string>`;
    if (mode === 'eval') {
      const { source, expression } = parseExpressionText(text, file);
      const inner = new Frame(this, scope, source, frame.module, frame, undefined, '<string>');
      return this.within(inner, () => evaluate(expression, inner));
    }
    const { source, body } = parseModule(text, file, { strict: true });
    const inner = new Frame(this, scope, source, frame.module, frame, undefined, '<string>');
    this.within(inner, () => executeBlock(body, inner));
    return null;
  }

  /** Starts the clock at the outermost entry, and turns an exhausted stack into an error with a place. */
  private guard<T>(run: () => T, frame = this.frame): T {
    const outermost = this.deadline === Infinity;
    if (outermost) {
      this.deadline = this.now() + this.limits.seconds * 1000;
      this.nextCheck = this.steps + CHECK_INTERVAL;
    }
    try {
      return run();
    } catch (error) {
      if (error instanceof RangeError) throw this.limit('calls or data structures nested too deeply', frame, error);
      throw error;
    } finally {
      if (outermost) this.deadline = Infinity;
    }
  }

  /** Several runs under one limit of time; a limit that is there already stays. */
  withinSeconds<T>(seconds: number, run: () => T): T {
    const before = this.deadline;
    this.deadline = Math.min(before, this.now() + seconds * 1000);
    this.nextCheck = Math.min(this.nextCheck, this.steps + CHECK_INTERVAL);
    try {
      return run();
    } finally {
      this.deadline = before;
    }
  }

  /** Makes a frame current while `run` runs. */
  within<T>(frame: Frame, run: () => T): T {
    const caller = this.enter(frame);
    try {
      return run();
    } finally {
      this.leave(caller);
    }
  }

  enter(frame: Frame): Frame | undefined {
    const caller = this.frame;
    if (++this.depth > this.limits.depth) {
      this.depth--;
      throw this.limit(`more than ${this.limits.depth} calls inside each other (Python would raise RecursionError)`);
    }
    this.frame = frame;
    this.step();
    return caller;
  }

  leave(caller: Frame | undefined): void {
    this.frame = caller;
    this.depth--;
  }

  /** Counts one step of work; ends runs that exceed the limits. */
  step(): void {
    if (++this.steps >= this.nextCheck) this.checkLimits();
  }

  /** Counts work outside the program's own steps; much of it at once is followed by a look at the clock. */
  spend(steps: number): void {
    this.steps += steps;
    if (this.steps >= this.nextCheck || steps >= CHECK_INTERVAL) this.checkLimits();
  }

  private checkLimits(): void {
    this.nextCheck = this.steps + CHECK_INTERVAL;
    if (this.options.cancelled?.() === true) throw new ReadingCancelled();
    if (this.steps > this.limits.steps)
      throw this.limit(`the program did not end within ${this.limits.steps.toLocaleString('en')} steps`);
    this.checkTime();
  }

  /** For loops that may do much in few steps. */
  checkTime(): void {
    if (this.now() > this.deadline) throw this.limit(`the program did not end within ${this.limits.seconds} s`);
  }

  private limit(reason: string, frame = this.frame, cause?: unknown): LimitExceeded {
    const stop = new LimitExceeded(
      reason,
      (frame?.userFrame ?? frame)?.span,
      'a loop or recursion that does not end, or work that belongs into the training, not the model',
    );
    if (cause !== undefined) stop.cause = cause;
    return stop;
  }

  /** Refuses containers and strings beyond any real need, before they are made. */
  requireSize(count: number): void {
    if (count > this.limits.containerSize)
      throw this.limit(
        `a container or string of ${count.toLocaleString('en')} elements exceeds the limit of ${this.limits.containerSize.toLocaleString('en')}`,
      );
  }

  /** `requireSize`, and counts towards what one run may allocate in bulk. */
  allocate(count: number): void {
    this.requireSize(count);
    this.allocated += count;
    if (this.allocated > TOTAL_ELEMENTS) throw this.limit('the program makes containers of too many elements in all');
  }

  requireIntSize(bits: number): void {
    if (bits > this.limits.intBits)
      throw this.limit(`an int of more than ${this.limits.intBits} bits exceeds the limit`);
  }

  // ── errors

  /** The user's expression being evaluated; inside library code, the user's call. */
  get currentSpan(): SourceSpan | undefined {
    return (this.frame?.userFrame ?? this.frame)?.span;
  }

  /** Raises a built-in Python exception, e.g. `raise('ValueError', '…')`. */
  raise(kind: string, message: string): never {
    return this.raiseWith(kind, message === '' ? [] : [message]);
  }

  raiseWith(kind: string, args: readonly PyValue[]): never {
    throw this.exceptionFor(makeException(kind, args));
  }

  exceptionFor(value: PyInstance): PythonException {
    const text = exceptionText(this, value);
    const description = text === '' ? value.cls.name : `${value.cls.name}: ${text}`;
    return new PythonException(value, description, this.currentSpan);
  }

  /** Ends the trace at the user's current expression. */
  stop(reason: string, hint?: string): never {
    throw new TraceStop(reason, this.currentSpan, hint);
  }

  stopAtUnknown(reason: string, unknown: Unknown): never {
    const { origin } = unknown;
    const where = origin === undefined ? '' : ` (from ${origin.file}:${origin.line}:${origin.column})`;
    throw new UnknownStop(`${reason}: ${unknown.reason}${where}`, this.currentSpan, unknown);
  }

  /** Keeps the AttributeError raised by a class's own `__getattr__`, whose message is the better one. */
  keepAttributeError(error: PythonException): void {
    this.attributeError = error;
  }

  takeAttributeError(): PythonException | undefined {
    const error = this.attributeError;
    this.attributeError = undefined;
    return error;
  }

  isException(value: PyInstance): boolean {
    return value.cls.isSubclassOf(baseExceptionClass);
  }

  isKindOfClass(cls: PyClass, kind: string): boolean {
    const expected = exceptionClasses.get(kind);
    return expected !== undefined && cls.isSubclassOf(expected);
  }

  isKind(error: PythonException, kind: string): boolean {
    return this.isKindOfClass(error.value.cls, kind);
  }

  record(error: PythonException | TraceStop | PythonSyntaxError): void {
    this.incidents.push({
      message: error instanceof PythonException ? error.description : error.message,
      span: error.span,
    });
  }

  // ── values

  call(callee: PyValue, args: readonly PyValue[] = [], kwargs?: ReadonlyMap<string, PyValue>): PyValue {
    if (this.deadline !== Infinity) return callValue(this, callee, args, kwargs);
    return this.guard(() => callValue(this, callee, args, kwargs));
  }

  /** obj.name(*args): without making a bound method. */
  callMethod(
    object: PyValue,
    name: string,
    args: readonly PyValue[] = [],
    kwargs?: ReadonlyMap<string, PyValue>,
  ): PyValue {
    return invokeMethod(this, object, name, [...args], kwargs);
  }

  getAttribute(object: PyValue, name: string): PyValue {
    return getAttribute(this, object, name);
  }

  /** undefined instead of AttributeError. */
  findAttribute(object: PyValue, name: string): PyValue | undefined {
    return findAttribute(this, object, name);
  }

  setAttribute(object: PyValue, name: string, value: PyValue): void {
    setAttribute(this, object, name, value);
  }

  deleteAttribute(object: PyValue, name: string): void {
    deleteAttribute(this, object, name);
  }

  getItem(object: PyValue, index: PyValue): PyValue {
    return getItem(this, object, index);
  }

  setItem(object: PyValue, index: PyValue, value: PyValue): void {
    setItem(this, object, index, value);
  }

  deleteItem(object: PyValue, index: PyValue): void {
    deleteItem(this, object, index);
  }

  /** bool(value). Stops on an Unknown. */
  truth(value: PyValue): boolean {
    return truth(this, value);
  }

  iterate(value: PyValue): Iterable<PyValue> {
    return iterate(this, value);
  }

  /** All items of an iterable; refuses more than a container may hold before they are made, where that is known. */
  collect(value: PyValue): PyValue[] {
    const length = value instanceof PyIterator ? undefined : this.knownLength(value);
    if (length !== undefined) this.allocate(length);
    const items: PyValue[] = [];
    for (const item of iterate(this, value)) {
      items.push(item);
      this.step();
      if (items.length > this.limits.containerSize) this.requireSize(items.length);
    }
    return items;
  }

  /** As `iterate`, with the message of an assignment to several targets. */
  iterateToUnpack(value: PyValue): Iterable<PyValue> {
    if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean' || value === null)
      this.raise('TypeError', `cannot unpack non-iterable ${typeOf(value).name} object`);
    return iterate(this, value);
  }

  /** len(value) of a built-in container without calling user code. */
  knownLength(value: PyValue): number | undefined {
    if (value instanceof PyList || value instanceof PyTuple) return value.items.length;
    if (value instanceof PyDict) return value.size;
    if (value instanceof PySet) return value.elements.size;
    if (value instanceof PyRange) return Number(rangeLength(value));
    if (value instanceof PyBytes) return value.data.length;
    if (typeof value === 'string') return /[\ud800-\udfff]/.test(value) ? codePointList(value).length : value.length;
    return undefined;
  }

  /** len(value) */
  length(value: PyValue): number {
    if (typeof value === 'object' && value !== null) {
      const grown = this.growth.causeOf(value);
      if (grown !== undefined) this.stopAtUnknown('a length that the source does not determine', grown);
      const cls = typeOf(value);
      const method = cls.lookup('__len__');
      if (method !== undefined && !(method instanceof NativeFunction && this.knownLength(value) !== undefined)) {
        const length = callValue(this, method, [value], undefined);
        if (length instanceof Unknown) this.stopAtUnknown('a length that the source does not determine', length);
        return this.toInt(length, '__len__()');
      }
      if (value instanceof PyClass && value.enumMembers !== undefined) return new Set(value.enumMembers.values()).size;
      if (value instanceof Unknown)
        this.stopAtUnknown('the length depends on a value that the source does not determine', value);
    }
    const known = this.knownLength(scalarOf(value));
    return known ?? this.raise('TypeError', `object of type '${typeOf(value).name}' has no len()`);
  }

  binary(operator: BinaryOperator, left: PyValue, right: PyValue): PyValue {
    return binary(this, operator, left, right);
  }

  compare(operator: CompareOperator, left: PyValue, right: PyValue): PyValue {
    return compare(this, operator, left, right);
  }

  /** left == right as a boolean. */
  equals(left: PyValue, right: PyValue): boolean {
    if (typeof left !== 'object' && typeof right !== 'object') return equals(this, left, right);
    return isIdentical(left, right) || this.truth(compare(this, '==', left, right));
  }

  isInstance(value: PyValue, cls: PyClass): boolean {
    return typeOf(value).isSubclassOf(cls);
  }

  typeOf(value: PyValue): PyClass {
    return typeOf(value);
  }

  repr(value: PyValue): string {
    return repr(this, value);
  }

  str(value: PyValue): string {
    return str(this, value);
  }

  list(items: PyValue[]): PyList {
    return new PyList(items);
  }

  /** A JavaScript iterable as a Python iterator. */
  iterator(items: Iterable<PyValue>, typeName = 'iterator', length?: number): PyIterator {
    const source = items[Symbol.iterator]();
    return new PyIterator(
      {
        next: () => {
          const { done, value } = source.next() as IteratorResult<PyValue, PyValue>;
          return done === true ? { done, value: null } : { done: false, value };
        },
      },
      typeName,
      length,
    );
  }

  /** Keys and values of a mapping: a dict, or anything with `keys()` and `[]`. */
  mappingEntries(value: PyValue): [PyValue, PyValue][] {
    if (value instanceof PyDict) return value.entries();
    if (value instanceof Unknown) return this.stopAtUnknown('a mapping that the source does not determine', value);
    const keys = findAttribute(this, value, 'keys');
    if (keys === undefined) return this.raise('TypeError', `'${typeOf(value).name}' object is not a mapping`);
    return this.collect(this.call(keys)).map((key) => [key, this.getItem(value, key)]);
  }

  /** `module.` of a function defined in Python, for the one message that shows it. */
  moduleOf(callee: PyValue): string {
    if (callee instanceof PyFunction) return `${callee.module.name}.`;
    return callee instanceof PyBoundMethod ? this.moduleOf(callee.callee) : '';
  }

  calleeName(callee: PyValue): string {
    if (typeof callee === 'string') return callee;
    if (callee instanceof PyFunction) return callee.qualifiedName;
    if (callee instanceof PyBoundMethod) return this.calleeName(callee.callee);
    return callee instanceof NativeFunction || callee instanceof PyClass ? callee.name : 'function';
  }

  /** Zero-argument super() in the given frame. */
  superOf(frame: Frame): PyValue {
    for (let scope: Scope | undefined = frame.scope; scope !== undefined; scope = scope.parent) {
      if (scope.kind !== 'class') continue;
      if (frame.firstArgument === undefined) break;
      // In a metaclass's or __new__'s body the class may not exist yet; then there is nothing to look up after it.
      if (scope.definedClass === undefined) break;
      return new PySuper(scope.definedClass, frame.firstArgument);
    }
    return this.raise('RuntimeError', 'super(): no arguments');
  }

  /** `int | None` as a value: usable in isinstance, otherwise a type without meaning. */
  unionOfTypes(a: PyValue, b: PyValue): PyValue {
    const members = (value: PyValue): readonly PyValue[] =>
      value instanceof PyTuple && value.structName === 'UnionType' ? value.items : [value];
    return new PyTuple([...members(a), ...members(b)], undefined, 'UnionType');
  }

  // ── conversions

  /** An index: int, bool or `__index__`. `message` is for other types. */
  indexOf(value: PyValue, message: () => string): number {
    if (typeof value === 'bigint') return Number(value);
    return Number(this.asIndex(value) ?? this.raise('TypeError', message()));
  }

  private asIndex(value: PyValue): bigint | undefined {
    if (typeof value === 'bigint') return value;
    if (typeof value === 'boolean') return BigInt(value);
    if (value instanceof Unknown)
      return this.stopAtUnknown('an integer is needed here that the source does not determine', value);
    const scalar = scalarOf(value);
    if (typeof scalar === 'bigint') return scalar;
    const method = typeof value === 'object' ? typeOf(value).lookup('__index__') : undefined;
    if (method === undefined) return undefined;
    const index = callValue(this, method, [value], undefined);
    return typeof index === 'bigint' ? index : undefined;
  }

  requireInt(value: PyValue, what: string): bigint {
    return (
      this.asIndex(value) ??
      this.raise('TypeError', `${what}: '${typeOf(value).name}' object cannot be interpreted as an integer`)
    );
  }

  /** As `requireInt`, for numbers that must fit 53 bits. */
  toInt(value: PyValue, what: string): number {
    const int = this.requireInt(value, what);
    if (int > BigInt(Number.MAX_SAFE_INTEGER) || int < BigInt(Number.MIN_SAFE_INTEGER))
      this.raise('OverflowError', `${what}: int too large`);
    return Number(int);
  }

  floatToInt(value: number): bigint {
    if (Number.isNaN(value)) return this.raise('ValueError', 'cannot convert float NaN to integer');
    if (!Number.isFinite(value)) return this.raise('OverflowError', 'cannot convert float infinity to integer');
    return BigInt(Math.trunc(value));
  }

  toNumber(value: PyValue, what: string): number {
    if (typeof value === 'number') return value;
    const method = typeof value === 'object' && value !== null ? typeOf(value).lookup('__float__') : undefined;
    if (method !== undefined) {
      const float = callValue(this, method, [value], undefined);
      if (typeof float === 'number') return float;
    }
    const scalar = scalarOf(value);
    if (typeof scalar === 'number') return scalar;
    const int = this.asIndex(value);
    if (int === undefined) return this.raise('TypeError', `${what}: must be real number, not ${typeOf(value).name}`);
    const number = Number(int);
    return Number.isFinite(number) ? number : this.raise('OverflowError', 'int too large to convert to float');
  }

  toText(value: PyValue, what: string): string {
    const scalar = scalarOf(value);
    if (typeof scalar === 'string') return scalar;
    if (value instanceof Unknown)
      return this.stopAtUnknown('a text is needed here that the source does not determine', value);
    return this.raise('TypeError', `${what}: expected str, not ${typeOf(value).name}`);
  }

  // ── modules

  /** `import name`: from `libraries`, the standard library, or `sources`; else ModuleNotFoundError. */
  importModule(name: string, fromFile?: string): PyModule {
    return this.loader.importModule(name, fromFile);
  }

  importOrUnknown(name: string, frame: Frame): PyModule | Unknown {
    return this.loader.importOrUnknown(name, frame);
  }

  findModule(name: string, frame: Frame): PyModule | undefined {
    return this.loader.findModule(name, frame);
  }

  isLibraryModule(module: PyModule): boolean {
    return this.loader.isLibraryModule(module);
  }

  librarySubmodule(parent: string, name: string): PyModule | undefined {
    return this.loader.librarySubmodule(parent, name);
  }

  latentName(module: PyModule, name: string): PyValue | undefined {
    return this.loader.latentName(module, name);
  }

  /** Runs bundled Python source as a library module; `file` looks like `<torch>/nn/linear.py`. */
  runLibrarySource(source: string, file: string, name: string): PyModule {
    const module = this.runModule(source, file, name);
    this.loader.markAsLibrary(module);
    return module;
  }

  /** open(): texts that the source provider has; anything else is unknown. */
  openFile(path: PyValue, mode: string): PyValue {
    const name = typeof path === 'string' ? path : path instanceof PyInstance ? str(this, path) : undefined;
    if (name !== undefined && !/[wax+]/.test(mode)) this.openedFiles.push({ path: name, span: this.currentSpan });
    const text = name === undefined || /[wax+b]/.test(mode) ? undefined : this.options.sources?.read(name);
    if (text === undefined)
      return new Unknown(`the file ${name === undefined ? '' : `'${name}' `}is not read`, this.currentSpan);
    return makeTextFile(text);
  }

  // ── tolerant mode

  /** Library code is exact in both modes. */
  isTolerantIn(frame: Frame): boolean {
    return this.tolerant && !frame.source.isLibrary;
  }

  /** One of two values, depending on what is not known. */
  join(a: PyValue, b: PyValue, cause: Unknown): PyValue {
    if (isIdentical(a, b)) return a;
    if (a instanceof Unknown) return a;
    const same = this.options.same?.(a, b);
    if (same !== undefined) return same;
    if (typeof a !== 'object' && typeof b !== 'object' && equals(this, a, b)) return a;
    return new Unknown(`${UNDECIDED}${cause.reason.replace(UNDECIDED, '')}`, cause.origin);
  }

  joinReturns(frame: Frame): PyValue {
    const values = [...(frame.possibleReturns ?? []), frame.returnValue];
    return values.reduce((a, b) =>
      this.join(a, b, new Unknown('the function may return several values', this.currentSpan)),
    );
  }

  /** Whether a loop over it is run in full in tolerant mode: the small literal collections that configure things. */
  isShort(value: PyValue): boolean {
    const length = this.lengthOfCollection(value);
    return length !== undefined && length <= 32;
  }

  /** Of a collection or what goes over one (`enumerate`, `zip`); undefined of numbers that are counted. */
  lengthOfCollection(value: PyValue): number | undefined {
    if (value instanceof PyIterator) return value.length;
    return value instanceof PyRange ? undefined : this.knownLength(value);
  }
}
