/** A10: first to third derivatives of the loss in the inputs. */
import { estimate, exactly, type Circumstances } from '../analysis/quantities';
import type { Chart, StudyTable } from '../chart';
import { lanczos } from '../estimators/lanczos';
import { partialSymmetricEigen } from '../linearAlgebra/symmetric';
import { short } from '../numberText';
import { denseMatrix } from '../operators/dense';
import type { CurvatureOperator } from '../operators/curvatureOperator';
import type { PerSample } from '../operators/perSample';
import type { Problem } from '../problem';
import { symmetricSpread, type Quantity } from '../quantity';
import { mean } from '../statistics/moments';
import { studentisedBootstrap } from '../statistics/studentisedBootstrap';
import { differentiableInputs } from './differentiableInputs';
import type { Study, StudyContext, StudyOutcome } from './study';

/** Features whose derivatives are computed one by one. */
const MOST_FEATURES = 256;
/** Sign combinations of samples that measure many features at once. */
const COMBINATIONS = 32;
const SHOWN = 20;
const APPLICATIONS = 60;

export const inputSensitivity: Study = {
  id: 'A10',
  title: 'Sensitivity to the inputs',
  group: 'samples',
  quantities: ['A10.gradientNorm', 'A10.inputLambdaMax', 'A10.inputLambdaMin', 'A10.thirdDerivative'],
  byDefault: false,
  products: () => 60,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const inputs = differentiableInputs(context.problem);
  const perSample = context.perSampleOf(inputs);
  const { squares } = await perSample.gradients();
  const norms = Float64Array.from({ length: inputs.sampleCount }, (_, i) =>
    Math.sqrt(squares.reduce((sum, own) => sum + (own[i] as number), 0)),
  );
  context.progress(0.3);
  const features = await featureSquares(inputs, perSample, context);
  context.progress(0.6);
  const ends = await curvatureEnds(await context.hessianOf(inputs), context);
  const [third] = await perSample.trilinear([[ends.vector, ends.vector, ends.vector]]);
  const circumstances = { hvps: context.products(), samples: inputs.sampleCount };
  return {
    quantities: [
      meanQuantity('A10.gradientNorm', norms, 'per-sample gradients in the input', context, circumstances),
      ...ends.quantities(circumstances),
      meanQuantity(
        'A10.thirdDerivative',
        third ?? new Float64Array(),
        'three forward derivatives along the top eigenvector',
        context,
        circumstances,
      ),
    ],
    charts: chartsOf(inputs, features.map(Math.sqrt)),
    tables: [tableOf(inputs, features.map(Math.sqrt), ends.diagonal)],
    remarks: [headline(inputs, features, norms)],
  };
}

const meanQuantity = (
  id: 'A10.gradientNorm' | 'A10.thirdDerivative',
  values: Float64Array,
  method: string,
  { random }: StudyContext,
  circumstances: Circumstances,
): Quantity =>
  estimate(
    id,
    mean(values),
    { method, estimator: exactly, sampling: studentisedBootstrap(values, random(id)) },
    circumstances,
  );

/** Mean over samples of (∂ℓᵢ/∂xⱼ)², one per feature: exact for few features, else from random sign combinations of the samples. */
async function featureSquares(
  { theta, sampleCount }: Problem,
  perSample: PerSample,
  { random }: StudyContext,
): Promise<Float64Array> {
  if (theta.length <= MOST_FEATURES) {
    const slopes = await perSample.directional(Array.from(theta, (_, j) => unit(j, theta.length)));
    return Float64Array.from(slopes, (slope) => mean(slope.map((value) => value * value)));
  }
  const source = random('input features');
  const signs = Array.from({ length: COMBINATIONS }, () => source.rademacherVector(sampleCount));
  const sums = await perSample.weightedGradients(signs);
  return theta.map((_, j) => mean(sums.map((sum) => (sum[j] as number) ** 2 / sampleCount)));
}

function unit(index: number, size: number): Float64Array {
  const vector = new Float64Array(size);
  vector[index] = 1;
  return vector;
}

interface CurvatureEnds {
  readonly quantities: (circumstances: Circumstances) => Quantity[];
  /** Unit eigenvector of the largest eigenvalue. */
  readonly vector: Float64Array;
  /** Mean ∂²ℓ/∂xⱼ², where it is known. */
  readonly diagonal: readonly number[] | undefined;
}

async function curvatureEnds(operator: CurvatureOperator, { options, random }: StudyContext): Promise<CurvatureEnds> {
  const ends =
    (top: { value: number; error: number }, bottom: { value: number; error: number }, method: string) =>
    (circumstances: Circumstances): Quantity[] =>
      (
        [
          ['A10.inputLambdaMax', top],
          ['A10.inputLambdaMin', bottom],
        ] as const
      ).map(([id, { value, error }]) =>
        estimate(id, value, { method, estimator: symmetricSpread(error), sampling: null }, circumstances),
      );
  if (operator.size <= MOST_FEATURES) {
    const rows = await denseMatrix(operator);
    const { values, vector } = partialSymmetricEigen(rows);
    const last = values.length - 1;
    const error = 8 * operator.roundoff * Math.max(Math.abs(values[0] ?? 0), Math.abs(values[last] ?? 0));
    return {
      quantities: ends({ value: values[last] ?? NaN, error }, { value: values[0] ?? NaN, error }, 'dense matrix'),
      vector: vector(last),
      diagonal: rows.map((row, j) => row[j] as number),
    };
  }
  const found = await lanczos(operator, {
    top: 1,
    bottom: 1,
    tolerance: Math.max(options.eigenvalueTolerance, 1e-4),
    maxApplications: APPLICATIONS,
    maxBasis: Math.min(operator.size, APPLICATIONS),
    block: Math.min(operator.blockSize, 4),
    random: random('input curvature'),
    sketch: 0,
  });
  const [top, bottom] = [found.top[0], found.bottom[0]];
  if (top === undefined || bottom === undefined) throw new RangeError('the curvature in the input has no eigenvalue');
  return {
    quantities: ends(top, bottom, `Lanczos, ${found.applications} products`),
    vector: top.vector,
    diagonal: undefined,
  };
}

/** Name of a feature by its position in the input. */
function featureName({ parameters }: Problem, index: number): string {
  const block = parameters.find(({ offset, size }) => index < offset + size);
  if (block === undefined) return String(index);
  let rest = index - block.offset;
  const position = [...block.shape].reverse().map((size) => {
    const own = rest % size;
    rest = (rest - own) / size;
    return own;
  });
  return `${block.name}[${position.reverse().join(', ')}]`;
}

const byStrength = (strengths: Float64Array): number[] =>
  [...strengths.keys()].sort((a, b) => (strengths[b] as number) - (strengths[a] as number));

const tableOf = (inputs: Problem, strengths: Float64Array, diagonal: readonly number[] | undefined): StudyTable => ({
  title: 'Most sensitive features',
  caption:
    'Root mean square over the samples of the derivative of the loss in one feature, and the mean second derivative.',
  columns: [
    { title: 'feature' },
    { title: 'slope', unit: 'loss / input' },
    { title: 'curvature', unit: 'loss / input²' },
  ],
  rows: byStrength(strengths)
    .slice(0, SHOWN)
    .map((j) => [featureName(inputs, j), strengths[j] as number, diagonal?.[j] ?? null]),
});

/** Images as a map of pixels, with the channels taken together; other inputs as bars. */
function chartsOf(inputs: Problem, strengths: Float64Array): Chart[] {
  return inputs.parameters.map(({ name, shape, offset, size }): Chart => {
    const own = strengths.subarray(offset, offset + size);
    const [height, width] = shape.slice(-2);
    if (shape.length < 2 || height === undefined || width === undefined || height < 2 || width < 2) {
      const order = byStrength(own)
        .slice(0, SHOWN)
        .sort((a, b) => a - b);
      return {
        kind: 'bars',
        title: `Sensitivity to ${name}`,
        categories: order.map((j) => featureName(inputs, offset + j)),
        y: { title: 'loss / input', scale: 'linear' },
        series: [{ name: 'root mean square slope', values: order.map((j) => own[j] as number) }],
      };
    }
    const planes = size / (height * width);
    const at = (row: number, column: number): number =>
      Math.hypot(...Array.from({ length: planes }, (_, c) => own[(c * height + row) * width + column] as number));
    return {
      kind: 'heatmap',
      title: `Sensitivity to ${name}`,
      caption: 'Root mean square over the samples of the derivative of the loss at each place.',
      rows: Array.from({ length: height }, (_, i) => String(i)),
      columns: Array.from({ length: width }, (_, j) => String(j)),
      values: Array.from({ length: height }, (_, i) => Array.from({ length: width }, (__, j) => at(i, j))),
      unit: 'loss / input',
      scale: 'linear',
    };
  });
}

function headline(inputs: Problem, features: Float64Array, norms: Float64Array): string {
  const [strongest = 0] = byStrength(features);
  return `A sample's loss changes by ${short(mean(norms))} per unit of input on average, most by ${featureName(inputs, strongest)}.`;
}
