/**
 * GGUF of ggml, versions 2 and 3: magic, version, counts; metadata as typed keys and values; per tensor its name, sizes
 * (the fastest axis first), type and offset; then, aligned, the data. Little-endian; big-endian files exist and are told by
 * their version. (ggml, docs/gguf.md)
 */
import { ByteRange, readStart, type ByteSource } from '../byteSource';
import type { CheckpointWarning, MetadataValue } from '../checkpoint';
import { CheckpointError } from '../checkpointError';
import { branch, plain, type ContentNode } from '../contents';
import { elementCount } from '../elementCount';
import { elementWidth, type ElementType } from '../elementType';
import type { Format } from '../format';
import { GgufReader, widths, type NumberKind } from '../ggufReader';
import { QuantisedTensor } from '../quantisedTensor';
import { isQuantisedType, quantisedBytes, type QuantisedType } from '../quantisedType';
import { contiguousStrides, StridedTensor } from '../stridedTensor';

const MAGIC = 'GGUF';
const HEADER_START = 4;
const MOST_TENSORS = 100_000;
const MOST_KEYS = 65_536;
const LONGEST_NAME = 65_535;
const MOST_AXES = 8;
const MOST_ITEMS = 2 ** 22;
/** Items of an array that are kept; vocabularies have hundreds of thousands. */
const KEPT_ITEMS = 64;
const DEEPEST_ARRAY = 3;
const DEFAULT_ALIGNMENT = 32;
const LARGEST_ALIGNMENT = 1 << 20;

/** By number in the file. */
const tensorTypes: Readonly<Record<number, ElementType | QuantisedType>> = {
  0: 'float32',
  1: 'float16',
  2: 'Q4_0',
  3: 'Q4_1',
  6: 'Q5_0',
  7: 'Q5_1',
  8: 'Q8_0',
  10: 'Q2_K',
  11: 'Q3_K',
  12: 'Q4_K',
  13: 'Q5_K',
  14: 'Q6_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'int8',
  25: 'int16',
  26: 'int32',
  27: 'int64',
  28: 'float64',
  29: 'IQ1_M',
  30: 'bfloat16',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
  40: 'NVFP4',
  41: 'Q1_0',
};

const valueKinds: readonly (NumberKind | 'bool' | 'text' | 'array')[] = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'float32',
  'bool',
  'text',
  'array',
  'uint64',
  'int64',
  'float64',
];

interface TensorInfo {
  readonly name: string;
  /** As PyTorch orders it: the fastest axis last. */
  readonly shape: readonly number[];
  readonly type: ElementType | QuantisedType | undefined;
  readonly typeNumber: number;
  /** From the beginning of the data. */
  readonly offset: number;
}

export const gguf: Format = {
  async match(source) {
    return Buffer.from(await readStart(source, MAGIC.length)).toString('latin1') === MAGIC;
  },

  async read(source) {
    const { reader, littleEndian } = await begin(source);
    // A tensor takes 24 bytes at least, a key 13.
    const tensorCount = await reader.count('tensors', 24, MOST_TENSORS);
    const keyCount = await reader.count('keys', 13, MOST_KEYS);
    const metadata = new Map<string, MetadataValue>();
    for (let i = 0; i < keyCount; i++) metadata.set(await reader.text('a key', LONGEST_NAME), await readValue(reader));
    const infos: TensorInfo[] = [];
    for (let i = 0; i < tensorCount; i++) infos.push(await readInfo(reader));
    const alignment = alignmentOf(metadata.get('general.alignment'), reader);
    const dataStart = Math.ceil(reader.position / alignment) * alignment;
    const warnings: CheckpointWarning[] = [];
    const nodes = tensorNodes(infos, { source, dataStart, alignment, littleEndian }, warnings);
    return { format: 'gguf', root: branch([['metadata', plain(Object.fromEntries(metadata))], ...nodes]), warnings };
  },
};

async function begin(source: ByteSource): Promise<{ reader: GgufReader; littleEndian: boolean }> {
  const little = new GgufReader(source, true, HEADER_START);
  const version = await little.number('uint32');
  if (version === 2 || version === 3) return { reader: little, littleEndian: true };
  const big = new GgufReader(source, false, HEADER_START);
  const bigVersion = await big.number('uint32');
  if (bigVersion === 2 || bigVersion === 3) return { reader: big, littleEndian: false };
  throw new CheckpointError(
    `GGUF of version ${version}; versions 2 and 3 are read`,
    source.name,
    'byte 4',
    'Convert it with a current llama.cpp.',
  );
}

async function readValue(reader: GgufReader): Promise<MetadataValue> {
  return valueOf(reader, await kindOf(reader), 0);
}

async function kindOf(reader: GgufReader): Promise<NonNullable<(typeof valueKinds)[number]>> {
  const number = await reader.number('uint32');
  return valueKinds[number] ?? reader.fail(`values of type ${number} are not known`);
}

async function valueOf(reader: GgufReader, kind: (typeof valueKinds)[number], depth: number): Promise<MetadataValue> {
  if (kind === 'text') return reader.text('a value');
  if (kind === 'bool') return (await reader.number('uint8')) !== 0;
  if (kind !== 'array') return reader.number(kind);
  if (depth >= DEEPEST_ARRAY) reader.fail(`arrays are nested deeper than ${DEEPEST_ARRAY} levels`);
  const itemKind = await kindOf(reader);
  const smallest = itemKind === 'text' ? 8 : itemKind === 'array' ? 12 : itemKind === 'bool' ? 1 : widths[itemKind];
  const count = await reader.count('items', smallest, MOST_ITEMS);
  const kept: MetadataValue[] = [];
  for (let i = 0; i < Math.min(count, KEPT_ITEMS); i++) kept.push(await valueOf(reader, itemKind, depth + 1));
  const left = count - kept.length;
  if (left === 0) return kept;
  if (itemKind === 'text') await reader.skipTexts(left);
  else if (itemKind === 'array') reader.fail(`${count} arrays in an array are more than are read`);
  else reader.skip(left * smallest);
  return [...kept, `<${left} more>`];
}

async function readInfo(reader: GgufReader): Promise<TensorInfo> {
  const name = await reader.text("a tensor's name", LONGEST_NAME);
  const axes = await reader.number('uint32');
  if (axes > MOST_AXES) reader.fail(`tensor '${name.slice(0, 80)}' has ${axes} axes`);
  const shape: number[] = [];
  for (let axis = 0; axis < axes; axis++) shape.unshift(await reader.number('uint64'));
  const elements = elementCount(shape);
  if (!Number.isSafeInteger(elements)) reader.fail(`tensor '${name.slice(0, 80)}' has an impossible shape`);
  const typeNumber = await reader.number('uint32');
  const offset = await reader.number('uint64');
  return { name, shape, type: tensorTypes[typeNumber], typeNumber, offset };
}

function alignmentOf(value: MetadataValue | undefined, reader: GgufReader): number {
  if (value === undefined) return DEFAULT_ALIGNMENT;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= LARGEST_ALIGNMENT) return value;
  return reader.fail(`the alignment ${JSON.stringify(value)} is impossible`);
}

interface Data {
  readonly source: ByteSource;
  readonly dataStart: number;
  readonly alignment: number;
  readonly littleEndian: boolean;
}

/** Every tensor has bytes of its own inside the file. */
function tensorNodes(infos: readonly TensorInfo[], data: Data, warnings: CheckpointWarning[]): [string, ContentNode][] {
  const names = new Set<string>();
  for (const { name } of infos) {
    if (names.has(name)) refuse('two tensors have this name', name, data.source);
    names.add(name);
  }
  let end = 0;
  for (const info of [...infos].sort((a, b) => a.offset - b.offset)) {
    if (info.offset < end) refuse('its bytes overlap those of another tensor', info.name, data.source);
    if (info.offset % data.alignment !== 0)
      refuse(`it does not lie at a multiple of ${data.alignment}`, info.name, data.source);
    end = info.offset + (bytesOf(info, data.source) ?? 0);
  }
  return infos.map((info) => [info.name, tensorNode(info, data, warnings)]);
}

/** Undefined for types that are not known. */
function bytesOf({ name, shape, type }: TensorInfo, source: ByteSource): number | undefined {
  if (type === undefined) return undefined;
  const elements = elementCount(shape);
  if (!isQuantisedType(type)) return elements * elementWidth(type);
  const bytes = quantisedBytes(type, shape.at(-1) ?? 1, elements);
  return bytes ?? refuse(`rows of ${shape.at(-1) ?? 1} weights are no whole blocks of ${type}`, name, source);
}

function tensorNode(
  info: TensorInfo,
  { source, dataStart, littleEndian }: Data,
  warnings: CheckpointWarning[],
): ContentNode {
  const { name, shape, type, typeNumber, offset } = info;
  const size = bytesOf(info, source);
  if (type === undefined || size === undefined) {
    warnings.push({
      code: 'HL403',
      message: `elements of type ${typeNumber} are not known`,
      where: `tensor '${name}'`,
    });
    return plain(`<tensor of type ${typeNumber} [${shape.join(', ')}]>`);
  }
  const bytes = new ByteRange(source, dataStart + offset, size);
  if (isQuantisedType(type))
    return {
      kind: 'tensor',
      shape,
      typeName: type,
      named: (path) => new QuantisedTensor(path, type, shape, size, source.name),
    };
  const layout = { shape, strides: contiguousStrides(shape), offset: 0 };
  const storage = { key: name, bytes, littleEndian };
  return { kind: 'tensor', shape, typeName: type, named: (path) => new StridedTensor(path, type, storage, layout) };
}

function refuse(reason: string, name: string, source: ByteSource): never {
  throw new CheckpointError(
    reason,
    source.name,
    `tensor '${name.slice(0, 200)}'`,
    'The file is damaged, truncated or was made to mislead.',
  );
}
