/** Ways in which files are damaged or forged without regard to their format. */
import type { Random } from '../../server/src/curvature/random';

type Damage = (bytes: Uint8Array, random: Random) => Uint8Array;

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** Half of the time near the beginning or the end, where headers and indexes are. */
function position({ length }: Uint8Array, random: Random): number {
  const near = Math.min(length, 256);
  const where = random.integer(4);
  return where === 0 ? random.integer(near) : where === 1 ? length - 1 - random.integer(near) : random.integer(length);
}

function range(bytes: Uint8Array, random: Random): readonly [number, number] {
  const start = position(bytes, random);
  const longest = random.integer(3) === 0 ? bytes.length : 64;
  return [start, Math.min(bytes.length, start + 1 + random.integer(longest))];
}

const flipBits: Damage = (bytes, random) => {
  const result = Uint8Array.from(bytes);
  for (let i = 0; i <= random.integer(8); i++) {
    const at = position(bytes, random);
    result[at] = (result[at] ?? 0) ^ (1 << random.integer(8));
  }
  return result;
};

const setBytes: Damage = (bytes, random) => {
  const result = Uint8Array.from(bytes);
  for (let i = 0; i <= random.integer(4); i++) result[position(bytes, random)] = random.integer(256);
  return result;
};

const truncate: Damage = (bytes, random) => bytes.subarray(0, random.integer(bytes.length));

const cutOut: Damage = (bytes, random) => {
  const [start, end] = range(bytes, random);
  return joined(bytes.subarray(0, start), bytes.subarray(end));
};

const duplicate: Damage = (bytes, random) => {
  const [start, end] = range(bytes, random);
  const piece = bytes.subarray(start, end);
  const times = 1 + random.integer(random.integer(8) === 0 ? 200 : 3);
  const pieces = Array.from({ length: Math.min(times, Math.ceil(65_536 / piece.length)) }, () => piece);
  return joined(bytes.subarray(0, end), ...pieces, bytes.subarray(end));
};

const swap: Damage = (bytes, random) => {
  const [firstStart, firstEnd] = range(bytes, random);
  const rest = bytes.subarray(firstEnd);
  if (rest.length === 0) return bytes.toReversed();
  const [start, end] = range(rest, random);
  return joined(
    bytes.subarray(0, firstStart),
    rest.subarray(start, end),
    rest.subarray(0, start),
    bytes.subarray(firstStart, firstEnd),
    rest.subarray(end),
  );
};

/** What length fields are attacked with: nothing, the ends of every signed and unsigned type, plausible large sizes. */
const LENGTHS: readonly bigint[] = [
  ...[
    0n,
    1n,
    255n,
    2n ** 15n,
    2n ** 16n - 1n,
    2n ** 24n,
    2n ** 28n,
    2n ** 30n,
    2n ** 31n - 1n,
    2n ** 31n,
    2n ** 32n - 1n,
  ],
  ...[2n ** 40n, 2n ** 52n, 2n ** 53n, 2n ** 62n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n],
];

const overwriteLength: Damage = (bytes, random) => {
  const result = Uint8Array.from(bytes);
  const width = [1, 2, 4, 8][random.integer(4)] ?? 4;
  const value = LENGTHS[random.integer(LENGTHS.length)] ?? 0n;
  const isLittle = random.integer(3) > 0;
  const start = position(bytes, random);
  for (let i = 0; i < width && start + i < result.length; i++)
    result[start + i] = Number((value >> BigInt(8 * (isLittle ? i : width - 1 - i))) & 0xffn);
  return result;
};

/** Changes a number that is written as text: sizes in JSON, in the header of numpy, in tables. */
const rewriteNumber: Damage = (bytes, random) => {
  const content = Buffer.from(bytes).toString('latin1');
  const numbers = [...content.matchAll(/\d+/g)];
  const chosen = numbers[random.integer(numbers.length)];
  if (chosen === undefined) return overwriteLength(bytes, random);
  const other = [`-${chosen[0]}`, '1e999', 'nan', '0', String(LENGTHS[random.integer(LENGTHS.length)])];
  const changed = other[random.integer(other.length)] ?? '';
  return new Uint8Array(
    Buffer.from(content.slice(0, chosen.index) + changed + content.slice(chosen.index + chosen[0].length), 'latin1'),
  );
};

const append: Damage = (bytes, random) =>
  joined(
    bytes,
    Uint8Array.from({ length: 1 + random.integer(300) }, () => random.integer(256)),
  );

const damages: readonly Damage[] = [
  flipBits,
  setBytes,
  truncate,
  cutOut,
  duplicate,
  swap,
  overwriteLength,
  overwriteLength,
  rewriteNumber,
  append,
];

/** One to three damages after each other. */
export function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  let result = bytes;
  for (let left = 1 + Math.floor(random.integer(6) / 3); left > 0 && result.length > 0; left--)
    result = damages[random.integer(damages.length)]?.(result, random) ?? result;
  return result;
}
