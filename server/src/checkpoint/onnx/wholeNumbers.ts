/** Whole numbers of a file, read by ranges: stored one by one, or packed several to a byte. */
import type { ByteSource } from '../byteSource';
import { decodeElements, elementWidth, toFloat64, type ElementType } from '../elementType';

export interface WholeNumbers {
  /** Of the file. */
  readonly name: string;
  readonly count: number;
  read(first: number, count: number): Promise<Float64Array>;
}

export class StoredIntegers implements WholeNumbers {
  readonly name: string;
  readonly count: number;
  constructor(
    private readonly bytes: ByteSource,
    private readonly type: ElementType,
  ) {
    this.name = bytes.name;
    this.count = bytes.size / elementWidth(type);
  }

  async read(first: number, count: number): Promise<Float64Array> {
    const width = elementWidth(this.type);
    return toFloat64(decodeElements(await this.bytes.read(first * width, count * width), this.type, true));
  }
}

/** Numbers of 2, 4 or 8 bits, the first in the lowest bits of a byte. */
export class PackedIntegers implements WholeNumbers {
  readonly name: string;
  constructor(
    private readonly bytes: ByteSource,
    readonly count: number,
    private readonly bits: number,
    private readonly signed: boolean,
  ) {
    this.name = bytes.name;
  }

  async read(first: number, count: number): Promise<Float64Array> {
    const perByte = 8 / this.bits;
    const start = Math.floor(first / perByte);
    const packed = await this.bytes.read(start, Math.ceil((first + count) / perByte) - start);
    const mask = 2 ** this.bits - 1;
    const half = this.signed ? 2 ** (this.bits - 1) : Infinity;
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const position = first + i - start * perByte;
      const value = ((packed[Math.floor(position / perByte)] ?? 0) >> (this.bits * (position % perByte))) & mask;
      values[i] = value >= half ? value - mask - 1 : value;
    }
    return values;
  }
}

/** Rows of `length` numbers, each filled up to `padded` in what holds them. */
export class UnpaddedRows implements WholeNumbers {
  readonly name: string;
  readonly count: number;
  constructor(
    private readonly rows: WholeNumbers,
    private readonly length: number,
    private readonly padded: number,
  ) {
    this.name = rows.name;
    this.count = (rows.count / padded) * length;
  }

  async read(first: number, count: number): Promise<Float64Array> {
    if (this.length === this.padded) return this.rows.read(first, count);
    const place = (element: number): number =>
      Math.floor(element / this.length) * this.padded + (element % this.length);
    const start = place(first);
    const held = await this.rows.read(start, count === 0 ? 0 : place(first + count - 1) + 1 - start);
    return Float64Array.from({ length: count }, (_, i) => held[place(first + i) - start] ?? NaN);
  }
}
