/** Whole numbers that stand for value = number·scale + min, as the float32 bytes that they mean; computed by ranges. */
import type { ByteSource } from './byteSource';
import { decodeElements, elementWidth, toFloat64, type ElementType } from './elementType';

const FLOAT_WIDTH = 4;

export class DequantisedSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  constructor(
    private readonly numbers: ByteSource,
    private readonly type: ElementType & ('uint8' | 'uint16'),
    private readonly scale: number,
    private readonly min: number,
  ) {
    this.name = numbers.name;
    this.size = (numbers.size / elementWidth(type)) * FLOAT_WIDTH;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const width = elementWidth(this.type);
    const first = Math.floor(offset / FLOAT_WIDTH);
    const end = Math.ceil((offset + length) / FLOAT_WIDTH);
    const stored = decodeElements(await this.numbers.read(first * width, (end - first) * width), this.type, true);
    const values = Float32Array.from(toFloat64(stored), (number) => number * this.scale + this.min);
    const skipped = offset - first * FLOAT_WIDTH;
    return new Uint8Array(values.buffer, skipped, length);
  }
}
