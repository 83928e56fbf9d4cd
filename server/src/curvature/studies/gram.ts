/** A8: exact spectra of the Gauss–Newton matrix and of the tangent kernel, from the side of the samples. */
import { estimate, exactly, notComputed, type Circumstances } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { LineChart, Point } from '../chart';
import { gramSpectra, type GramSpectra } from '../estimators/gramSpectrum';
import { ROUNDOFF } from '../linearAlgebra/linearOperator';
import { short } from '../numberText';
import { outputCount, outputJacobians } from '../operators/outputJacobians';
import { symmetricSpread, type Quantity } from '../quantity';
import { subsetOf } from '../subproblem';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

/** Rows of the Gram matrix. */
const MOST_ROWS = 500;
/** Multiplications of the Gram matrix, and bytes of the rows behind it. */
const MOST_OPERATIONS = 4e9;
const MOST_BYTES = 2 ** 29;
const PROGRAM_BYTES = 2 ** 27;

export const gram: Study = {
  id: 'A8',
  title: 'Exact Gauss–Newton and tangent-kernel spectrum',
  group: 'spectrum',
  quantities: ['A8.gaussNewtonLambdaMax', 'A8.gaussNewtonRank', 'A8.kernelLambdaMax', 'A8.kernelCondition'],
  byDefault: false,
  products: () => 40,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem, engine, options } = context;
  if (!problem.separable) throw new StudyRefusal(problem.inseparableBecause ?? 'the loss is not a mean over samples');
  const outputs = outputCount(problem);
  const samples = affordable(problem.theta.length, outputs, problem.sampleCount);
  if (samples < 1)
    throw new StudyRefusal(
      `${outputs} outputs a sample of ${problem.theta.length} parameters are too many for the Gram matrix`,
    );
  const picked = Array.from({ length: samples }, (_, i) => Math.floor((i * problem.sampleCount) / samples));
  const jacobians = await outputJacobians(subsetOf(problem, picked), engine, {
    memoryLimit: PROGRAM_BYTES,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  context.progress(0.5);
  const spectra = gramSpectra(jacobians);
  const circumstances = { hvps: 0, samples };
  const rows = samples * outputs;
  return {
    quantities: [
      ...gaussNewtonQuantities(spectra, rows, context, circumstances),
      ...kernelQuantities(spectra, rows, context, circumstances),
    ],
    charts: [spectrumChart(spectra)],
    remarks: [
      `All ${Math.min(rows, problem.theta.length)} eigenvalues that ${samples} samples with ${outputs} outputs can give are exact.`,
      ...(samples < problem.sampleCount
        ? [
            `${samples} of the ${problem.sampleCount} samples were taken, evenly spread: the Gram matrix grows with their square.`,
          ]
        : []),
    ],
  };
}

function affordable(parameters: number, outputs: number, samples: number): number {
  const rows = Math.min(MOST_ROWS, Math.sqrt((2 * MOST_OPERATIONS) / parameters), MOST_BYTES / (8 * parameters));
  return Math.min(samples, Math.floor(rows / outputs));
}

/** Eigenvalues of a Gram matrix below this cannot be told from rounding. */
const floorOf = (largest: number, rows: number, { engine }: StudyContext): number =>
  rows * ROUNDOFF[engine.precision] * largest;

function gaussNewtonQuantities(
  { gaussNewton }: GramSpectra,
  rows: number,
  context: StudyContext,
  circumstances: Circumstances,
): Quantity[] {
  if (gaussNewton === undefined)
    return (['A8.gaussNewtonLambdaMax', 'A8.gaussNewtonRank'] as const).map((id) =>
      notComputed(id, 'the loss is not convex in the output: G has negative eigenvalues'),
    );
  const largest = gaussNewton.at(-1) ?? 0;
  const floor = floorOf(largest, rows, context);
  return [
    exactQuantity('A8.gaussNewtonLambdaMax', largest, floor, rows, circumstances),
    estimate(
      'A8.gaussNewtonRank',
      gaussNewton.filter((value) => value > floor).length,
      { method: `eigenvalues above ${short(floor)}`, estimator: exactly, sampling: null },
      circumstances,
    ),
  ];
}

function kernelQuantities(
  { kernel }: GramSpectra,
  rows: number,
  context: StudyContext,
  circumstances: Circumstances,
): Quantity[] {
  const largest = kernel.at(-1) ?? 0;
  const floor = floorOf(largest, rows, context);
  const smallest = kernel[0] ?? 0;
  return [
    exactQuantity('A8.kernelLambdaMax', largest, floor, rows, circumstances),
    smallest <= floor
      ? notComputed('A8.kernelCondition', whySingular(rows, floor, context))
      : estimate(
          'A8.kernelCondition',
          largest / smallest,
          {
            method: `Gram matrix of ${rows} rows`,
            estimator: symmetricSpread((largest / smallest) * (floor / smallest)),
            sampling: null,
          },
          circumstances,
        ),
  ];
}

const whySingular = (rows: number, floor: number, { problem, engine }: StudyContext): string =>
  rows > problem.theta.length
    ? `${rows} outputs cannot be moved one by one with ${problem.theta.length} parameters: the tangent kernel is singular`
    : `the smallest eigenvalue is below ${short(floor)}, what ${engine.precision} can tell from zero`;

const exactQuantity = (
  id: QuantityId,
  value: number,
  rounding: number,
  rows: number,
  circumstances: Circumstances,
): Quantity =>
  estimate(
    id,
    value,
    { method: `Gram matrix of ${rows} rows`, estimator: symmetricSpread(rounding), sampling: null },
    circumstances,
  );

function spectrumChart({ gaussNewton, kernel }: GramSpectra): LineChart {
  const points = (values: Float64Array): Point[] =>
    [...values]
      .reverse()
      .map((y, i) => ({ x: i + 1, y }))
      .filter(({ y }) => y > 0);
  return {
    kind: 'lines',
    title: 'Eigenvalues by rank',
    caption:
      'From the Gram matrix of the gradients of all outputs. Directions of small kernel eigenvalues are learned last.',
    x: { title: 'rank', scale: 'linear' },
    y: { title: 'eigenvalue', scale: 'log' },
    series: [
      ...(gaussNewton === undefined
        ? []
        : [{ name: 'Gauss–Newton', style: 'line' as const, points: points(gaussNewton) }]),
      { name: 'tangent kernel / N', style: 'line', points: points(kernel) },
    ],
  };
}
