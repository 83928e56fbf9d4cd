import { CheckpointError } from '../checkpoint/checkpointError';
import type { SampleArray } from './sampleArrays';
import type { ArrayData } from '../engine/engine';

/** Parts of one array, one after the other. All must have the shape and type of the first. */
export function concatenated(parts: readonly SampleArray[]): SampleArray {
  const [first] = parts;
  if (first === undefined) throw new CheckpointError('there is no part', 'data', 'files');
  const width = first.shape.reduce((product, extent) => product * extent, 1);
  const starts = parts.map((_, index) => parts.slice(0, index).reduce((sum, { size }) => sum + size, 0));
  return {
    ...first,
    size: parts.reduce((sum, { size }) => sum + size, 0),
    async rows(indices) {
      const pieces = await Promise.all(
        parts.map(async (part, partIndex) => {
          const start = starts[partIndex] ?? 0;
          const places = [...indices.keys()].filter(
            (place) => (indices[place] ?? -1) >= start && (indices[place] ?? -1) < start + part.size,
          );
          return { places, data: await part.rows(places.map((place) => (indices[place] ?? 0) - start)) };
        }),
      );
      return interleave(pieces, indices.length, width);
    },
  };
}

/** Puts row i of each piece to its place among all rows. */
function interleave(
  pieces: readonly { places: readonly number[]; data: ArrayData }[],
  count: number,
  width: number,
): ArrayData {
  const total =
    pieces[0]?.data.constructor === Float32Array ? new Float32Array(count * width) : new Int32Array(count * width);
  for (const { places, data } of pieces)
    for (const [row, place] of places.entries())
      total.set(data.subarray(row * width, (row + 1) * width), place * width);
  return total;
}
