import type { CheckpointTensor } from './checkpoint';
import { isComplexType, smallestNormal, toFloat64, type ElementType, type TensorData } from './elementType';

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
  tensor: Pick<CheckpointTensor, 'unordered'> & { readonly dtype: ElementType },
): Promise<TensorStatistics> {
  const normal = smallestNormal[tensor.dtype] ?? (isComplexType(tensor.dtype) ? complexNormal(tensor.dtype) : 0);
  const sums: ChunkSums[] = [];
  let count = 0;
  for await (const chunk of tensor.unordered()) {
    sums.push(chunkSums(asFloats(chunk), normal));
    count += chunk.length;
  }
  const add = (field: 'nan' | 'infinite' | 'zero' | 'denormal' | 'finite'): number =>
    sums.reduce((sum, part) => sum + part[field], 0);
  const counts = { count, nan: add('nan'), infinite: add('infinite'), zero: add('zero'), denormal: add('denormal') };
  if (add('finite') === 0) return { ...counts, min: NaN, max: NaN, mean: NaN, std: NaN };
  const { mean, deviation } = combined(sums);
  return {
    ...counts,
    min: sums.reduce((least, { min }) => Math.min(least, min), Infinity),
    max: sums.reduce((most, { max }) => Math.max(most, max), -Infinity),
    mean,
    std: deviation,
  };
}

/** Mean and population deviation of all chunks together. */
function combined(sums: readonly ChunkSums[]): { mean: number; deviation: number } {
  let [count, mean, squares] = [0, 0, 0];
  for (const part of sums) {
    if (part.finite === 0) continue;
    const all = count + part.finite;
    const difference = part.mean - mean;
    squares += part.squares + (difference * difference * count * part.finite) / all;
    mean += (difference * part.finite) / all;
    count = all;
  }
  return { mean, deviation: Math.sqrt(squares / count) };
}

const complexNormal = (dtype: string): number => (dtype === 'complex64' ? 2 ** -126 : 2 ** -1022);

interface ChunkSums {
  readonly nan: number;
  readonly infinite: number;
  readonly zero: number;
  readonly denormal: number;
  readonly finite: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Σ (value − mean)² */
  readonly squares: number;
}

/** Loops over elements know two kinds of arrays, so that they compile to plain loads. */
export const asFloats = (data: TensorData): Float32Array | Float64Array =>
  data instanceof Float32Array ? data : toFloat64(data);

function chunkSums(values: Float32Array | Float64Array, normal: number): ChunkSums {
  let [nan, infinite, zero, denormal, finite] = [0, 0, 0, 0, 0];
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  // Sums of differences to the first finite value keep their digits when the mean is far from zero.
  let shift = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const size = Math.abs(value);
    if (size < Infinity) {
      if (finite++ === 0) shift = value;
      sum += value - shift;
      if (size < normal) {
        if (value === 0) zero++;
        else denormal++;
      } else if (value === 0) zero++;
      if (value < min) min = value;
      if (value > max) max = value;
    } else if (size === Infinity) infinite++;
    else nan++;
  }
  const mean = finite === 0 ? 0 : shift + sum / finite;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const difference = (values[i] as number) - mean;
    if (Math.abs(difference) < Infinity) squares += difference * difference;
  }
  return { nan, infinite, zero, denormal, finite, min, max, mean, squares };
}
