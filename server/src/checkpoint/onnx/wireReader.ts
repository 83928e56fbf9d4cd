/** Walks the fields of a protocol-buffer message in a file without reading what they hold. */
import type { ByteSource } from '../byteSource';
import { CheckpointError } from '../checkpointError';

/** One field: its number, and where its content lies. Content of numbers is not kept. */
export interface WireField {
  readonly number: number;
  readonly wireType: number;
  /** Byte offset of the tag. */
  readonly tag: number;
  /** Byte offset of the content, for length-delimited fields (wire type 2). */
  readonly start: number;
  readonly length: number;
  /** Of a varint (wire type 0). */
  readonly value: number;
}

const VARINT = 0;
const FIXED64 = 1;
export const DELIMITED = 2;
const FIXED32 = 5;
/** A varint of 64 bits. */
const LONGEST_VARINT = 10;
/** Bytes read at once: most headers lie close together. */
const WINDOW = 1 << 16;

export class WireReader {
  private window: Uint8Array = new Uint8Array(0);
  private windowStart = 0;
  /** `format`: what the message is, for errors. */
  constructor(
    private readonly source: ByteSource,
    private readonly format = 'ONNX model',
  ) {}

  /** The fields of the message in bytes `start` … `end`. Throws a CheckpointError where there is none. */
  async *fields(start: number, end: number): AsyncGenerator<WireField> {
    let position = start;
    while (position < end) {
      const tag = await this.varint(position, end);
      const number = Math.floor(tag.value / 8);
      if (number === 0) throw this.damaged('a field without number', position);
      const field = await this.content({ number, wireType: tag.value % 8, tag: position, value: 0 }, tag.end, end);
      yield field;
      position = field.start + field.length;
    }
  }

  private async content(field: Omit<WireField, 'start' | 'length'>, position: number, end: number): Promise<WireField> {
    const { wireType } = field;
    if (wireType === VARINT) {
      const { value, end: after } = await this.varint(position, end);
      return { ...field, start: position, length: after - position, value };
    }
    if (wireType === FIXED64 || wireType === FIXED32)
      return this.within({ ...field, start: position, length: wireType === FIXED64 ? 8 : 4 }, end);
    if (wireType !== DELIMITED) throw this.damaged(`a field of wire type ${wireType}`, position);
    const length = await this.varint(position, end);
    return this.within({ ...field, start: length.end, length: length.value }, end);
  }

  private within(field: WireField, end: number): WireField {
    if (field.start + field.length > end)
      throw this.damaged(`a field of ${field.length} bytes where ${end - field.start} are left`, field.start);
    return field;
  }

  private async varint(start: number, end: number): Promise<{ readonly value: number; readonly end: number }> {
    let value = 0;
    for (let i = 0; i < LONGEST_VARINT; i++) {
      if (start + i >= end) throw this.damaged('the message ends inside a number', start);
      const byte = await this.byte(start + i);
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return { value, end: start + i + 1 };
    }
    throw this.damaged('a number of more than 64 bits', start);
  }

  private async byte(position: number): Promise<number> {
    const inside = position - this.windowStart;
    if (inside < 0 || inside >= this.window.length) {
      this.windowStart = position;
      this.window = await this.source.read(position, Math.min(WINDOW, this.source.size - position));
    }
    return this.window[position - this.windowStart] ?? 0;
  }

  private damaged(reason: string, position: number): CheckpointError {
    return new CheckpointError(
      `this is no ${this.format}: ${reason}`,
      this.source.name,
      `byte ${position}`,
      'The file is damaged, truncated or of another format; write it again.',
    );
  }
}
