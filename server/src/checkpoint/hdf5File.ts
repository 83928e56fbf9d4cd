/**
 * An HDF5 file as a flat list of its data sets. jsfive reads it from memory; a damaged or hostile file may lead it in
 * circles, so every call has a limit of time, and the walk limits of depth and number.
 */
import { runInNewContext } from 'node:vm';
import { Dataset, File, Group } from 'jsfive';
import type { ByteSource } from './byteSource';
import { requireRange } from './byteSource';
import { CheckpointError, damageReason } from './checkpointError';
import type { CheckpointTensor } from './checkpoint';
import { elementCount } from './elementCount';
import { elementWidth, type ElementType } from './elementType';
import { numpyElementType } from './pickle/numpyGlobals';
import { contiguousStrides, StridedTensor } from './stridedTensor';

export interface Hdf5Dataset {
  /** Names of the groups above, then its own. */
  readonly path: readonly string[];
  readonly shape: readonly number[];
  /** Undefined for text and records. */
  readonly dtype: ElementType | undefined;
  readonly named: (name: string) => CheckpointTensor;
}

export interface Hdf5Contents {
  readonly datasets: readonly Hdf5Dataset[];
  /** Attributes of a group by its path joined by '/', '' for the file. */
  readonly attributes: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const LARGEST_FILE = 2 ** 31 - 1;
const DEEPEST = 24;
const MOST_ENTRIES = 200_000;
const MILLISECONDS = 20_000;

export async function hasHdf5Signature(source: ByteSource): Promise<boolean> {
  const start = await source.read(0, Math.min(source.size, SIGNATURE.length));
  return start.length === SIGNATURE.length && SIGNATURE.every((byte, i) => start[i] === byte);
}

/** Runs what jsfive does for at most `MILLISECONDS`; its failures are of the file. */
function bounded<T>(source: ByteSource, where: string, work: () => T): T {
  let result: { readonly value: T } | undefined;
  try {
    runInNewContext('work()', { work: () => (result = { value: work() }) }, { timeout: MILLISECONDS });
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw new CheckpointError(
      `the HDF5 file cannot be read: ${damageReason(error)}`,
      source.name,
      where,
      'Save the weights again.',
    );
  }
  if (result === undefined)
    throw new CheckpointError('nothing was read', source.name, where, 'Save the weights again.');
  return result.value;
}

export async function openHdf5(source: ByteSource): Promise<Hdf5Contents> {
  if (source.size > LARGEST_FILE)
    throw new CheckpointError(
      `an HDF5 file of ${source.size} bytes is larger than what is read at once`,
      source.name,
      'file',
      'Save the weights as .safetensors or .npz.',
    );
  const bytes = await source.read(0, source.size);
  const buffer = new ArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return bounded(source, 'file', () => listed(source, new File(buffer, source.name)));
}

function listed(source: ByteSource, file: File): Hdf5Contents {
  const datasets: Hdf5Dataset[] = [];
  const attributes = new Map<string, Readonly<Record<string, unknown>>>();
  let entries = 0;
  const visit = (group: Group, path: readonly string[]): void => {
    attributes.set(path.join('/'), { ...group.attrs });
    for (const key of group.keys) {
      const inside = [...path, key];
      if (++entries > MOST_ENTRIES || inside.length > DEEPEST)
        throw new CheckpointError(
          `more than ${MOST_ENTRIES} entries, or groups ${DEEPEST} deep`,
          source.name,
          inside.join('/').slice(0, 200),
          'The file is damaged, or no file of weights.',
        );
      const entry = group.get(key);
      if (entry instanceof Group) visit(entry, inside);
      else datasets.push(datasetOf(source, entry, inside));
    }
  };
  visit(file, []);
  return { datasets, attributes };
}

function datasetOf(source: ByteSource, dataset: Dataset, path: readonly string[]): Hdf5Dataset {
  const code = typeof dataset.dtype === 'string' ? /^[<>=|]?(\w+)$/.exec(dataset.dtype)?.[1] : undefined;
  const dtype = numpyElementType(code ?? '');
  const shape = [...dataset.shape];
  const where = path.join('/');
  const named = (name: string): CheckpointTensor => {
    if (dtype === undefined)
      throw new CheckpointError(
        `data of type ${String(dataset.dtype)} are not read`,
        source.name,
        where,
        'Leave it out.',
      );
    const bytes = new DatasetBytes(source, where, dataset, dtype, shape);
    const storage = { key: where, bytes, littleEndian: true };
    return new StridedTensor(name, dtype, storage, { shape, strides: contiguousStrides(shape), offset: 0 });
  };
  return { path, shape, dtype, named };
}

/** The elements of a data set as little-endian bytes, made when they are first asked for. */
class DatasetBytes implements ByteSource {
  readonly name: string;
  readonly size: number;
  private bytes: Uint8Array | undefined;
  constructor(
    private readonly source: ByteSource,
    private readonly where: string,
    private readonly dataset: Dataset,
    private readonly dtype: ElementType,
    shape: readonly number[],
  ) {
    this.name = source.name;
    this.size = elementCount(shape) * elementWidth(dtype);
    // Elements lie in the file, packed at most a thousandfold.
    if (!Number.isSafeInteger(this.size) || this.size > source.size * 1000)
      throw new CheckpointError(
        `[${shape.join(', ')}] of ${dtype} is more than the file can hold`,
        source.name,
        where,
        'The file is damaged.',
      );
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return new Promise((resolve) => {
      requireRange(this, offset, length);
      this.bytes ??= bounded(this.source, this.where, () => this.encoded());
      resolve(this.bytes.slice(offset, offset + length));
    });
  }

  private encoded(): Uint8Array {
    const { value } = this.dataset;
    const width = elementWidth(this.dtype);
    const elements: readonly unknown[] = isListLike(value) ? Array.from(value) : [value];
    if (elements.length * width !== this.size)
      throw new CheckpointError(
        `${this.size / width} elements expected, ${elements.length} are there`,
        this.name,
        this.where,
        'The file is truncated.',
      );
    const bytes = new Uint8Array(this.size);
    const view = new DataView(bytes.buffer);
    const write = writers[this.dtype];
    if (write === undefined)
      throw new CheckpointError(
        `data of type ${this.dtype} are not read`,
        this.name,
        this.where,
        'Save it as float32.',
      );
    elements.forEach((element, i) => write(view, i * width, element));
    return bytes;
  }
}

const isListLike = (value: unknown): value is ArrayLike<unknown> => Array.isArray(value) || ArrayBuffer.isView(value);

type Writer = (view: DataView, at: number, element: unknown) => void;

const writers: Partial<Record<ElementType, Writer>> = {
  float64: (view, at, element) => view.setFloat64(at, Number(element), true),
  float32: (view, at, element) => view.setFloat32(at, Number(element), true),
  int64: (view, at, element) => view.setBigInt64(at, BigInt(Number(element)), true),
  int32: (view, at, element) => view.setInt32(at, Number(element), true),
  int16: (view, at, element) => view.setInt16(at, Number(element), true),
  int8: (view, at, element) => view.setInt8(at, Number(element)),
  uint8: (view, at, element) => view.setUint8(at, Number(element)),
};
