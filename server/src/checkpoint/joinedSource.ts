import { requireRange, type ByteSource } from './byteSource';

/** Several sources one after the other as one. */
export class JoinedSource implements ByteSource {
  readonly size: number;
  constructor(
    readonly name: string,
    private readonly parts: readonly ByteSource[],
  ) {
    this.size = parts.reduce((sum, { size }) => sum + size, 0);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    requireRange(this, offset, length);
    const bytes = new Uint8Array(length);
    let begin = 0;
    for (const part of this.parts) {
      const from = Math.max(offset, begin);
      const to = Math.min(offset + length, begin + part.size);
      if (from < to) bytes.set(await part.read(from - begin, to - from), from - offset);
      begin += part.size;
    }
    return bytes;
  }
}
