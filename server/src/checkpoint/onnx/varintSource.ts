/** Whole numbers that a protocol buffer packs one behind the other in as few bytes as each needs, read as little-endian elements of one width. */
import { requireRange, type ByteSource } from '../byteSource';
import { CheckpointError } from '../checkpointError';

/** Bytes read at once. */
const WINDOW = 1 << 16;
/** Elements between places that are remembered. */
const STEP = 1 << 14;
/** A number of 64 bits takes no more bytes. */
const LONGEST = 10;

export class VarintSource implements ByteSource {
  readonly name: string;
  /** Bytes of the elements. */
  readonly size: number;
  private constructor(
    private readonly packed: ByteSource,
    count: number,
    private readonly width: number,
    /** Of every `STEP`th element in `packed`. */
    private readonly places: readonly number[],
  ) {
    this.name = packed.name;
    this.size = count * width;
  }

  /** Counts the numbers. `width`: bytes of an element (1, 2, 4 or 8); higher bits are dropped. Throws a CheckpointError. */
  static async open(packed: ByteSource, width: number): Promise<VarintSource> {
    const places = [0];
    let count = 0;
    let begun = 0;
    for (let at = 0; at < packed.size; at += WINDOW) {
      const window = await packed.read(at, Math.min(WINDOW, packed.size - at));
      for (let i = 0; i < window.length; i++) {
        begun = (window[i] as number) < 0x80 ? 0 : begun + 1;
        if (begun === LONGEST) throw damaged(packed, 'a number of more than 64 bits');
        if (begun === 0 && ++count % STEP === 0) places.push(at + i + 1);
      }
    }
    if (begun > 0) throw damaged(packed, 'elements end inside a number');
    return new VarintSource(packed, count, width, places);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    requireRange(this, offset, length);
    const first = Math.floor(offset / this.width);
    const end = Math.ceil((offset + length) / this.width);
    const elements = await this.elements(first, end);
    return elements.subarray(offset - first * this.width, offset - first * this.width + length);
  }

  /** Elements `first` … `end`. */
  private async elements(first: number, end: number): Promise<Uint8Array> {
    const target = new Elements(end - first, this.width);
    let element = Math.floor(first / STEP) * STEP;
    const start = this.places[Math.floor(first / STEP)] ?? 0;
    const stop = this.places[Math.ceil(end / STEP)] ?? this.packed.size;
    let [low, high, shift] = [0, 0, 0];
    for (let at = start; at < stop && element < end; at += WINDOW) {
      const window = await this.packed.read(at, Math.min(WINDOW, stop - at));
      for (let i = 0; i < window.length; i++) {
        const byte = window[i] as number;
        const bits = byte & 0x7f;
        if (shift < 32) low |= bits << shift;
        // The fifth byte of seven bits lies in both halves.
        if (shift === 28) high |= bits >> 4;
        else if (shift > 28) high |= bits << (shift - 32);
        shift += 7;
        if (byte >= 0x80) continue;
        if (element >= first && element < end) target.set(element - first, low, high);
        element++;
        low = high = shift = 0;
      }
    }
    return target.bytes;
  }
}

/** Elements as little-endian bytes. */
class Elements {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  constructor(
    count: number,
    private readonly width: number,
  ) {
    this.bytes = new Uint8Array(count * width);
    this.view = new DataView(this.bytes.buffer);
  }

  /** From the halves of a number of 64 bits. */
  set(index: number, low: number, high: number): void {
    const at = index * this.width;
    if (this.width === 1) this.view.setInt8(at, low);
    else if (this.width === 2) this.view.setInt16(at, low, true);
    else this.view.setInt32(at, low, true);
    if (this.width === 8) this.view.setInt32(at + 4, high, true);
  }
}

const damaged = ({ name }: ByteSource, reason: string): CheckpointError =>
  new CheckpointError(reason, name, 'the elements of a tensor', 'The file is damaged; write it again.');
