/**
 * The abstract interpreter: runs Python by its own rules, reaches files only through the injected `SourceProvider`,
 * and always ends (limits on steps, depth, time and container sizes).
 */
import type { SourceSpan } from '../graph/node';
import { PythonException, TraceStop } from './errors';
import type { BinaryOperator, CompareOperator } from './syntax';
import type { PyClass, PyModule, PyValue } from './values';

/** Where Python text comes from: workspace files, unsaved editor text. Paths are what it hands out itself. */
export interface SourceProvider {
  /** Text of a data file (json, yaml) next to the code. */
  read(path: string): string | undefined;
  /**
   * The module `name` (absolute, dotted) imported by the file `fromFile`. `isPackage`: it is an `__init__.py` or a
   * folder without one (then `source` is empty).
   */
  resolveModule(name: string, fromFile: string): { file: string; source: string; isPackage: boolean } | undefined;
}

export interface Limits {
  readonly steps: number;
  readonly seconds: number;
  readonly depth: number;
  /** Elements of one container, characters of one string. */
  readonly containerSize: number;
  /** Bits of one int. */
  readonly intBits: number;
}

export interface InterpreterOptions {
  readonly sources?: SourceProvider;
  readonly libraries?: ReadonlyMap<string, (interpreter: Interpreter) => PyModule>;
  /** `tolerant`: for training scripts; statements that fail are recorded and skipped. */
  readonly mode?: 'strict' | 'tolerant';
  readonly limits?: Partial<Limits>;
  /** Milliseconds, for the time limit. */
  readonly now?: () => number;
}

/** A statement that tolerant mode skipped. */
export interface Incident {
  readonly message: string;
  readonly span: SourceSpan | undefined;
}

const unfinished = (): never => {
  throw new TraceStop('the interpreter is being written', undefined);
};

export class Interpreter {
  readonly incidents: Incident[] = [];
  readonly modules = new Map<string, PyModule>();
  constructor(readonly options: InterpreterOptions = {}) {}

  /** The user's expression being evaluated; inside library code, the user's call. */
  get currentSpan(): SourceSpan | undefined {
    return undefined;
  }
  /** `import name`: from `libraries`, the standard library, or `sources`; else ModuleNotFoundError (strict) or an unknown module. */
  importModule(name: string, _fromFile?: string): PyModule {
    return this.modules.get(name) ?? unfinished();
  }
  /** Runs a file's text as a module. */
  runModule(_source: string, _file: string, _name = '__main__'): PyModule {
    return unfinished();
  }
  call(_callee: PyValue, _args: readonly PyValue[] = [], _kwargs?: ReadonlyMap<string, PyValue>): PyValue {
    return unfinished();
  }
  /** obj.name(*args): without making a bound method. */
  callMethod(_object: PyValue, _name: string, _args: readonly PyValue[] = []): PyValue {
    return unfinished();
  }
  getAttribute(_object: PyValue, _name: string): PyValue {
    return unfinished();
  }
  /** undefined instead of AttributeError. */
  findAttribute(_object: PyValue, _name: string): PyValue | undefined {
    return unfinished();
  }
  setAttribute(_object: PyValue, _name: string, _value: PyValue): void {
    unfinished();
  }
  getItem(_object: PyValue, _index: PyValue): PyValue {
    return unfinished();
  }
  setItem(_object: PyValue, _index: PyValue, _value: PyValue): void {
    unfinished();
  }
  /** bool(value). Stops on an Unknown in strict mode. */
  truth(_value: PyValue): boolean {
    return unfinished();
  }
  iterate(_value: PyValue): Iterable<PyValue> {
    return unfinished();
  }
  /** len(value) */
  length(_value: PyValue): number {
    return unfinished();
  }
  binary(_operator: BinaryOperator, _left: PyValue, _right: PyValue): PyValue {
    return unfinished();
  }
  compare(_operator: CompareOperator, _left: PyValue, _right: PyValue): PyValue {
    return unfinished();
  }
  /** left == right as a boolean. */
  equals(_left: PyValue, _right: PyValue): boolean {
    return unfinished();
  }
  isInstance(_value: PyValue, _cls: PyClass): boolean {
    return unfinished();
  }
  typeOf(_value: PyValue): PyClass {
    return unfinished();
  }
  repr(_value: PyValue): string {
    return unfinished();
  }
  str(_value: PyValue): string {
    return unfinished();
  }
  /** Evaluates an expression in a module's namespace, e.g. `ResNet(BasicBlock, [2, 2, 2, 2])`. */
  evaluateExpression(_text: string, _module: PyModule): PyValue {
    return unfinished();
  }
  toNumber(_value: PyValue, _what: string): number {
    return unfinished();
  }
  toInt(_value: PyValue, _what: string): number {
    return unfinished();
  }
  toText(_value: PyValue, _what: string): string {
    return unfinished();
  }
  /** Raises a built-in Python exception, e.g. `raise('ValueError', '…')`. */
  raise(_kind: string, _message: string): never {
    throw unfinished() as PythonException;
  }
  /** Ends the trace at the user's current expression. */
  stop(reason: string, hint?: string): never {
    throw new TraceStop(reason, this.currentSpan, hint);
  }
}
