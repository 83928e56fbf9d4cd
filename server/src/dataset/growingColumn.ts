/** A column of numbers that grows row by row, in memory of its own size. */
export class GrowingColumn {
  private storage = new Float64Array(256);
  length = 0;

  push(value: number): void {
    if (this.length === this.storage.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.storage);
      this.storage = larger;
    }
    this.storage[this.length++] = value;
  }

  get values(): Float64Array {
    return this.storage.subarray(0, this.length);
  }
}
