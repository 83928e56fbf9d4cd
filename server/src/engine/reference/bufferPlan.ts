/** Assigns the intermediates of a program to few reusable buffers, before any of them exists. */
export class BufferPlan {
  /** Bytes of each buffer. */
  readonly sizes: number[] = [];
  readonly #free = new Set<number>();

  /** The number of a free buffer of at least `bytes`: the tightest one, or a new one if all are more than twice as large. */
  acquire(bytes: number): number {
    let best: number | undefined;
    for (const buffer of this.#free) {
      const size = this.#size(buffer);
      if (size < bytes || size > 2 * bytes) continue;
      if (best === undefined || size < this.#size(best)) best = buffer;
    }
    if (best === undefined) return this.sizes.push(bytes) - 1;
    this.#free.delete(best);
    return best;
  }

  release(buffer: number): void {
    this.#free.add(buffer);
  }

  #size(buffer: number): number {
    return this.sizes[buffer] ?? 0;
  }
}
