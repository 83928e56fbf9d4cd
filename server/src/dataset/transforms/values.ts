/** Transforms that change what pixels are: conversions, Normalize, Grayscale. */
import type { DataValue } from '../dataCall';
import { extentsOf, type Picture } from './picture';
import { numbersOf, type TransformRule } from './rule';

const asFloats = (picture: Picture, scale: number): Picture => ({
  ...picture,
  form: 'tensor',
  data: Float32Array.from(picture.data, (value) => Math.fround(value / scale)),
});

/** A tensor of floats in 0 … 1; floats stay as they are. */
const toUnit = (picture: Picture): Picture =>
  picture.data instanceof Uint8Array ? asFloats(picture, 255) : { ...picture, form: 'tensor' };

export const toTensor: TransformRule = { parameters: [], make: () => ({ apply: toUnit }) };

/** A tensor of bytes: PILToTensor, ToImage. */
export const toByteTensor: TransformRule = {
  parameters: [],
  make: () => ({ apply: (picture) => ({ ...picture, form: 'tensor' }) }),
};

/** Back to an image of bytes: floats are multiplied by 255 and cut off. */
export const toImage: TransformRule = {
  parameters: ['mode'],
  make: () => ({
    apply: (picture) => ({
      ...picture,
      form: 'image',
      data:
        picture.data instanceof Uint8Array
          ? picture.data
          : Uint8Array.from(picture.data, (value) => Math.trunc(Math.min(1, Math.max(0, value)) * 255)),
    }),
  }),
};

const floatTypes = /float|half|double/;

/** ToDtype(dtype, scale): floats with or without the division by 255. */
export const toDtype: TransformRule = {
  parameters: ['dtype', 'scale'],
  make({ dtype, scale = false }) {
    if (typeof dtype !== 'string') return undefined;
    if (dtype.endsWith('uint8')) return toByteTensor.make({});
    if (!floatTypes.test(dtype)) return undefined;
    return {
      apply: (picture) =>
        scale === true || !(picture.data instanceof Uint8Array) ? toUnit(picture) : asFloats(picture, 1),
    };
  },
};

/** ConvertImageDtype always scales. */
export const convertImageDtype: TransformRule = {
  parameters: ['dtype'],
  make: ({ dtype = 'torch.float32' }) => toDtype.make({ dtype, scale: true }),
};

export const normalize: TransformRule = {
  parameters: ['mean', 'std', 'inplace'],
  make({ mean, std }) {
    const [shift, scale] = [numbersOf(mean), numbersOf(std)];
    if (shift === undefined || scale === undefined || scale.includes(0)) return undefined;
    return {
      apply(picture) {
        const { channels, height, width } = extentsOf(picture);
        const floats = toUnit(picture);
        if (shift.length > 1 && shift.length !== channels)
          throw new RangeError(`Normalize has means of ${shift.length} channels, the image ${channels}`);
        const size = height * width;
        const data = Float32Array.from(floats.data, (value, position) => {
          const channel = Math.floor(position / size);
          return (
            Math.fround(value - Math.fround(shift[channel] ?? shift[0] ?? 0)) /
            Math.fround(scale[channel] ?? scale[0] ?? 1)
          );
        });
        return { ...floats, data };
      },
    };
  },
};

/** The first channel `count` times. */
function repeated(picture: Picture, count: number): Picture {
  const { height, width } = extentsOf(picture);
  const size = height * width;
  const data = picture.data instanceof Uint8Array ? new Uint8Array(count * size) : new Float32Array(count * size);
  for (let channel = 0; channel < count; channel++) data.set(picture.data.subarray(0, size), channel * size);
  return { ...picture, shape: [count, height, width], data };
}

/** Luma of ITU-R 601-2: 16-bit fixed point as Pillow computes it for images, rounded weights for tensors. */
function grey(picture: Picture): Picture {
  const { channels, height, width } = extentsOf(picture);
  if (channels < 3)
    return channels === 1
      ? picture
      : { ...picture, shape: [1, height, width], data: picture.data.slice(0, height * width) };
  const size = height * width;
  const { data, form } = picture;
  const at = (channel: number, i: number): number => data[channel * size + i] ?? 0;
  const luma = (i: number): number =>
    form === 'image'
      ? (at(0, i) * 19595 + at(1, i) * 38470 + at(2, i) * 7471 + 0x8000) >> 16
      : 0.2989 * at(0, i) + 0.587 * at(1, i) + 0.114 * at(2, i);
  const result = data instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
  for (let i = 0; i < size; i++) result[i] = luma(i);
  return { ...picture, shape: [1, height, width], data: result };
}

export const grayscale: TransformRule = {
  parameters: ['num_output_channels'],
  make({ num_output_channels: count = 1 }) {
    if (count !== 1 && count !== 3) return undefined;
    return { apply: (picture) => (count === 1 ? grey(picture) : repeated(grey(picture), 3)) };
  },
};

/** Three channels: PIL's convert('RGB'), v2's RGB. */
const toColour = (picture: Picture): Picture => (extentsOf(picture).channels === 1 ? repeated(picture, 3) : picture);

export const rgb: TransformRule = { parameters: [], make: () => ({ apply: toColour }) };

/** PIL's image.convert(mode). */
export const convert: TransformRule = {
  parameters: ['mode'],
  make: ({ mode }: Readonly<Record<string, DataValue>>) =>
    mode === 'RGB' ? { apply: toColour } : mode === 'L' ? { apply: grey } : undefined,
};
