import type { ByteSource } from '../byteSource';
import { CheckpointError } from '../checkpointError';

const WINDOW = 1 << 16;

/** Bytes that the machine needs at hand for any instruction without a long argument. */
const LOOKAHEAD = 64;

const LONGEST_LINE_AT_HAND = 1 << 12;

/** A cursor over a source with a window of bytes in memory, so that a pickle may lie inside a large file. */
export class PickleReader {
  private window: Uint8Array = new Uint8Array(0);
  private view = new DataView(this.window.buffer);
  private windowStart: number;
  private cursor = 0;

  constructor(
    readonly source: ByteSource,
    start: number,
    /** For messages: the archive entry, or 'file'. */
    readonly place: string,
  ) {
    this.windowStart = start;
  }

  get position(): number {
    return this.windowStart + this.cursor;
  }

  /** True when the next instruction's short arguments may not be in memory yet. */
  get mustFill(): boolean {
    return this.window.length - this.cursor < LOOKAHEAD && this.windowStart + this.window.length < this.source.size;
  }

  async fill(): Promise<void> {
    await this.moveTo(this.position);
  }

  async moveTo(position: number): Promise<void> {
    const length = Math.max(0, Math.min(WINDOW, this.source.size - position));
    this.window = await this.source.read(position, length);
    this.view = new DataView(this.window.buffer, this.window.byteOffset, this.window.length);
    this.windowStart = position;
    this.cursor = 0;
  }

  byte(): number {
    return this.view.getUint8(this.advance(1));
  }
  uint16(): number {
    return this.view.getUint16(this.advance(2), true);
  }
  uint32(): number {
    return this.view.getUint32(this.advance(4), true);
  }
  int32(): number {
    return this.view.getInt32(this.advance(4), true);
  }
  /** Rounded beyond 2^53; such lengths are out of range anyway. */
  uint64(): number {
    return Number(this.view.getBigUint64(this.advance(8), true));
  }
  bigEndianDouble(): number {
    return this.view.getFloat64(this.advance(8), false);
  }

  /** `length` bytes when they are all in the window: a view of it, valid until the next read. */
  bytesAtHand(length: number): Uint8Array | undefined {
    if (length > this.window.length - this.cursor) return undefined;
    const start = this.advance(length);
    return this.window.subarray(start, start + length);
  }

  /** `length` bytes read from the source. */
  async bytes(length: number): Promise<Uint8Array> {
    const position = this.position;
    const bytes = await this.source.read(position, length);
    await this.moveTo(position + length);
    return bytes;
  }

  /** Text up to a newline, without it, when it ends inside the window and is short. */
  lineAtHand(): string | undefined {
    const end = this.window.indexOf(0x0a, this.cursor);
    if (end < 0 || end - this.cursor > LONGEST_LINE_AT_HAND) return undefined;
    const start = this.advance(end - this.cursor + 1);
    return Buffer.from(this.window.subarray(start, end)).toString('latin1');
  }

  /** Text up to a newline, without it, as Latin-1; at most `limit` bytes. */
  async line(limit: number): Promise<string> {
    const parts: string[] = [];
    for (let length = 0; ;) {
      if (this.cursor >= this.window.length) await this.fill();
      const end = this.window.indexOf(0x0a, this.cursor);
      const part = this.window.subarray(this.cursor, end < 0 ? this.window.length : end);
      length += part.length;
      if (length > limit) this.fail(`a line is longer than ${limit} bytes`);
      if (part.length === 0 && end < 0) this.fail('the pickle ends inside a line');
      parts.push(Buffer.from(part).toString('latin1'));
      this.cursor += part.length + (end < 0 ? 0 : 1);
      if (end >= 0) return parts.join('');
    }
  }

  fail(reason: string, position = this.position, hint = 'The file is damaged, truncated or not a pickle.'): never {
    throw new CheckpointError(reason, this.source.name, `${this.place}, byte ${position}`, hint);
  }

  private advance(length: number): number {
    const start = this.cursor;
    if (start + length > this.window.length) this.fail('the pickle ends inside an instruction');
    this.cursor += length;
    return start;
  }
}
