/**
 * safetensors: 8 bytes header length (little-endian), a JSON header
 * `{name: {dtype, shape, data_offsets: [begin, end]}, "__metadata__": {string: string}}`, then the tensors' bytes
 * back to back without holes, row-major and little-endian.
 */
import { ByteRange, readStart, type ByteSource } from '../byteSource';
import { CheckpointError } from '../checkpointError';
import type { CheckpointWarning } from '../checkpoint';
import { branch, plain, type ContentNode } from '../contents';
import { elementCount } from '../elementCount';
import { elementWidth, type ElementType } from '../elementType';
import type { Format } from '../format';
import type { PickleBudget } from '../pickle/budget';
import { contiguousStrides, StridedTensor } from '../stridedTensor';

/** The format's own limit. */
const LONGEST_HEADER = 100_000_000;

const elementTypes: Readonly<Record<string, ElementType>> = {
  F8_E4M3: 'float8_e4m3fn',
  F8_E5M2: 'float8_e5m2',
  F16: 'float16',
  BF16: 'bfloat16',
  F32: 'float32',
  F64: 'float64',
  I8: 'int8',
  I16: 'int16',
  I32: 'int32',
  I64: 'int64',
  U8: 'uint8',
  U16: 'uint16',
  U32: 'uint32',
  U64: 'uint64',
  BOOL: 'bool',
  C64: 'complex64',
};

interface Declared {
  readonly name: string;
  readonly typeName: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export const safetensors: Format = {
  async match(source) {
    const start = await readStart(source, 9);
    return start.length === 9 && start[8] === 0x7b;
  },

  async read(source, { budget }) {
    const { header, dataStart } = await readHeader(source, budget);
    const metadata = header['__metadata__'];
    const declared = Object.entries(header).flatMap(([name, entry]) =>
      name === '__metadata__' ? [] : [declaredTensor(name, entry, source)],
    );
    requireContiguousCover(declared, source.size - dataStart, source);
    const warnings: CheckpointWarning[] = [];
    const nodes = declared.map((tensor) => [tensor.name, tensorNode(tensor, dataStart, source, warnings)] as const);
    const root = branch([...nodes, ...(isRecord(metadata) ? [['__metadata__', textMetadata(metadata)] as const] : [])]);
    return { format: 'safetensors', root, warnings };
  },
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

async function readHeader(
  source: ByteSource,
  budget: PickleBudget,
): Promise<{ header: Record<string, unknown>; dataStart: number }> {
  const start = await source.read(0, 8);
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > LONGEST_HEADER || Number(length) + 8 > source.size)
    throw new CheckpointError(
      `the header claims ${length} bytes, the file has ${source.size}`,
      source.name,
      'byte 0',
      'The file is truncated, damaged or not a safetensors file.',
    );
  const exhausted = budget.spend(Number(length));
  if (exhausted !== undefined) throw new CheckpointError(exhausted, source.name, 'byte 0', 'This is no checkpoint.');
  const text = new TextDecoder().decode(await source.read(8, Number(length)));
  try {
    const header: unknown = JSON.parse(text);
    if (isRecord(header)) return { header, dataStart: 8 + Number(length) };
  } catch {
    // Reported below, as for a header that is JSON but no object.
  }
  throw new CheckpointError(
    'the header is not a JSON object',
    source.name,
    'byte 8',
    'The file is damaged or not a safetensors file.',
  );
}

function declaredTensor(name: string, entry: unknown, source: ByteSource): Declared {
  if (isRecord(entry)) {
    const { dtype, shape, data_offsets: offsets } = entry;
    if (
      typeof dtype === 'string' &&
      Array.isArray(shape) &&
      shape.every(isCount) &&
      Array.isArray(offsets) &&
      offsets.length === 2
    ) {
      const [begin, end] = offsets as unknown[];
      if (isCount(begin) && isCount(end) && begin <= end) return { name, typeName: dtype, shape, begin, end };
    }
  }
  throw new CheckpointError(
    'the header entry needs dtype, shape and data_offsets',
    source.name,
    `tensor '${name}'`,
    'The header is damaged.',
  );
}

/** Overlaps let one byte mean two tensors, and holes hide bytes: both are refused, as by the format's own library. */
function requireContiguousCover(declared: readonly Declared[], dataSize: number, source: ByteSource): void {
  let position = 0;
  for (const { name, begin, end } of [...declared].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const refuse = (reason: string): never => {
      throw new CheckpointError(
        reason,
        source.name,
        `tensor '${name}'`,
        'The file is damaged, truncated or was made to mislead.',
      );
    };
    if (begin < position) refuse(`its bytes ${begin}…${end} overlap those of another tensor, which end at ${position}`);
    if (begin > position)
      refuse(`its bytes begin at ${begin} but ${position} is the first unused byte: there is a hole`);
    if (end > dataSize) refuse(`its bytes end at ${end}, the file's data at ${dataSize}`);
    position = end;
  }
  if (position !== dataSize)
    throw new CheckpointError(
      `${dataSize - position} bytes after the last tensor belong to none`,
      source.name,
      'end of file',
      'The file is damaged.',
    );
}

function tensorNode(
  tensor: Declared,
  dataStart: number,
  source: ByteSource,
  warnings: CheckpointWarning[],
): ContentNode {
  const { name, typeName, shape, begin, end } = tensor;
  const type = Object.hasOwn(elementTypes, typeName) ? elementTypes[typeName] : undefined;
  if (type === undefined) {
    warnings.push({ code: 'HL403', message: `elements of type ${typeName} are not read`, where: `tensor '${name}'` });
    return plain(`<tensor ${typeName} [${shape.join(', ')}]>`);
  }
  const expected = elementCount(shape) * elementWidth(type);
  if (expected !== end - begin)
    throw new CheckpointError(
      `${typeName} [${shape.join(', ')}] takes ${expected} bytes, ${end - begin} are given`,
      source.name,
      `tensor '${name}'`,
      'The header is damaged.',
    );
  const storage = { key: name, bytes: new ByteRange(source, dataStart + begin, end - begin), littleEndian: true };
  const layout = { shape, strides: contiguousStrides(shape), offset: 0 };
  return { kind: 'tensor', shape, typeName: type, named: (path) => new StridedTensor(path, type, storage, layout) };
}

const textMetadata = (metadata: Record<string, unknown>): ContentNode =>
  branch(
    Object.entries(metadata).map(([key, value]) => [
      key,
      plain(typeof value === 'string' ? value : JSON.stringify(value)),
    ]),
  );
