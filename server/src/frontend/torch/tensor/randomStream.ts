/**
 * Deterministic random numbers: xoshiro128++ (Blackman and Vigna 2021), its state filled from the seed by splitmix32.
 * Every random tensor has a stream of its own, so that values do not depend on the order in which tensors are needed.
 * They are not those of PyTorch's generator.
 */
export class RandomStream {
  private readonly state: Uint32Array;
  private spare: number | undefined;

  /** @param seed of the program; @param index number of the draw in it */
  constructor(seed: number, index: number) {
    let mixed = (Math.imul(seed | 0, 0x9e3779b9) ^ Math.imul(index + 1, 0x85ebca6b)) | 0;
    this.state = Uint32Array.from({ length: 4 }, () => {
      mixed = (mixed + 0x9e3779b9) | 0;
      let z = mixed ^ (mixed >>> 16);
      z = Math.imul(z, 0x21f0aaad);
      z ^= z >>> 15;
      z = Math.imul(z, 0x735a2d97);
      return z ^ (z >>> 15);
    });
  }

  /** 32 random bits. */
  private next(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.state;
    const sum = (a + d) >>> 0;
    const result = (((sum << 7) | (sum >>> 25)) + a) >>> 0;
    const c1 = c ^ a;
    const d1 = d ^ b;
    this.state[0] = a ^ d1;
    this.state[1] = b ^ c1;
    this.state[2] = c1 ^ (b << 9);
    this.state[3] = (d1 << 11) | (d1 >>> 21);
    return result;
  }

  /** In [0, 1), 53 bits. */
  uniform(): number {
    return ((this.next() >>> 5) * 2 ** 26 + (this.next() >>> 6)) / 2 ** 53;
  }

  /** Standard normal, by the polar method of Marsaglia. */
  normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    for (;;) {
      const [x, y] = [2 * this.uniform() - 1, 2 * this.uniform() - 1];
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.spare = y * factor;
      return x * factor;
    }
  }

  /** An integer in [low, high). */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low));
  }

  /** 0 … n − 1 in random order (Fisher and Yates). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(0, i + 1);
      [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
    }
    return order;
  }
}
