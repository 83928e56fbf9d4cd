/**
 * The pickle machine: a stack, a memo and an allow-list.
 *
 * It rebuilds plain containers and what the given table of globals knows; every other class or function becomes an
 * OpaqueObject. Nothing of the file is ever executed, imported or looked up by name outside that table.
 */
import type { CheckpointWarning } from '../checkpoint';
import { cost, PickleBudget } from './budget';
import { Memo } from './memo';
import { opcodeNames, type OpcodeName } from './opcodes';
import type { PickleReader } from './reader';
import { isDangerousGlobal } from './refusedGlobals';
import {
  GlobalReference,
  OpaqueObject,
  PickleDict,
  PickleObject,
  PickleSet,
  storedRange,
  type PickleValue,
} from './values';

/** Rebuilds the result of a call; undefined when the arguments are not what it expects. */
export type GlobalCall = (
  args: readonly PickleValue[],
  context: PickleContext,
) => PickleValue | undefined | Promise<PickleValue | undefined>;

/** What an allowed global stands for: a constant value, or a call. */
export type AllowedGlobal = { readonly value: PickleValue } | { readonly call: GlobalCall };

export type AllowedGlobals = (module: string, name: string) => AllowedGlobal | undefined;

export interface PickleContext {
  /** For error messages. */
  readonly file: string;
  /** Nesting of pickles inside pickles. */
  readonly depth: number;
  readonly budget: PickleBudget;
  readonly fail: (reason: string) => never;
}

export interface PickleEnvironment {
  readonly globals: AllowedGlobals;
  /** Resolves a persistent id, e.g. torch's storages. */
  readonly persistentLoad?: (id: PickleValue, context: PickleContext) => PickleValue | undefined;
  readonly warnings: CheckpointWarning[];
  readonly budget: PickleBudget;
  readonly depth: number;
}

/** Strings and bytes up to this length are kept in memory. */
const LONGEST_INLINE = 1 << 16;
const LONGEST_LINE = 1 << 24;
const LONGEST_NAME = 1 << 12;
/** Bytes of an integer; seeds and random states stay far below. */
const LONGEST_INTEGER = 64;

const MARK = Symbol('mark');
type StackItem = PickleValue | typeof MARK;

export class PickleMachine {
  private readonly stack: StackItem[] = [];
  private readonly memo = new Memo();
  private largestStack = 0;
  private instructionStart = 0;
  private readonly named = new Set<string>();
  private readonly context: PickleContext;

  constructor(
    private readonly reader: PickleReader,
    private readonly environment: PickleEnvironment,
  ) {
    this.context = {
      file: reader.source.name,
      depth: environment.depth,
      budget: environment.budget,
      fail: (reason) => this.fail(reason),
    };
  }

  /** Runs to STOP and returns the value; the reader then stands behind it. Throws a CheckpointError. */
  async load(): Promise<PickleValue> {
    const { reader, environment } = this;
    for (;;) {
      if (reader.mustFill) await reader.fill();
      this.instructionStart = reader.position;
      const exhausted = environment.budget.step();
      if (exhausted !== undefined) this.fail(exhausted);
      const code = reader.byte();
      const name = opcodeNames[code];
      if (name === undefined) this.fail(`byte 0x${code.toString(16).padStart(2, '0')} is no pickle instruction`);
      if (name === 'STOP') return this.pop();
      const pending = this.instructions[name]();
      if (pending !== undefined) await pending;
      if (this.stack.length > this.largestStack) {
        this.largestStack = this.stack.length;
        this.spend(cost.slot);
      }
    }
  }

  private readonly instructions: Readonly<Record<OpcodeName, () => void | Promise<void>>> = {
    STOP: () => undefined,
    PROTO: () => {
      const protocol = this.reader.byte();
      if (protocol > 5) this.fail(`pickle protocol ${protocol} does not exist`);
    },
    FRAME: () => void this.reader.uint64(),
    MARK: () => void this.stack.push(MARK),
    POP: () => void this.popItem(),
    POP_MARK: () => void this.popToMark(),
    DUP: () => this.push(this.top()),

    NONE: () => this.push(null),
    NEWTRUE: () => this.push(true),
    NEWFALSE: () => this.push(false),
    INT: () => this.withLine((line) => this.pushDecimal(line)),
    LONG: () => this.withLine((line) => this.pushDecimal(line)),
    BININT: () => this.push(this.reader.int32()),
    BININT1: () => this.push(this.reader.byte()),
    BININT2: () => this.push(this.reader.uint16()),
    LONG1: () => this.pushLong(this.reader.byte()),
    LONG4: () => this.pushLong(this.reader.uint32()),
    FLOAT: () => this.withLine((line) => this.push(this.decimalFloat(line), cost.number)),
    BINFLOAT: () => this.push(this.reader.bigEndianDouble(), cost.number),

    STRING: () => this.withLine((line) => this.push(this.quotedString(line), cost.number + line.length), LONGEST_LINE),
    BINSTRING: () => this.pushBytes(this.reader.uint32(), latin1),
    SHORT_BINSTRING: () => this.pushBytes(this.reader.byte(), latin1),
    UNICODE: () =>
      this.withLine((line) => this.push(rawUnicodeEscape(line), cost.number + 2 * line.length), LONGEST_LINE),
    SHORT_BINUNICODE: () => this.pushText(this.reader.byte()),
    BINUNICODE: () => this.pushText(this.reader.uint32()),
    BINUNICODE8: () => this.pushText(this.reader.uint64()),
    BINBYTES: () => this.pushBytes(this.reader.uint32(), copy),
    SHORT_BINBYTES: () => this.pushBytes(this.reader.byte(), copy),
    BINBYTES8: () => this.pushBytes(this.reader.uint64(), copy),
    BYTEARRAY8: () => this.pushBytes(this.reader.uint64(), copy),
    NEXT_BUFFER: () => this.fail('the pickle keeps its buffers outside the file'),
    READONLY_BUFFER: () => undefined,

    EMPTY_LIST: () => this.push([], cost.container),
    EMPTY_TUPLE: () => this.push([], cost.container),
    EMPTY_DICT: () => this.push(new PickleDict(), cost.dict),
    EMPTY_SET: () => this.push(new PickleSet(), cost.container),
    LIST: () => this.pushItems(this.popToMark()),
    TUPLE: () => this.pushItems(this.popToMark()),
    TUPLE1: () => this.pushItems(this.popLast(1)),
    TUPLE2: () => this.pushItems(this.popLast(2)),
    TUPLE3: () => this.pushItems(this.popLast(3)),
    DICT: () => {
      const items = this.popToMark();
      const dict = new PickleDict();
      this.spend(cost.dict);
      this.setItems(dict, items);
      this.push(dict);
    },
    FROZENSET: () => {
      const set = new PickleSet();
      const items = this.popToMark();
      this.spend(cost.container);
      this.extend(set.items, items);
      this.push(set);
    },
    APPEND: () => {
      const item = this.pop();
      this.extend(this.listItems(this.top()), [item]);
    },
    APPENDS: () => {
      const items = this.popToMark();
      this.extend(this.listItems(this.top()), items);
    },
    SETITEM: () => {
      const pair = this.popLast(2);
      this.setItems(this.top(), pair);
    },
    SETITEMS: () => {
      const items = this.popToMark();
      this.setItems(this.top(), items);
    },
    ADDITEMS: () => {
      const items = this.popToMark();
      const target = this.top();
      this.extend(target instanceof PickleSet ? target.items : this.listItems(target), items);
    },

    PUT: () => this.withLine((line) => this.remember(this.index(line))),
    BINPUT: () => this.remember(this.reader.byte()),
    LONG_BINPUT: () => this.remember(this.reader.uint32()),
    MEMOIZE: () => this.remember(this.memo.size),
    GET: () => this.withLine((line) => this.recall(this.index(line))),
    BINGET: () => this.recall(this.reader.byte()),
    LONG_BINGET: () => this.recall(this.reader.uint32()),

    GLOBAL: () => this.withLine((module) => this.withLine((name) => this.pushGlobal(module, name))),
    STACK_GLOBAL: () => {
      const [module, name] = this.popLast(2);
      if (typeof module !== 'string' || typeof name !== 'string') this.fail('the name of a global is not a string');
      this.pushGlobal(module, name);
    },
    EXT1: () => this.pushGlobal('copyreg', `extension_${this.reader.byte()}`),
    EXT2: () => this.pushGlobal('copyreg', `extension_${this.reader.uint16()}`),
    EXT4: () => this.pushGlobal('copyreg', `extension_${this.reader.uint32()}`),
    REDUCE: () => {
      const args = this.popArguments();
      return this.call(this.pop(), args);
    },
    NEWOBJ: () => {
      const args = this.popArguments();
      return this.call(this.pop(), args);
    },
    NEWOBJ_EX: () => {
      const keywords = this.pop();
      const args = this.popArguments();
      return this.call(this.pop(), [...args, keywords]);
    },
    INST: () =>
      this.withLine((module) =>
        this.withLine((name) => {
          this.pushGlobal(module, name);
          const callee = this.pop();
          return this.call(callee, this.popToMark());
        }),
      ),
    OBJ: () => {
      const [callee, ...args] = this.popToMark();
      if (callee === undefined) this.fail('OBJ without a class');
      return this.call(callee, args);
    },
    BUILD: () => {
      const state = this.pop();
      const target = this.top();
      if (target instanceof PickleObject) target.setState?.(state);
    },
    PERSID: () => this.withLine((line) => this.pushPersistent(line)),
    BINPERSID: () => this.pushPersistent(this.pop()),
  };

  private fail(reason: string): never {
    return this.reader.fail(reason, this.instructionStart);
  }

  private spend(bytes: number): void {
    const exhausted = this.environment.budget.spend(bytes);
    if (exhausted !== undefined) this.fail(exhausted);
  }

  /** `bytes` beyond the place on the stack, which `load` charges when the stack grows. */
  private push(value: PickleValue, bytes = 0): void {
    if (bytes > 0) this.spend(bytes);
    this.stack.push(value);
  }

  private popItem(): StackItem {
    const item = this.stack.pop();
    if (item === undefined) this.fail('the stack is empty');
    return item;
  }

  private pop(): PickleValue {
    const item = this.popItem();
    if (item === MARK) this.fail('a mark lies where a value is needed');
    return item;
  }

  private top(): PickleValue {
    const item = this.stack[this.stack.length - 1];
    if (item === undefined || item === MARK) this.fail('there is no value on the stack');
    return item;
  }

  private popLast(count: number): PickleValue[] {
    const items: PickleValue[] = [];
    for (let i = 0; i < count; i++) items.push(this.pop());
    return items.reverse();
  }

  private popToMark(): PickleValue[] {
    const items: PickleValue[] = [];
    for (;;) {
      const item = this.popItem();
      if (item === MARK) return items.reverse();
      items.push(item);
    }
  }

  private popArguments(): PickleValue[] {
    const args = this.pop();
    if (!Array.isArray(args)) this.fail('the arguments of a call are not a tuple');
    return args;
  }

  private pushItems(items: PickleValue[]): void {
    this.push(items, cost.container + cost.slot * items.length);
  }

  private listItems(target: PickleValue): PickleValue[] {
    if (Array.isArray(target)) return target;
    if (target instanceof OpaqueObject) return target.items;
    return this.fail('items are appended to something that is not a list');
  }

  private extend(target: PickleValue[], items: readonly PickleValue[]): void {
    this.spend(cost.slot * items.length);
    for (const item of items) target.push(item);
  }

  private setItems(target: PickleValue, items: readonly PickleValue[]): void {
    const dict = target instanceof OpaqueObject ? target.dict : target;
    if (!(dict instanceof PickleDict)) this.fail('entries are set on something that is not a dict');
    if (items.length % 2 !== 0) this.fail('a dict entry has no value');
    this.spend(cost.entry * (items.length / 2));
    for (let i = 0; i + 1 < items.length; i += 2) dict.set(items[i] ?? null, items[i + 1] ?? null);
  }

  private remember(index: number): void {
    this.spend(cost.memo);
    this.memo.set(index, this.top());
  }

  private recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) this.fail(`memo entry ${index} was never stored`);
    this.push(value);
  }

  private index(line: string): number {
    if (!/^\d{1,9}$/.test(line)) this.fail('a memo index is not a number');
    return Number(line);
  }

  /** `INT` and `LONG` of protocol 0: decimal digits; `00` and `01` are booleans, `L` ends a Python 2 long. */
  private pushDecimal(line: string): void {
    if (line === '00' || line === '01') {
      this.push(line === '01');
      return;
    }
    const digits = line.replace(/L$/, '').trim();
    if (!/^[+-]?\d{1,150}$/.test(digits)) this.fail('an integer has no valid digits');
    const value = Number(digits);
    this.push(Number.isSafeInteger(value) ? value : BigInt(digits.replace('+', '')), cost.number);
  }

  private decimalFloat(line: string): number {
    const text = line.trim();
    const special: Readonly<Record<string, number>> = { inf: Infinity, '-inf': -Infinity, nan: NaN, '-nan': NaN };
    const value = special[text] ?? Number(text === '' ? 'missing' : text);
    if (Number.isNaN(value) && !(text in special)) this.fail('a float has no valid digits');
    return value;
  }

  /** Two's complement, little-endian. */
  private async pushLong(length: number): Promise<void> {
    if (length > LONGEST_INTEGER) this.fail(`an integer of ${length} bytes`);
    const bytes = this.reader.bytesAtHand(length) ?? (await this.reader.bytes(length));
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
    const negative = ((bytes[length - 1] ?? 0) & 0x80) !== 0;
    this.push(shortest(negative ? value - (1n << BigInt(8 * length)) : value), cost.number + length);
  }

  /** Calls `use` with the next line, at once when it is in memory. */
  private withLine(use: (line: string) => void | Promise<void>, limit = LONGEST_NAME): void | Promise<void> {
    const line = this.reader.lineAtHand();
    return line === undefined ? this.reader.line(limit).then(use) : use(line);
  }

  private quotedString(line: string): string {
    const quote = line[0];
    if (line.length < 2 || (quote !== "'" && quote !== '"') || !line.endsWith(quote))
      this.fail('a string has no quotes');
    return stringEscapes(line.slice(1, -1));
  }

  private requireLength(length: number): void {
    const { reader } = this;
    const left = reader.source.size - reader.position;
    if (length > left) this.fail(`a value of ${length} bytes is announced, the file has ${left} left`);
  }

  private pushText(length: number): void | Promise<void> {
    this.requireLength(length);
    this.spend(2 * length);
    const finish = (bytes: Uint8Array): void => this.push(utf8.decode(bytes), cost.number);
    const atHand = this.reader.bytesAtHand(length);
    if (atHand === undefined) return this.reader.bytes(length).then(finish);
    finish(atHand);
  }

  /** Long bytes are left in the file. */
  private pushBytes(length: number, keep: (bytes: Uint8Array) => PickleValue): void | Promise<void> {
    this.requireLength(length);
    const { reader } = this;
    if (length > LONGEST_INLINE) {
      this.push(storedRange(reader.source, reader.position, length), cost.container);
      return reader.moveTo(reader.position + length);
    }
    const finish = (bytes: Uint8Array): void => this.push(keep(bytes), cost.object + length);
    const atHand = reader.bytesAtHand(length);
    if (atHand === undefined) return reader.bytes(length).then(finish);
    finish(atHand);
  }

  private pushGlobal(module: string, name: string): void {
    const allowed = this.environment.globals(module, name);
    if (allowed === undefined) this.reportGlobal(module, name);
    this.push(allowed && 'value' in allowed ? allowed.value : new GlobalReference(module, name), cost.object);
  }

  private reportGlobal(module: string, name: string): void {
    const qualified = `${module}.${name}`;
    if (this.named.has(qualified) || !isDangerousGlobal(module, name)) return;
    this.named.add(qualified);
    this.environment.warnings.push({
      code: 'HL404',
      message: `refused '${qualified}': loading this file in Python can run code of its author`,
      where: `${this.reader.place}, byte ${this.instructionStart}`,
    });
  }

  private call(callee: PickleValue, args: readonly PickleValue[]): void | Promise<void> {
    this.spend(cost.dict);
    const finish = (result: PickleValue | undefined): void =>
      this.push(result === undefined ? opaque(callee, args) : result);
    const allowed =
      callee instanceof GlobalReference ? this.environment.globals(callee.module, callee.globalName) : undefined;
    const result = allowed && 'call' in allowed ? allowed.call(args, this.context) : undefined;
    if (result instanceof Promise) return result.then(finish);
    finish(result);
  }

  private pushPersistent(id: PickleValue): void {
    const value = this.environment.persistentLoad?.(id, this.context);
    if (value === undefined) this.fail('a persistent id is not that of a tensor storage');
    this.push(value);
  }
}

/**
 * The description of a call that is not carried out. Old classes arrive as `copyreg._reconstructor(cls, …)` and
 * `copyreg.__newobj__(cls, …)`.
 */
function opaque(callee: PickleValue, args: readonly PickleValue[]): OpaqueObject {
  if (!(callee instanceof GlobalReference))
    return new OpaqueObject(callee instanceof OpaqueObject ? `${callee.className}()` : 'unknown', args);
  const [first, ...rest] = args;
  if (/^copy_?reg$/.test(callee.module) && first instanceof GlobalReference)
    return new OpaqueObject(first.qualifiedName, rest);
  return new OpaqueObject(callee.qualifiedName, args);
}

const utf8 = new TextDecoder('utf-8');
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const copy = (bytes: Uint8Array): Uint8Array => bytes.slice();

const shortest = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', a: '\u0007' };

/** Escapes of a Python 2 `repr`. */
function stringEscapes(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)/gs, (_, code: string) => {
    if (/^x[0-9a-fA-F]{2}$/.test(code)) return String.fromCharCode(parseInt(code.slice(1), 16));
    if (/^[0-7]+$/.test(code)) return String.fromCharCode(parseInt(code, 8));
    return escapes[code] ?? code;
  });
}

/** Protocol 0's text encoding: only \uXXXX and \UXXXXXXXX are escapes. */
function rawUnicodeEscape(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (whole, short?: string, long?: string) => {
    const code = parseInt(short ?? long ?? '', 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
