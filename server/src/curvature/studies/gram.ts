/** A8: exact spectra of the Gauss–Newton matrix and of the tangent kernel, from the side of the samples. */
import { estimate, exactly, notComputed, type Circumstances } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { LineChart, Point } from '../chart';
import { gramSpectra, type GramSpectra } from '../estimators/gramSpectrum';
import { ROUNDOFF } from '../linearAlgebra/linearOperator';
import { short } from '../numberText';
import { symmetricSpread, type Quantity } from '../quantity';
import { outputGradients } from './outputGradients';
import type { Study, StudyContext, StudyOutcome } from './study';

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
  const { problem } = context;
  const { jacobians, picked, outputs } = await outputGradients(context);
  const samples = picked.length;
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
