/**
 * What unpickling yields here: plain data, and inert descriptions of everything else.
 *
 * Python int → number (bigint beyond 2^53), float → number, list and tuple → array, str → string,
 * bytes → Uint8Array or, when long, a StoredBytes that is not read yet.
 */
import { ByteRange, MemoryByteSource, type ByteSource } from '../byteSource';

export type PickleValue = null | boolean | number | bigint | string | PickleValue[] | Uint8Array | PickleObject;

export abstract class PickleObject {
  /** BUILD: `__setstate__` or an update of the attributes. Absent where there are none to keep. */
  setState?(state: PickleValue): void;
}

/** A dict, OrderedDict, defaultdict, Counter. Keys compare as Python's: by value for scalars and tuples of them. */
export class PickleDict extends PickleObject {
  private readonly entriesByKey = new Map<unknown, [PickleValue, PickleValue]>();
  set(key: PickleValue, value: PickleValue): void {
    this.entriesByKey.set(keyIdentity(key), [key, value]);
  }
  get(key: PickleValue): PickleValue | undefined {
    return this.entriesByKey.get(keyIdentity(key))?.[1];
  }
  entries(): [PickleValue, PickleValue][] {
    return [...this.entriesByKey.values()];
  }
  get size(): number {
    return this.entriesByKey.size;
  }
}

/** Elements a tuple key may have and still compare by value; longer ones compare by identity. */
const LONGEST_KEY = 64;

function keyIdentity(key: PickleValue): unknown {
  if (typeof key === 'boolean') return Number(key);
  if (!Array.isArray(key) || key.length > LONGEST_KEY) return key;
  const parts = key.flatMap((item) => (typeof item === 'object' ? [] : [`${typeof item}:${item}`]));
  return parts.length === key.length ? `\u0000${parts.join('\u0000')}` : key;
}

export class PickleSet extends PickleObject {
  readonly items: PickleValue[] = [];
}

/** Long bytes left in the file. */
export class StoredBytes extends PickleObject {
  constructor(readonly source: ByteSource) {
    super();
  }
}

/** The bytes behind a bytes-like value; Python 2 pickles and protocol 2 keep them in strings of Latin-1. */
export function bytesOf(value: PickleValue | undefined, file: string): ByteSource | undefined {
  if (value instanceof StoredBytes) return value.source;
  if (value instanceof Uint8Array) return new MemoryByteSource(file, value);
  if (typeof value === 'string') return new MemoryByteSource(file, Uint8Array.from(Buffer.from(value, 'latin1')));
  return undefined;
}

/** A `module.name` that the pickle mentions. Nothing is imported. */
export class GlobalReference extends PickleObject {
  constructor(
    readonly module: string,
    readonly globalName: string,
  ) {
    super();
  }
  get qualifiedName(): string {
    return `${this.module}.${this.globalName}`;
  }
}

/**
 * An object of a class, or the result of a function, that is not rebuilt: its description is kept, nothing ran.
 * Pickled modules stay readable through their state (`_modules`, `_parameters`, `_buffers`).
 */
export class OpaqueObject extends PickleObject {
  state: PickleValue | undefined = undefined;
  /** List items of a list subclass. */
  readonly items: PickleValue[] = [];
  /** Entries of a dict subclass. */
  readonly dict = new PickleDict();
  constructor(
    readonly className: string,
    readonly args: readonly PickleValue[],
  ) {
    super();
  }
  override setState(state: PickleValue): void {
    this.state = state;
  }
  /** Attributes as far as the state is a dict, or the (dict, slots) pair of classes with slots. */
  attributes(): PickleDict | undefined {
    if (this.state instanceof PickleDict) return this.state;
    const first = Array.isArray(this.state) ? this.state.find((part) => part instanceof PickleDict) : undefined;
    return first instanceof PickleDict ? first : undefined;
  }
}

/** A part of a byte source as a value. */
export const storedRange = (source: ByteSource, offset: number, length: number): StoredBytes =>
  new StoredBytes(new ByteRange(source, offset, length));
