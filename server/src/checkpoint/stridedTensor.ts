import { elementCount } from './elementCount';
import { CheckpointError } from './checkpointError';
import type { ByteSource } from './byteSource';
import type { CheckpointTensor } from './checkpoint';
import {
  decodedWidth,
  decodeElements,
  elementWidth,
  isComplexType,
  pick,
  type ElementType,
  type TensorData,
} from './elementType';
import { tensorStatistics, type TensorStatistics } from './health';

/** Raw bytes that one or more tensors look at. */
export interface Storage {
  readonly key: string;
  readonly bytes: ByteSource;
  readonly littleEndian: boolean;
}

/** Where a tensor's elements lie in its storage: element (i, j, …) at offset + i·strides[0] + j·strides[1] + … */
export interface Layout {
  readonly shape: readonly number[];
  /** In elements, not bytes. */
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Elements per chunk: 1 Mi. */
const CHUNK = 1 << 20;

/** An expanded tensor (stride 0) may be larger than its storage, within this many decoded bytes. */
const MAXIMUM_EXPANSION = 1 << 27;

export class StridedTensor implements CheckpointTensor {
  readonly elementCount: number;

  /** Throws a CheckpointError when the layout reaches outside the storage. */
  constructor(
    readonly name: string,
    readonly dtype: ElementType,
    private readonly storage: Storage,
    private readonly layout: Layout,
  ) {
    const count = countElements(layout);
    if (count === undefined)
      this.fail(
        `impossible shape, strides [${layout.strides.join(', ')}] or offset ${layout.offset}`,
        'The file is damaged.',
      );
    this.elementCount = count;
    const last = this.elementCount === 0 ? -1 : lastElement(layout);
    const stored = Math.floor(storage.bytes.size / elementWidth(dtype));
    if (last >= stored)
      this.fail(
        `its last element lies at position ${last} of a storage of ${stored} elements`,
        'The file is damaged or truncated.',
      );
    const bytes = this.elementCount * decodedWidth(dtype);
    if (bytes > MAXIMUM_EXPANSION && this.elementCount > stored)
      this.fail(`it repeats ${stored} stored elements into ${this.elementCount}`, 'Save a contiguous copy instead.');
  }

  get byteLength(): number {
    return this.elementCount * elementWidth(this.dtype);
  }
  get shape(): readonly number[] {
    return this.layout.shape;
  }
  get storageKey(): string {
    return this.storage.key;
  }

  async read(): Promise<TensorData> {
    if (this.elementCount === 0) return this.decode(new Uint8Array(0));
    return this.isContiguous() ? this.readStored(0, this.elementCount) : this.gather();
  }

  async readRange(start: number, count: number): Promise<TensorData> {
    if (start < 0 || count < 0 || start + count > this.elementCount)
      this.fail(`elements ${start}…${start + count} are outside its ${this.elementCount}`, 'Ask for fewer.');
    if (count === 0) return this.decode(new Uint8Array(0));
    if (this.isContiguous()) return this.readStored(start, count);
    const rows = this.wholeRows(start, count);
    if (rows !== undefined) return rows.gather();
    const parts = isComplexType(this.dtype) ? 2 : 1;
    return (await this.gather()).slice(start * parts, (start + count) * parts);
  }

  async *chunks(): AsyncGenerator<TensorData> {
    if (!this.isContiguous()) {
      yield await this.gather();
      return;
    }
    for (let start = 0; start < this.elementCount; start += CHUNK)
      yield await this.readStored(start, Math.min(CHUNK, this.elementCount - start));
  }

  unordered(): AsyncIterable<TensorData> {
    if (this.isContiguous()) return this.chunks();
    const axes = [...this.shape.keys()].sort((a, b) => (this.layout.strides[b] ?? 0) - (this.layout.strides[a] ?? 0));
    const asStored = new StridedTensor(this.name, this.dtype, this.storage, {
      shape: axes.map((axis) => this.shape[axis] ?? 1),
      strides: axes.map((axis) => this.layout.strides[axis] ?? 0),
      offset: this.layout.offset,
    });
    return asStored.chunks();
  }

  statistics(): Promise<TensorStatistics> {
    return tensorStatistics(this);
  }

  /** The elements as a tensor of their own when they are whole entries of the first axis: only those are then read. */
  private wholeRows(start: number, count: number): StridedTensor | undefined {
    const { shape, strides, offset } = this.layout;
    const [rows = 1, ...rest] = shape;
    const width = this.elementCount / rows;
    if (start % width !== 0 || count % width !== 0) return undefined;
    const first = offset + (start / width) * (strides[0] ?? 0);
    return new StridedTensor(this.name, this.dtype, this.storage, {
      shape: [count / width, ...rest],
      strides,
      offset: first,
    });
  }

  private isContiguous(): boolean {
    let expected = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      const size = this.shape[axis] ?? 1;
      if (size !== 1 && this.layout.strides[axis] !== expected) return false;
      expected *= size;
    }
    return true;
  }

  private decode(bytes: Uint8Array): TensorData {
    return decodeElements(bytes, this.dtype, this.storage.littleEndian);
  }

  private async readStored(start: number, count: number): Promise<TensorData> {
    const width = elementWidth(this.dtype);
    return this.decode(await this.storage.bytes.read((this.layout.offset + start) * width, count * width));
  }

  /** Reads the span from the first to the last element once and copies by strides. */
  private async gather(): Promise<TensorData> {
    const { offset } = this.layout;
    const span = await this.readStored(0, lastElement(this.layout) - offset + 1);
    return pick(span, this.positions(isComplexType(this.dtype) ? 2 : 1));
  }

  /** Position in the span of every decoded element, row-major; `parts` decoded elements lie together. */
  private positions(parts: number): Float64Array {
    const { shape, strides } = this.layout;
    const positions = new Float64Array(this.elementCount * parts);
    const index = new Array<number>(shape.length).fill(0);
    let position = 0;
    for (let target = 0; target < positions.length; target += parts) {
      for (let part = 0; part < parts; part++) positions[target + part] = position * parts + part;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const stride = strides[axis] ?? 0;
        const next = (index[axis] ?? 0) + 1;
        position += stride;
        if (next < (shape[axis] ?? 1)) {
          index[axis] = next;
          break;
        }
        position -= stride * next;
        index[axis] = 0;
      }
    }
    return positions;
  }

  private fail(reason: string, hint: string): never {
    throw new CheckpointError(
      `tensor '${this.name}' [${this.shape.join(', ')}]: ${reason}`,
      this.storage.bytes.name,
      `storage '${this.storage.key}'`,
      hint,
    );
  }
}

/** Product of the shape; undefined for sizes, strides or offsets that are not counts or overflow 2^53. */
function countElements({ shape, strides, offset }: Layout): number | undefined {
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  const count = elementCount(shape);
  const valid = shape.every(isCount) && strides.every(isCount) && isCount(offset) && strides.length === shape.length;
  return valid && isCount(count) ? count : undefined;
}

const lastElement = ({ shape, strides, offset }: Layout): number =>
  shape.reduce((last, size, axis) => last + (size - 1) * (strides[axis] ?? 0), offset);

/** Row-major strides. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--)
    strides[axis] = (strides[axis + 1] ?? 1) * Math.max(1, shape[axis + 1] ?? 1);
  return strides;
}
