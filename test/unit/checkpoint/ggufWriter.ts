import { little } from './pickleWriter';

/** Assembles GGUF files by the format's description, also ones that no program would write. */

export interface GgufTensor {
  readonly name: string;
  /** In the file's order: the fastest axis first. */
  readonly sizes: readonly (number | bigint)[];
  readonly type: number;
  readonly offset: number | bigint;
}

export interface GgufParts {
  readonly version?: number;
  readonly tensorCount?: number | bigint;
  readonly keyCount?: number | bigint;
  /** Each key with its typed value. */
  readonly keys?: readonly (readonly [name: string, value: Uint8Array])[];
  readonly tensors?: readonly GgufTensor[];
  readonly data?: Uint8Array;
}

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

export const text = (value: string): Uint8Array => {
  const bytes = new TextEncoder().encode(value);
  return join(little(bytes.length, 8), bytes);
};

export const uint32Value = (value: number): Uint8Array => join(little(4, 4), little(value, 4));
export const textValue = (value: string): Uint8Array => join(little(8, 4), text(value));
/** `items` follow a claimed count. */
export const arrayValue = (itemType: number, count: number | bigint, ...items: readonly Uint8Array[]): Uint8Array =>
  join(little(9, 4), little(itemType, 4), little(count, 8), ...items);

export function gguf({
  version = 3,
  keys = [],
  tensors = [],
  data = new Uint8Array(),
  ...claimed
}: GgufParts): Uint8Array {
  const description = join(
    new TextEncoder().encode('GGUF'),
    little(version, 4),
    little(claimed.tensorCount ?? tensors.length, 8),
    little(claimed.keyCount ?? keys.length, 8),
    ...keys.flatMap(([name, value]) => [text(name), value]),
    ...tensors.flatMap(({ name, sizes, type, offset }) => [
      text(name),
      little(sizes.length, 4),
      ...sizes.map((size) => little(size, 8)),
      little(type, 4),
      little(offset, 8),
    ]),
  );
  return join(description, new Uint8Array(Math.ceil(description.length / 32) * 32 - description.length), data);
}
