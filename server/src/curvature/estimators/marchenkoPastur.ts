/**
 * The law of Marchenko and Pastur (1967): eigenvalues of WᵀW/N for a matrix W of N × M independent entries of variance s², M ≤ N, γ = M/N, lie in [s²(1 − √γ)², s²(1 + √γ)²] with
 * density √((x₊ − x)(x − x₋))/(2πγs²x).
 */

export interface MarchenkoPasturFit {
  /** s² */
  readonly variance: number;
  /** s²(1 + √γ)² */
  readonly edge: number;
  /** Eigenvalues above the edge by more than their fluctuation. */
  readonly spikes: number;
  /** Largest distance between the distribution of the others and the law (Kolmogorov). */
  readonly distance: number;
}

/** Quantile of the Tracy–Widom law that noise exceeds once in a hundred times. */
const LARGEST_OF_NOISE = 2.02;
const ITERATIONS = 100;
/** Points of the law's distribution. */
const POINTS = 1024;

/**
 * The law whose mean, s², is that of the eigenvalues it holds: found by leaving out what lies above its edge until nothing changes. `eigenvalues` of WᵀW/N, all M of them.
 */
export function fitMarchenkoPastur(eigenvalues: ArrayLike<number>, ratio: number): MarchenkoPasturFit {
  const sorted = Float64Array.from(eigenvalues).sort();
  const count = sorted.length;
  const margin = 1 + LARGEST_OF_NOISE * fluctuation(count, count / ratio);
  const edgeOf = (variance: number): number => variance * (1 + Math.sqrt(ratio)) ** 2;
  let held = count;
  let variance = meanOfFirst(sorted, held);
  for (let k = 0; k < ITERATIONS; k++) {
    const edge = edgeOf(variance) * margin;
    let next = held;
    while (next > 1 && (sorted[next - 1] as number) > edge) next--;
    if (next === held) break;
    held = next;
    variance = meanOfFirst(sorted, held);
  }
  const distribution = distributionOf(variance, ratio);
  return {
    variance,
    edge: edgeOf(variance),
    spikes: count - held,
    distance: kolmogorov(sorted.subarray(0, held), distribution),
  };
}

/** Relative scale on which the largest eigenvalue of noise moves about the edge (Johnstone 2001). */
const fluctuation = (m: number, n: number): number =>
  (1 / Math.sqrt(m) + 1 / Math.sqrt(n)) ** (1 / 3) / (Math.sqrt(m) + Math.sqrt(n));

function meanOfFirst(sorted: Float64Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += sorted[i] as number;
  return sum / Math.max(1, count);
}

/** P(X ≤ x), by the midpoint rule in the angle with x = middle − half·cos φ. */
function distributionOf(variance: number, ratio: number): (x: number) => number {
  const root = Math.sqrt(ratio);
  const [low, high] = [variance * (1 - root) ** 2, variance * (1 + root) ** 2];
  const [middle, half] = [(high + low) / 2, (high - low) / 2];
  const cumulative = new Float64Array(POINTS + 1);
  for (let k = 0; k < POINTS; k++) {
    const angle = ((k + 0.5) * Math.PI) / POINTS;
    const x = middle - half * Math.cos(angle);
    const weight = (half * Math.sin(angle)) ** 2 / (2 * Math.PI * ratio * variance * x);
    cumulative[k + 1] = (cumulative[k] as number) + (weight * Math.PI) / POINTS;
  }
  return (x) => {
    if (x <= low) return 0;
    if (x >= high) return 1;
    const position = (Math.acos((middle - x) / half) / Math.PI) * POINTS;
    const k = Math.min(POINTS - 1, Math.floor(position));
    const [below, above] = [cumulative[k] as number, cumulative[k + 1] as number];
    return Math.min(1, below + (position - k) * (above - below));
  };
}

/** sup |F_n − F| */
export function kolmogorov(sorted: Float64Array, distribution: (x: number) => number): number {
  let largest = 0;
  sorted.forEach((x, i) => {
    const value = distribution(x);
    largest = Math.max(largest, value - i / sorted.length, (i + 1) / sorted.length - value);
  });
  return largest;
}
