import { requireRange, type ByteSource } from './byteSource';
import { CheckpointError } from './checkpointError';

const WINDOW = 1 << 18;
/** What a description may take: vocabularies of large models stay below 32 MiB. */
const LARGEST_DESCRIPTION = 2 ** 27;
const LONGEST_TEXT = 1 << 20;

/** Reads the numbers and texts of a GGUF description one after the other, through a window on the file. */
export class GgufReader {
  private window = new Uint8Array(0);
  private view = new DataView(this.window.buffer);
  private windowStart = 0;
  private cursor = 0;

  constructor(
    readonly source: ByteSource,
    private readonly littleEndian: boolean,
    start: number,
  ) {
    this.windowStart = start;
  }

  get position(): number {
    return this.windowStart + this.cursor;
  }

  /** Makes `length` bytes available; throws a CheckpointError when the file ends before. */
  private async need(length: number): Promise<number> {
    if (this.window.length - this.cursor < length) {
      const position = this.position;
      requireRange(this.source, position, length);
      if (position + length > LARGEST_DESCRIPTION)
        this.fail(`the description takes more than ${LARGEST_DESCRIPTION} bytes`);
      this.window = new Uint8Array(
        await this.source.read(position, Math.min(WINDOW + length, this.source.size - position)),
      );
      this.view = new DataView(this.window.buffer);
      this.windowStart = position;
      this.cursor = 0;
    }
    this.cursor += length;
    return this.cursor - length;
  }

  async number(kind: NumberKind): Promise<number> {
    const at = await this.need(widths[kind]);
    const view = this.view;
    switch (kind) {
      case 'uint8':
        return view.getUint8(at);
      case 'int8':
        return view.getInt8(at);
      case 'uint16':
        return view.getUint16(at, this.littleEndian);
      case 'int16':
        return view.getInt16(at, this.littleEndian);
      case 'uint32':
        return view.getUint32(at, this.littleEndian);
      case 'int32':
        return view.getInt32(at, this.littleEndian);
      case 'float32':
        return view.getFloat32(at, this.littleEndian);
      case 'float64':
        return view.getFloat64(at, this.littleEndian);
      // Rounded beyond 2^53, where counts and offsets are out of range anyway.
      case 'uint64':
        return Number(view.getBigUint64(at, this.littleEndian));
      case 'int64':
        return Number(view.getBigInt64(at, this.littleEndian));
    }
  }

  /** A count that `smallest` bytes each could follow in the file; anything larger is damage, found before allocating. */
  async count(what: string, smallest: number, largest: number): Promise<number> {
    const count = await this.number('uint64');
    if (count > largest) this.fail(`it claims ${count} ${what}; up to ${largest} are read`);
    if (count * smallest > this.source.size - this.position)
      this.fail(`it claims ${count} ${what}, for which the file is too short`);
    return count;
  }

  /** A text of UTF-8 behind its length. */
  async text(what: string, longest = LONGEST_TEXT): Promise<string> {
    const length = await this.number('uint64');
    if (length > longest) this.fail(`${what} has ${length} bytes; up to ${longest} are read`);
    const at = await this.need(length);
    return new TextDecoder().decode(this.window.subarray(at, at + length));
  }

  skip(length: number): void {
    requireRange(this.source, this.position, length);
    if (length <= this.window.length - this.cursor) this.cursor += length;
    else this.moveTo(this.position + length);
  }

  /** Passes `count` texts without decoding them; vocabularies have hundreds of thousands. */
  async skipTexts(count: number): Promise<void> {
    for (let left = count; left > 0; left--) {
      const at = this.window.length - this.cursor < 8 ? await this.need(8) : this.cursor;
      const [low, high] = this.littleEndian ? [at, at + 4] : [at + 4, at];
      const length = this.view.getUint32(low, this.littleEndian);
      if (this.view.getUint32(high, this.littleEndian) !== 0 || length > LONGEST_TEXT)
        this.fail(`a text is longer than the ${LONGEST_TEXT} bytes that are read`);
      this.cursor = at + 8;
      this.skip(length);
    }
  }

  private moveTo(position: number): void {
    if (position > LARGEST_DESCRIPTION) this.fail(`the description takes more than ${LARGEST_DESCRIPTION} bytes`);
    this.window = new Uint8Array(0);
    this.windowStart = position;
    this.cursor = 0;
  }

  fail(reason: string): never {
    throw new CheckpointError(
      reason,
      this.source.name,
      `byte ${this.position}`,
      'The file is damaged, truncated or was made to mislead.',
    );
  }
}

export type NumberKind =
  'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32' | 'uint64' | 'int64' | 'float32' | 'float64';

export const widths: Readonly<Record<NumberKind, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  float32: 4,
  float64: 8,
};
