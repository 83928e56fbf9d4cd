/** The part of D8 about directions: which displacements of the inputs move the outputs most. */
import { estimate, notComputed } from '../analysis/quantities';
import type { Chart, StudyTable } from '../chart';
import { inputDirections, type InputDirection, type InputDirections } from '../estimators/inputDirections';
import type { Vector } from '../linearAlgebra/vector';
import { percent, short } from '../numberText';
import type { ParameterBlock } from '../problem';
import { symmetricSpread, type Spread } from '../quantity';
import { jackknifeHalfWidth } from '../statistics/jackknife';
import { mean } from '../statistics/moments';
import { studentisedBootstrap } from '../statistics/studentisedBootstrap';
import type { StudyContext, StudyOutcome } from './study';

const DIRECTIONS = 5;
const MOST_PRODUCTS = 80;
/** Features up to which each has a bar, and sides of images that are drawn. */
const MOST_BARS = 64;
const MOST_PIXELS = 64;

/** `jacobians`: of every sample; `inputs`: what its columns are. */
export async function principalInputs(
  jacobians: readonly (readonly Vector[])[],
  inputs: readonly ParameterBlock[],
  { random }: StudyContext,
): Promise<StudyOutcome> {
  const found = await inputDirections(jacobians, {
    top: DIRECTIONS,
    tolerance: 1e-8,
    maxApplications: MOST_PRODUCTS,
    random: random('directions of inputs'),
  });
  const [first] = found.directions;
  if (first === undefined || !(first.square > 0)) return withoutDirections('the outputs do not depend on the inputs');
  const circumstances = { hvps: 0, samples: jacobians.length };
  const method = 'Lanczos on the mean of JᵀJ';
  const gain = Math.sqrt(first.square);
  const spread = studentisedBootstrap(first.perSample, random('gain of the principal direction'));
  const share = first.square / mean(found.squares);
  return {
    quantities: [
      estimate(
        'D8.directionGain',
        gain,
        { method, estimator: symmetricSpread(first.error / (2 * gain)), sampling: rootOf(spread, first.square) },
        circumstances,
      ),
      estimate(
        'D8.directionShare',
        share,
        {
          method,
          estimator: symmetricSpread((share * first.error) / first.square),
          sampling: jacobians.length < 2 ? null : symmetricSpread(shareHalfWidth(first, found)),
        },
        circumstances,
      ),
    ],
    charts: pictureOf(first.vector, inputs),
    tables: [tableOf(found)],
    remarks: [
      `One direction of the input holds ${percent(share)} of what moves the outputs; a unit along it moves them by ${short(gain)}.`,
    ],
  };
}

export const withoutDirections = (reason: string): StudyOutcome => ({
  quantities: [notComputed('D8.directionGain', reason), notComputed('D8.directionShare', reason)],
});

/** The interval of √x from that of x. */
const rootOf = ({ shift, below, above }: Spread, x: number): Spread => ({
  shift: Math.sqrt(Math.max(0, x + shift)) - Math.sqrt(x),
  below: Math.sqrt(x) - Math.sqrt(Math.max(0, x - below)),
  above: Math.sqrt(x + above) - Math.sqrt(x),
});

function shareHalfWidth({ perSample }: InputDirection, { squares }: InputDirections): number {
  const n = squares.length;
  const [along, all] = [n * mean(perSample), n * mean(squares)];
  return jackknifeHalfWidth(n, (i) => (along - (perSample[i] as number)) / (all - (squares[i] as number)));
}

const tableOf = ({ directions, squares }: InputDirections): StudyTable => ({
  title: 'Principal directions of the inputs',
  columns: [
    { title: 'direction' },
    { title: 'gain', unit: 'output / input' },
    { title: 'share' },
    { title: 'largest component' },
  ],
  rows: directions.map(({ square, vector }, k) => [
    k + 1,
    Math.sqrt(square),
    square / mean(squares),
    vector.reduce((best, value, i) => (Math.abs(value) > Math.abs(vector[best] ?? 0) ? i : best), 0),
  ]),
});

/** An image where the input is one, bars where features are few. */
function pictureOf(direction: Float64Array, inputs: readonly ParameterBlock[]): Chart[] {
  const title = 'Principal direction of the inputs';
  const [block] = inputs;
  if (block === undefined || inputs.length > 1) return [];
  const [channels = 0, height = 0, width = 0] = block.shape;
  if (block.shape.length === 3 && Math.max(height, width) <= MOST_PIXELS) {
    const pixel = (y: number, x: number): number => {
      const own = Array.from({ length: channels }, (_, c) => direction[(c * height + y) * width + x] as number);
      return channels === 1 ? (own[0] ?? 0) : Math.hypot(...own);
    };
    const numbers = (length: number): string[] => Array.from({ length }, (_, i) => String(i + 1));
    return [
      {
        kind: 'heatmap',
        title,
        caption: channels === 1 ? 'Its sign is free.' : 'Norm over the channels.',
        rows: numbers(height),
        columns: numbers(width),
        values: Array.from({ length: height }, (_, y) => Array.from({ length: width }, (__, x) => pixel(y, x))),
        unit: 'share of the length',
        scale: channels === 1 ? 'diverging' : 'linear',
      },
    ];
  }
  if (direction.length > MOST_BARS) return [];
  return [
    {
      kind: 'bars',
      title,
      caption: 'Its sign is free.',
      categories: Array.from(direction, (_, i) => `feature ${i}`),
      y: { title: 'component', scale: 'linear' },
      series: [{ name: 'component', values: [...direction] }],
    },
  ];
}
