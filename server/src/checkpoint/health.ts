import type { CheckpointTensor } from './checkpoint';
import { isComplexType, smallestNormal, type TensorData } from './elementType';

/** Counts and moments of a tensor's elements. Complex tensors count their real and imaginary parts. */
export interface TensorStatistics {
  readonly count: number;
  readonly nan: number;
  readonly infinite: number;
  readonly zero: number;
  /** Non-zero magnitudes below the smallest normal number of the stored type. */
  readonly denormal: number;
  /** Of the finite elements; NaN when there are none. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Population standard deviation (divisor n). */
  readonly std: number;
}

/**
 * One pass in float64. Each chunk takes its mean first and its squared deviations second; chunks combine by
 * M2 = M2a + M2b + δ²·na·nb/(na+nb) (Chan, Golub and LeVeque 1983, eq. 2.1), which stays accurate for large means.
 */
export async function tensorStatistics(
  tensor: Pick<CheckpointTensor, 'unordered' | 'dtype'>,
): Promise<TensorStatistics> {
  const normal = smallestNormal[tensor.dtype] ?? (isComplexType(tensor.dtype) ? complexNormal(tensor.dtype) : 0);
  const total = { count: 0, nan: 0, infinite: 0, zero: 0, denormal: 0, min: Infinity, max: -Infinity };
  let finite = 0;
  let mean = 0;
  let squares = 0;
  for await (const chunk of tensor.unordered()) {
    total.count += chunk.length;
    const moments = chunkMoments(chunk, normal, total);
    if (moments.finite === 0) continue;
    const combined = finite + moments.finite;
    const difference = moments.mean - mean;
    squares += moments.squares + (difference * difference * finite * moments.finite) / combined;
    mean += (difference * moments.finite) / combined;
    finite = combined;
  }
  if (finite === 0) return { ...total, min: NaN, max: NaN, mean: NaN, std: NaN };
  return { ...total, mean, std: Math.sqrt(squares / finite) };
}

const complexNormal = (dtype: string): number => (dtype === 'complex64' ? 2 ** -126 : 2 ** -1022);

type Counts = { -readonly [K in Exclude<keyof TensorStatistics, 'mean' | 'std'>]: number };

function chunkMoments(
  chunk: TensorData,
  normal: number,
  total: Counts,
): { finite: number; mean: number; squares: number } {
  let finite = 0;
  let sum = 0;
  // Sums of differences to the first finite value keep their digits when the mean is far from zero.
  let shift = 0;
  for (const element of chunk) {
    const value = Number(element);
    if (Number.isNaN(value)) total.nan++;
    else if (!Number.isFinite(value)) total.infinite++;
    else {
      if (finite++ === 0) shift = value;
      sum += value - shift;
      if (value === 0) total.zero++;
      else if (Math.abs(value) < normal) total.denormal++;
      if (value < total.min) total.min = value;
      if (value > total.max) total.max = value;
    }
  }
  const mean = finite === 0 ? 0 : shift + sum / finite;
  let squares = 0;
  for (const element of chunk) {
    const value = Number(element);
    if (Number.isFinite(value)) squares += (value - mean) ** 2;
  }
  return { finite, mean, squares };
}
