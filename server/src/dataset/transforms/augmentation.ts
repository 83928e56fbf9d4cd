/**
 * Random transforms. They are not applied: an analysis is of the data, not of one draw of them. Those that decide the size
 * of the result are replaced by their usual counterparts for evaluation.
 */
import { cropCenter, shorterSideTo } from './geometry';
import { extentsOf, type Picture } from './picture';
import { resample } from './resample';
import { pairOf, type TransformRule } from './rule';

/** Random in every member; they keep the size of the picture. */
const unapplied = [
  'RandomHorizontalFlip',
  'RandomVerticalFlip',
  'RandomRotation',
  'RandomAffine',
  'RandomPerspective',
  'RandomErasing',
  'RandomGrayscale',
  'RandomInvert',
  'RandomPosterize',
  'RandomSolarize',
  'RandomAdjustSharpness',
  'RandomAutocontrast',
  'RandomEqualize',
  'RandomPhotometricDistort',
  'RandomChannelPermutation',
  'RandomZoomOut',
  'ColorJitter',
  'GaussianBlur',
  'GaussianNoise',
  'ElasticTransform',
  'AutoAugment',
  'RandAugment',
  'TrivialAugmentWide',
  'AugMix',
  'JPEG',
  'RandomApply',
  'RandomChoice',
  'RandomOrder',
  'CutMix',
  'MixUp',
];

/** The middle in place of a random window. */
const randomCrop: TransformRule = {
  parameters: ['size', 'padding', 'pad_if_needed', 'fill', 'padding_mode'],
  make({ size }) {
    const sides = pairOf(size);
    if (sides === undefined) return undefined;
    return {
      apply(picture) {
        const { height, width } = extentsOf(picture);
        return height === sides[0] && width === sides[1] ? picture : cropCenter(picture, ...sides);
      },
      note: `RandomCrop(${sides.join('×')}) by the middle`,
    };
  },
};

/** The picture just covering the size, and its middle. */
function cover(picture: Picture, height: number, width: number): Picture {
  const from = extentsOf(picture);
  const factor = Math.max(height / from.height, width / from.width);
  const [tall, wide] =
    height === width
      ? shorterSideTo(picture, height)
      : [Math.max(height, Math.trunc(from.height * factor)), Math.max(width, Math.trunc(from.width * factor))];
  return cropCenter(resample(picture, tall, wide, 'bilinear'), height, width);
}

const randomResizedCrop: TransformRule = {
  parameters: ['size', 'scale', 'ratio', 'interpolation', 'antialias'],
  make({ size }) {
    const sides = pairOf(size);
    if (sides?.every((side) => Number.isInteger(side) && side >= 1 && side <= 1 << 11) !== true) return undefined;
    return {
      apply: (picture) => cover(picture, ...sides),
      note: `RandomResizedCrop(${sides.join('×')}) by Resize and CenterCrop`,
    };
  },
};

export const augmentations: Readonly<Record<string, TransformRule>> = {
  ...Object.fromEntries(
    unapplied.map((name): [string, TransformRule] => [
      name,
      { parameters: [], make: () => ({ note: `${name} not applied` }) },
    ]),
  ),
  RandomCrop: randomCrop,
  RandomResizedCrop: randomResizedCrop,
  RandomSizedCrop: randomResizedCrop,
};
