/**
 * numpy's `RandomState`: the Mersenne Twister (MT19937, Matsumoto and Nishimura 1998) and the shuffling that numpy keeps for old code. Libraries
 * shuffle with a fixed seed, which decides the samples that belong to the training part.
 */
const STATE = 624;
const MIDDLE = 397;

export class RandomState {
  private readonly state = new Uint32Array(STATE);
  private next = STATE;

  /** `seed`: 0 … 2³²−1. */
  constructor(seed: number) {
    const { state } = this;
    state[0] = seed;
    for (let i = 1; i < STATE; i++) {
      const before = state[i - 1] ?? 0;
      state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
    }
  }

  /** Fisher–Yates from the end, in place. */
  shuffle<T>(items: T[]): T[] {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.interval(last);
      const [a, b] = [items[last] as T, items[other] as T];
      items[last] = b;
      items[other] = a;
    }
    return items;
  }

  /** `permutation(count)` */
  permutation(count: number): number[] {
    return this.shuffle(Array.from({ length: count }, (_, i) => i));
  }

  /** Uniform in 0 … largest: numbers of as many bits are drawn until one is small enough. */
  private interval(largest: number): number {
    const mask = 2 ** (32 - Math.clz32(largest)) - 1;
    for (;;) {
      const value = (this.bits() & mask) >>> 0;
      if (value <= largest) return value;
    }
  }

  private bits(): number {
    if (this.next === STATE) this.renew();
    let y = this.state[this.next++] ?? 0;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  private renew(): void {
    const { state } = this;
    for (let i = 0; i < STATE; i++) {
      const y = ((state[i] ?? 0) & 0x80000000) | ((state[(i + 1) % STATE] ?? 0) & 0x7fffffff);
      state[i] = (state[(i + MIDDLE) % STATE] ?? 0) ^ (y >>> 1) ^ ((y & 1) === 0 ? 0 : 0x9908b0df);
    }
    this.next = 0;
  }
}
