/**
 * Seeded random numbers: xoshiro128** (Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators"), its
 * state filled by a 32-bit mixing generator, as its authors advise.
 */
export class Random {
  private readonly state: Uint32Array;
  private spareGaussian: number | undefined;

  /** `stream` separates generators of one seed: each estimator draws from its own, so that adding one changes no other. */
  constructor(seed: number, stream = '') {
    let mixed = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
    for (let i = 0; i < stream.length; i++) mixed = mix32(mixed ^ Math.imul(stream.charCodeAt(i) + 1, 0x9e3779b1));
    this.state = Uint32Array.from({ length: 4 }, () => {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      return mix32(mixed);
    });
    // The only forbidden state is all zeros.
    if (this.state.every((word) => word === 0)) this.state[0] = 1;
  }

  /** 32 random bits. */
  bits(): number {
    const s = this.state;
    // Destructuring an array would go through its iterator, ten times as slow.
    const [s0, s1] = [s[0] as number, s[1] as number];
    const [s2, s3] = [s[2] as number, s[3] as number];
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    const t2 = s2 ^ s0;
    const t3 = s3 ^ s1;
    s[1] = s1 ^ t2;
    s[0] = s0 ^ t3;
    s[2] = t2 ^ (s1 << 9);
    s[3] = rotate(t3, 11);
    return result;
  }

  /** Uniform on (0, 1): 52 bits at the middle of their cell, so never 0 or 1. */
  uniform(): number {
    const high = this.bits() >>> 6;
    const low = this.bits() >>> 6;
    return (high * 2 ** 26 + low + 0.5) / 2 ** 52;
  }

  /** Uniform integer in 0 … n−1. */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** The items in random order (Fisher and Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const order = [...items];
    for (let i = order.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j] as T, order[i] as T];
    }
    return order;
  }

  /** Standard normal (Marsaglia's polar method). */
  gaussian(): number {
    if (this.spareGaussian !== undefined) {
      const spare = this.spareGaussian;
      this.spareGaussian = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.spareGaussian = y * factor;
      return x * factor;
    }
  }

  gaussianVector(n: number): Float64Array {
    return Float64Array.from({ length: n }, () => this.gaussian());
  }

  /** ±1 with equal probability. */
  rademacherVector(n: number): Float64Array {
    const vector = new Float64Array(n);
    let word = 0;
    for (let i = 0; i < n; i++) {
      if ((i & 31) === 0) word = this.bits();
      vector[i] = (word & 1) === 1 ? 1 : -1;
      word >>>= 1;
    }
    return vector;
  }
}

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** Bijective mixing of 32 bits (the finaliser of MurmurHash3). */
function mix32(x: number): number {
  let mixed = x ^ (x >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
