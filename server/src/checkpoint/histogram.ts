import type { CheckpointTensor } from './checkpoint';
import { asFloats, type TensorStatistics } from './health';

/** Bins of equal width: enough to see two modes or clipping, few enough that a small tensor does not become a comb. */
const MOST_BINS = 80;

/**
 * Counts of the finite elements in bins of equal width between the smallest and the largest, which `statistics` tells: a second pass over the
 * elements. One bin where all are equal, none where nothing is finite. The last bin includes its upper end. Complex tensors count both parts.
 */
export async function histogram(
  tensor: Pick<CheckpointTensor, 'unordered'>,
  { min, max, count, nan, infinite }: TensorStatistics,
): Promise<number[]> {
  const finite = count - nan - infinite;
  if (finite === 0) return [];
  if (min === max) return [finite];
  const bins = Math.min(MOST_BINS, Math.max(8, Math.ceil(Math.sqrt(finite))));
  // Halved: the difference of two float64 values may overflow. Below 1 nothing can, and halves might underflow.
  const half = Math.max(Math.abs(min), Math.abs(max)) > 1 ? 0.5 : 1;
  const [low, span] = [half * min, half * max - half * min];
  const counts = new Float64Array(bins);
  for await (const chunk of tensor.unordered()) countInto(counts, asFloats(chunk), half, low, span);
  return [...counts];
}

function countInto(
  counts: Float64Array,
  values: Float32Array | Float64Array,
  half: number,
  low: number,
  span: number,
): void {
  const bins = counts.length;
  for (let i = 0; i < values.length; i++) {
    const place = ((half * (values[i] as number) - low) / span) * bins;
    // Neither NaN nor an infinity lies inside.
    if (!(place >= 0 && place <= bins)) continue;
    const bin = Math.min(bins - 1, Math.floor(place));
    counts[bin] = (counts[bin] as number) + 1;
  }
}
