/** Means and smooth functions of values per sample, as statements about the distribution of the samples (A7, A10, D4, D5, D8). */
import { clopperPearsonLower, radiusOf } from '../../../server/src/curvature/estimators/certifiedRadius';
import { meanSquare, spectrumOfRows, squareSpread } from '../../../server/src/curvature/estimators/jacobianSpectrum';
import { growthPerLayer } from '../../../server/src/curvature/estimators/propagation';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { inputProblem } from '../../../server/src/curvature/inputProblem';
import { layerSignals } from '../../../server/src/curvature/operators/layerSignals';
import { outputJacobians } from '../../../server/src/curvature/operators/outputJacobians';
import { Random } from '../../../server/src/curvature/random';
import { mean, variance } from '../../../server/src/curvature/statistics/moments';
import { studentisedBootstrap } from '../../../server/src/curvature/statistics/studentisedBootstrap';
import { positiveLimits } from '../../../server/src/curvature/statistics/studentisedFunction';
import { mlp, scaledIdentities } from '../../unit/curvature/problems';
import { around, once, type Row } from '../row';
import { engine, hessianPool, meanRows, perSampleOf, poolProblem } from '../samplePool';

const SIZE = 4000;
type Values = readonly Float64Array[];

/** Rows of values, one column per sample: the same samples picked from every row. */
function picked(rows: Values, count: number, seed: number): Float64Array[] {
  const random = new Random(seed, 'draw of samples');
  const picks = Array.from({ length: count }, () => random.integer(rows[0]?.length ?? 0));
  return rows.map((row) => Float64Array.from(picks, (i) => row[i] as number));
}

const meanRow = (
  id: string,
  setting: string,
  samples: number,
  values: () => Promise<Float64Array> | Float64Array,
): Row => ({
  id,
  setting: `${setting}, ${samples} samples`,
  drawn: 'samples',
  interval: 'coverage',
  truth: once(async () => mean(await values())),
  draw: async (seed) => {
    const [own = new Float64Array()] = picked([await values()], samples, seed);
    return around(mean(own), studentisedBootstrap(own, new Random(seed, id)));
  },
});

const functionRow = (
  id: string,
  setting: string,
  samples: number,
  rows: () => Promise<Values>,
  value: (means: readonly number[]) => number,
): Row => ({
  id,
  setting: `${setting}, ${samples} samples`,
  drawn: 'samples',
  interval: 'coverage',
  truth: once(async () => value((await rows()).map((row) => mean(row)))),
  draw: async (seed) => positiveLimits(picked(await rows(), samples, seed), value, new Random(seed, id)),
});

const network = once(() => poolProblem(mlp([4, 5, 3], 3), 4, SIZE));
const inputs = once(() => {
  const problem = inputProblem(network());
  if (problem === undefined) throw new Error('no input that is a real number');
  return problem;
});

const norms = async (problem: ReturnType<typeof network>): Promise<Float64Array> => {
  const { squares } = await perSampleOf(problem).gradients();
  return Float64Array.from({ length: SIZE }, (_, i) => squares.reduce((sum, own) => sum + (own[i] as number), 0));
};
const gradientSquares = once(() => norms(network()));
/** Along the most curved direction of the input, that of the distribution. */
const thirdDerivatives = once(async () => {
  const { dimension, matrices } = await hessianPool(inputs());
  const u = symmetricEigen(meanRows({ dimension, matrices })).vectors.at(-1) as Float64Array;
  const [found = new Float64Array()] = await perSampleOf(inputs()).trilinear([[u, u, u]]);
  return found;
});
const inputNorms = once(async () => (await norms(inputs())).map((square) => Math.sqrt(square)));

const WIDTH = 4;
const LAYERS = 4;
const signals = once(async () => {
  const model = scaledIdentities(LAYERS, WIDTH, 1, true);
  const random = new Random(4, 'weights');
  // Small enough for the error to be that of the target: gradients without heavy tails, for which no bootstrap of so few samples covers.
  const theta = model.theta.map(() => (0.5 * random.gaussian()) / Math.sqrt(WIDTH));
  const { layers } = await layerSignals(poolProblem({ ...model, theta }, WIDTH, SIZE), engine, { batch: 1000 });
  const linear = layers.filter(({ type }) => type === 'Linear');
  return { forward: linear.map((layer) => layer.forward), backward: linear.map((layer) => layer.backward) };
});
const forward = async (): Promise<Values> => (await signals()).forward;
const backward = async (): Promise<Values> => (await signals()).backward;
const roots = (squares: readonly number[]): number[] => squares.map((square) => Math.sqrt(square / WIDTH));

const jacobians = once(async () => {
  const found = await outputJacobians(inputs(), engine, { memoryLimit: 2 ** 27 });
  return Promise.all(
    found.map(({ rows }) => spectrumOfRows(rows, engine.precision === 'float32' ? 2 ** -24 : 2 ** -53)),
  );
});
const ofJacobians = (value: (spectrum: Awaited<ReturnType<typeof spectrumOfRows>>) => number) =>
  once(async () => Float64Array.from(await jacobians(), value));

/** Votes of a smoothed classifier: most samples are certain, some are not. */
const DRAWS = 100;
const votes = once(() => {
  const random = new Random(6, 'votes');
  return Array.from({ length: SIZE }, () => {
    const margin = 1.2 + random.gaussian();
    return Float64Array.from({ length: DRAWS }, () => (margin + 0.8 * random.gaussian() > 0 ? 1 : 0));
  });
});
const radii = once(() =>
  Float64Array.from(votes(), (own) =>
    radiusOf(clopperPearsonLower(own.filter((vote) => vote > 0).length, DRAWS, 0.001), 0.25),
  ),
);
const voteVariances = once(() => Float64Array.from(votes(), (own) => variance(own)));
const margins = once(() => {
  const random = new Random(7, 'margins');
  return Float64Array.from({ length: SIZE }, () => (random.uniform() < 0.8 ? 2 : -0.5) + random.gaussian());
});

export const sampleRows: readonly Row[] = [
  meanRow('A7.empiricalFisherTrace', 'a network', 256, gradientSquares),
  meanRow('A10.gradientNorm', 'a network', 64, inputNorms),
  meanRow('A10.thirdDerivative', 'a network', 128, thirdDerivatives),
  functionRow(
    'D4.activation',
    'last of four layers',
    256,
    async () => (await forward()).slice(-1),
    ([square = NaN]) => Math.sqrt(square / WIDTH),
  ),
  functionRow(
    'D4.gradient',
    'first of four layers',
    256,
    async () => (await backward()).slice(0, 1),
    ([square = NaN]) => Math.sqrt(square),
  ),
  functionRow('D4.forwardGrowth', 'four layers', 256, forward, (squares) => growthPerLayer(roots(squares))),
  functionRow('D4.backwardGrowth', 'four layers', 256, backward, (squares) => growthPerLayer(roots(squares).reverse())),
  functionRow('D4.gradientRatio', 'four layers', 256, backward, (squares) =>
    Math.sqrt((squares[0] ?? NaN) / (squares.at(-1) ?? NaN)),
  ),
  meanRow('D5.margin', 'a mixture', 100, margins),
  meanRow('D5.certifiedRadius', 'some samples uncertain', 32, radii),
  meanRow('D5.voteVariance', 'some samples uncertain', 32, voteVariances),
  meanRow(
    'D8.spectralNorm',
    'a network',
    64,
    ofJacobians(({ values }) => values[0] ?? NaN),
  ),
  meanRow('D8.meanSquare', 'a network', 64, ofJacobians(meanSquare)),
  meanRow(
    'D8.squareSpread',
    'a network',
    64,
    ofJacobians((spectrum) => squareSpread(spectrum) ?? NaN),
  ),
];
