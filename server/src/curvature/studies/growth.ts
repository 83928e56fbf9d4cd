/** C2: how the size of the gradients of single samples grows with loss and gradient, over points around the parameters and other checkpoints of the run. */
import { estimate, exactly, notComputed, withInterval, type Circumstances } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { LineChart, StudyTable } from '../chart';
import { gradientNoise } from '../estimators/gradientNoise';
import { sampleNorms, type SampleNorms } from '../estimators/sampleNorms';
import { tightestBound } from '../estimators/tightestBound';
import { addScaled, norm } from '../linearAlgebra/vector';
import { short } from '../numberText';
import type { Problem } from '../problem';
import type { Quantity } from '../quantity';
import { mean } from '../statistics/moments';
import { descend, descentRate } from './descent';
import { otherCheckpoints, type OtherCheckpoint } from './otherCheckpoints';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

/** Full-batch steps, and lengths of random steps relative to ‖θ‖, at which the points lie. */
const STEPS = [1, 4, 16] as const;
const RADII = [0.01, 0.03] as const;

export const growth: Study = {
  id: 'C2',
  title: 'Growth of the gradient noise',
  group: 'samples',
  quantities: [
    'C2.strongGrowth',
    'C2.expectedSmoothness',
    'C2.gradientSlope',
    'C2.constant',
    'C2.affineSlope',
    'C2.affineConstant',
  ],
  byDefault: false,
  needs: ['A1'],
  products: () => 40,
  run,
};

interface Place {
  readonly name: string;
  readonly loss: number;
  /** mean ‖gᵢ‖² */
  readonly second: number;
  /** ‖g‖² */
  readonly square: number;
}

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem } = context;
  if (problem.sampleCount < 3) throw new StudyRefusal(`needs at least 3 samples, not ${problem.sampleCount}`);
  const own = await sampleNorms(context.perSample(), context.point.gradient);
  const places = [placeOf('these parameters', own)];
  const others = await pointsAround(context);
  const checkpoints = await otherCheckpoints(context);
  for (const [i, { name, problem: there }] of [...others, ...checkpoints].entries()) {
    const place = await measured(context, name, there);
    if (place !== undefined) places.push(place);
    context.progress((i + 1) / (others.length + checkpoints.length));
  }
  const circumstances = { hvps: 0, samples: problem.sampleCount };
  return {
    quantities: [strongGrowth(own, circumstances), ...boundQuantities(places, circumstances)],
    charts: [chartOf(places)],
    tables: [tableOf(places)],
    remarks: [
      `A sample's squared gradient is ${short(mean(own.squares) / own.meanSquare)} times that of the mean here; ${places.length} points ${checkpoints.length === 0 ? 'around' : `around and along the run (${checkpoints.length} other checkpoints)`} were measured.`,
    ],
  };
}

const placeOf = (name: string, { losses, squares, meanSquare }: SampleNorms): Place => ({
  name,
  loss: mean(losses),
  second: mean(squares),
  square: meanSquare,
});

async function pointsAround(context: StudyContext): Promise<Pick<OtherCheckpoint, 'name' | 'problem'>[]> {
  const { problem, random } = context;
  const rate = descentRate(context);
  const along = rate === undefined ? [] : await descend(context, rate, STEPS);
  const source = random('points around');
  const aside = RADII.map((radius) => {
    const theta = problem.theta.slice();
    const direction = source.gaussianVector(theta.length);
    addScaled(theta, (radius * norm(problem.theta)) / norm(direction), direction);
    return { name: `random step of ${radius}·‖θ‖`, theta };
  });
  const steps = along.map((theta, i) => ({ name: `${STEPS[i] ?? 0} full-batch steps`, theta }));
  return [...steps, ...aside].map(({ name, theta }) => ({ name, problem: { ...problem, theta } }));
}

/** Undefined where loss or gradient are not finite. */
async function measured(context: StudyContext, name: string, problem: Problem): Promise<Place | undefined> {
  // Other checkpoints have buffers of their own.
  const gradientThere = problem.buffers === context.problem.buffers ? context.gradient() : context.gradientOf(problem);
  const { loss, gradient } = await (await gradientThere).evaluate(problem.theta);
  if (!Number.isFinite(loss) || !gradient.every(Number.isFinite)) return undefined;
  const perSample = context.perSampleOf(problem);
  const place = placeOf(name, await sampleNorms(perSample, gradient));
  perSample.dispose();
  return place;
}

/** mean‖gᵢ‖²/‖g‖², of the data's distribution 1 + tr C/‖g‖². */
function strongGrowth(norms: SampleNorms, circumstances: Circumstances): Quantity {
  const { squares, meanSquare } = norms;
  if (!(meanSquare > 0)) return notComputed('C2.strongGrowth', 'the gradient is zero');
  const value = mean(squares) / meanSquare;
  const { low, high } = gradientNoise(norms).noiseScaleLimits;
  const interval = {
    low: Math.min(value, 1 + low),
    high: high === null ? null : Math.max(value, 1 + high),
    estimator: 0,
    sampling: high === null ? value - Math.min(value, 1 + low) : (high - low) / 2,
  };
  return withInterval('C2.strongGrowth', value, interval, { method: 'per-sample gradients' }, circumstances);
}

function boundQuantities(places: readonly Place[], circumstances: Circumstances): Quantity[] {
  const method = `tightest bound over ${places.length} points`;
  const quantities = (
    ids: readonly QuantityId[],
    coefficients: readonly number[] | undefined,
    reason: string,
  ): Quantity[] =>
    ids.map((id, k) => {
      const value = coefficients?.[k];
      return value === undefined
        ? notComputed(id, reason)
        : estimate(id, value, { method, estimator: exactly, sampling: null }, circumstances);
    });
  const convex = places.every(({ loss }) => loss >= 0);
  const abc = convex
    ? tightestBound(
        places.map(({ loss, square }) => [2 * loss, square, 1]),
        places.map(({ second }) => second),
      )
    : undefined;
  const affine = tightestBound(
    places.map(({ square }) => [square, 1]),
    places.map(({ second, square }) => second - square),
  );
  return [
    ...quantities(
      ['C2.expectedSmoothness', 'C2.gradientSlope', 'C2.constant'],
      abc,
      'the loss is negative somewhere: its lower bound is not known',
    ),
    ...quantities(['C2.affineSlope', 'C2.affineConstant'], affine, 'no bound exists'),
  ];
}

const chartOf = (places: readonly Place[]): LineChart => ({
  kind: 'lines',
  title: 'Gradients of samples against the mean gradient',
  x: { title: '‖g‖²', scale: 'log' },
  y: { title: 'mean ‖gᵢ‖²', scale: 'log' },
  series: [
    {
      name: 'points measured',
      style: 'points',
      points: places.map(({ name, square, second }) => ({ x: square, y: second, label: name })),
    },
  ],
});

const tableOf = (places: readonly Place[]): StudyTable => ({
  title: 'Points measured',
  columns: [{ title: 'point' }, { title: 'loss' }, { title: 'mean ‖gᵢ‖²' }, { title: '‖g‖²' }],
  rows: places.map(({ name, loss, second, square }) => [name, loss, second, square]),
});
