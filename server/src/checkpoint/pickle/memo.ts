import type { PickleValue } from './values';

/** Values by number. Python counts up from 0, so an array holds nearly all; other numbers go to a map. */
export class Memo {
  private readonly dense: PickleValue[] = [];
  private readonly sparse = new Map<number, PickleValue>();

  get size(): number {
    return this.dense.length + this.sparse.size;
  }
  set(index: number, value: PickleValue): void {
    if (index < this.dense.length) this.dense[index] = value;
    else if (index === this.dense.length) this.dense.push(value);
    else this.sparse.set(index, value);
  }
  get(index: number): PickleValue | undefined {
    return index < this.dense.length ? this.dense[index] : this.sparse.get(index);
  }
}
