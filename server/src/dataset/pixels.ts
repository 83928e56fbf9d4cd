import type { SampleArray } from './sampleArrays';

/**
 * Bytes of images as float32 in 0 … 1, channels first: what torchvision's ToTensor gives. `grey` gains the channel
 * axis: [h, w] → [1, h, w]; `planes` are channels first already.
 */
export function pixelSamples(array: SampleArray, layout: 'grey' | 'planes'): SampleArray {
  return {
    ...array,
    shape: layout === 'grey' ? [1, ...array.shape] : array.shape,
    dtype: 'float',
    async rows(indices) {
      return Float32Array.from(await array.rows(indices), (value) => value / 255);
    },
  };
}

/** Channels (first axis of a sample) shifted and scaled: (x − mean) / std, as torchvision's Normalize. */
export function normalizedSamples(array: SampleArray, mean: readonly number[], std: readonly number[]): SampleArray {
  const [channels = 1, ...spatial] = array.shape;
  const size = spatial.reduce((product, extent) => product * extent, 1);
  return {
    ...array,
    async rows(indices) {
      return Float32Array.from(await array.rows(indices), (value, position) => {
        const channel = Math.floor(position / size) % channels;
        return (value - (mean[channel] ?? mean[0] ?? 0)) / (std[channel] ?? std[0] ?? 1);
      });
    },
  };
}
