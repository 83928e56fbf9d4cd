/**
 * A checkpoint of TensorFlow: an index from names of tensors to ranges of data files beside it (`tensor_bundle.proto`),
 * and for TensorFlow 2 the graph of objects that gives variables their names (`trackable_object_graph.proto`).
 */
import { ByteRange, MemoryByteSource, type ByteSource } from '../byteSource';
import { CheckpointError } from '../checkpointError';
import { elementCount } from '../elementCount';
import type { ElementType } from '../elementType';
import { elementWidth } from '../elementType';
import { DELIMITED, WireReader, type WireField } from '../onnx/wireReader';
import { readTable, type TableEntry } from './sortedTable';

export interface BundleTensor {
  readonly key: string;
  readonly shape: readonly number[];
  /** Undefined for text and what else is no number. */
  readonly type: ElementType | undefined;
  readonly bytes: ByteSource;
}

export interface TensorBundle {
  readonly tensors: readonly BundleTensor[];
  readonly littleEndian: boolean;
  readonly shards: readonly ByteSource[];
}

/** `DataType` of TensorFlow. */
const types: Readonly<Record<number, ElementType>> = {
  1: 'float32',
  2: 'float64',
  3: 'int32',
  4: 'uint8',
  5: 'int16',
  6: 'int8',
  8: 'complex64',
  9: 'int64',
  10: 'bool',
  14: 'bfloat16',
  17: 'uint16',
  18: 'complex128',
  19: 'float16',
  22: 'uint32',
  23: 'uint64',
};

const MOST_SHARDS = 10_000;
const MOST_AXES = 64;
const ENDING = /\.index$/;

/** `openBeside` opens a data file by its name in the folder of the index. Throws a CheckpointError. */
export async function readTensorBundle(
  source: ByteSource,
  openBeside: (name: string) => Promise<ByteSource>,
): Promise<TensorBundle> {
  const [header, ...entries] = await readTable(source);
  if (header?.key !== '') throw failure(source, 'it does not begin with the header of a checkpoint', 'first entry');
  const { shardCount, littleEndian } = await headerOf(source, header);
  const prefix = (source.name.split(/[\\/]/).pop() ?? '').replace(ENDING, '');
  const opened = new Map<number, ByteSource>();
  const shard = async (index: number): Promise<ByteSource> => {
    const known = opened.get(index) ?? (await openBeside(shardName(prefix, index, shardCount)));
    opened.set(index, known);
    return known;
  };
  const tensors: BundleTensor[] = [];
  for (const entry of entries) {
    // Parts of a variable that was partitioned have keys of their own, which begin with a zero.
    if (entry.key.startsWith('\0')) continue;
    const { type, shape, shardIndex, offset, size, sliced } = await entryOf(source, entry);
    if (sliced) throw failure(source, 'variables in parts are not read', `tensor '${entry.key}'`);
    if (shardIndex >= shardCount) throw failure(source, `there is no data file ${shardIndex}`, `tensor '${entry.key}'`);
    const expected = type === undefined ? size : elementCount(shape) * elementWidth(type);
    if (expected !== size)
      throw failure(source, `${size} bytes cannot be ${String(type)} [${shape.join(', ')}]`, `tensor '${entry.key}'`);
    tensors.push({ key: entry.key, shape, type, bytes: new ByteRange(await shard(shardIndex), offset, size) });
  }
  return { tensors, littleEndian, shards: [...opened.values()] };
}

const shardName = (prefix: string, index: number, count: number): string =>
  `${prefix}.data-${String(index).padStart(5, '0')}-of-${String(count).padStart(5, '0')}`;

const failure = (source: ByteSource, reason: string, where: string): CheckpointError =>
  new CheckpointError(reason, source.name, where, 'Save the checkpoint again.');

const FORMAT = 'checkpoint of TensorFlow';

/** Fields of a message in memory. */
async function fieldsOf(source: ByteSource, bytes: Uint8Array): Promise<WireField[]> {
  const fields: WireField[] = [];
  const reader = new WireReader(new MemoryByteSource(source.name, bytes), FORMAT);
  for await (const field of reader.fields(0, bytes.length)) fields.push(field);
  return fields;
}

async function headerOf(
  source: ByteSource,
  { value }: TableEntry,
): Promise<{ readonly shardCount: number; readonly littleEndian: boolean }> {
  const fields = await fieldsOf(source, value);
  const shardCount = fields.find(({ number }) => number === 1)?.value ?? 0;
  if (shardCount < 1 || shardCount > MOST_SHARDS) throw failure(source, `${shardCount} data files`, 'header');
  return { shardCount, littleEndian: (fields.find(({ number }) => number === 2)?.value ?? 0) === 0 };
}

async function entryOf(source: ByteSource, { key, value }: TableEntry) {
  const entry = { type: types[0], shape: [] as number[], shardIndex: 0, offset: 0, size: 0, sliced: false };
  for (const field of await fieldsOf(source, value)) {
    if (field.number === 1) entry.type = types[field.value];
    if (field.number === 2 && field.wireType === DELIMITED)
      entry.shape = await shapeOf(source, key, value.subarray(field.start, field.start + field.length));
    if (field.number === 3) entry.shardIndex = field.value;
    if (field.number === 4) entry.offset = field.value;
    if (field.number === 5) entry.size = field.value;
    if (field.number === 7) entry.sliced = true;
  }
  return entry;
}

/** `TensorShapeProto`: sizes of known axes. */
async function shapeOf(source: ByteSource, key: string, bytes: Uint8Array): Promise<number[]> {
  const shape: number[] = [];
  for (const { number, start, length } of await fieldsOf(source, bytes)) {
    if (number !== 2) continue;
    const fields = await fieldsOf(source, bytes.subarray(start, start + length));
    shape.push(fields.find((field) => field.number === 1)?.value ?? 0);
    if (shape.length > MOST_AXES) throw failure(source, `more than ${MOST_AXES} axes`, `tensor '${key}'`);
  }
  return shape;
}
