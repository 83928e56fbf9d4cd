/** Quantities from random probes of a matrix whose spectrum is known (A2, A4, A5, A7, A9, A11, D1). */
import { blockNorms, exactBlockNorms } from '../../../server/src/curvature/estimators/blockNorms';
import { shareOf } from '../../../server/src/curvature/estimators/bulk';
import { medianConditionNumber } from '../../../server/src/curvature/estimators/conditioning';
import { exactTraces } from '../../../server/src/curvature/estimators/exactTraces';
import { hutchPlusPlus, type Probed } from '../../../server/src/curvature/estimators/hutchPlusPlus';
import { lanczos } from '../../../server/src/curvature/estimators/lanczos';
import { orthonormalSketch } from '../../../server/src/curvature/estimators/sketch';
import { spectralRatio, spectralSum, type ProbedSpectrum } from '../../../server/src/curvature/estimators/spectralSum';
import {
  exactQuadrature,
  stochasticLanczosQuadrature,
} from '../../../server/src/curvature/estimators/stochasticLanczosQuadrature';
import { matrixOperator, ROUNDOFF } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { Random } from '../../../server/src/curvature/random';
import { imagesOf, rotated, spiked, spikedGroups } from '../../unit/curvature/matrices';
import { once, within, type Limits, type Row } from '../row';

const groups = spikedGroups;
const traced = once(spiked);
const exactOfTraced = once(() => exactTraces(traced(), groups, ROUNDOFF.float64));

async function traces(
  seed: number,
  tolerance: number,
  maxProbes: number,
): Promise<Awaited<ReturnType<typeof hutchPlusPlus>>> {
  const operator = matrixOperator(traced());
  const found = await lanczos(operator, {
    top: 3,
    bottom: 0,
    tolerance: 1e-3,
    maxApplications: 100,
    maxBasis: 40,
    block: 1,
    sketch: 6,
    random: new Random(seed, 'lanczos'),
  });
  return hutchPlusPlus(operator, orthonormalSketch(found.images()), {
    groups,
    tolerance,
    maxProbes,
    random: new Random(seed, 'probes'),
  });
}

const budgets = [
  ['24 probes', 0, 24],
  ['probes until 5 %', 0.05, 256],
] as const;

const traceRows: Row[] = budgets.flatMap(([budget, tolerance, most]) => {
  const part = (
    id: string,
    setting: string,
    of: (found: { trace: Probed; frobenius: Probed; groups: readonly Probed[] }) => Probed | undefined,
  ): Row => ({
    id,
    setting: `${setting}, ${budget}`,
    drawn: 'probes',
    interval: 'coverage',
    truth: () => of(exactOfTraced())?.value ?? NaN,
    draw: async (seed) => within(of(await traces(seed, tolerance, most)) ?? { value: NaN, halfWidth: NaN }),
  });
  return [
    part('A2.trace', '80 × 80', ({ trace }) => trace),
    part('A2.frobenius', '80 × 80', ({ frobenius }) => frobenius),
    part('A2.layerTrace', 'block of 30', ({ groups: [first] }) => first),
    part('A2.layerTrace', 'block of 50', ({ groups: [, second] }) => second),
  ];
});

/** A bulk with a tail towards zero, of both signs, and two outliers. */
const DIMENSION = 60;
const eigenvalues = [
  30,
  18,
  ...Array.from({ length: DIMENSION - 2 }, (_, i) => Math.exp(-i / 14) * (i % 5 === 0 ? -0.2 : 1)),
];
const spread = once(() => {
  const rows = rotated(eigenvalues, 4);
  const { values, vectors } = symmetricEigen(rows);
  const known = [DIMENSION - 1, DIMENSION - 2].map((k) => ({
    value: values[k] as number,
    vector: vectors[k] as Float64Array,
  }));
  return { operator: matrixOperator(rows), known };
});

/** Rows that look at the same quadrature share it. */
const quadratures = new Map<string, Promise<ProbedSpectrum>>();

function quadrature(seed: number, steps: number): Promise<ProbedSpectrum> {
  const key = `${seed} ${steps}`;
  const known = quadratures.get(key) ?? freshQuadrature(seed, steps);
  quadratures.set(key, known);
  return known;
}

async function freshQuadrature(seed: number, steps: number): Promise<ProbedSpectrum> {
  const { operator, known } = spread();
  const options = { probes: 4, steps, parallel: 4, known, random: new Random(seed, 'quadrature') };
  return { ...(await stochasticLanczosQuadrature(operator, options)), exact: false };
}

const exactSpectrum: ProbedSpectrum = { perProbe: [exactQuadrature(eigenvalues)], exact: true };

/** A functional of the spectrum that is exact when all eigenvalues are known. */
const ofSpectrum = (
  id: string,
  setting: string,
  steps: number,
  functional: (spectrum: ProbedSpectrum) => Probed,
  interval: Row['interval'] = 'coverage',
): Row => ({
  id,
  setting: `${setting}, 4 probes of ${steps} steps`,
  drawn: 'probes',
  interval,
  truth: () => functional(exactSpectrum).value,
  draw: async (seed) => within(functional(await quadrature(seed, steps))),
});

const positive = (value: number): number => Math.max(0, value);

const spectrumRows: Row[] = [
  ...(
    [
      [0.3, 12],
      [0.1, 12],
      [0.1, 20],
      [0.03, 20],
      [0.001, 20],
    ] as const
  ).map(([alpha, steps]) =>
    ofSpectrum('A5.effectiveDimension', `α = ${alpha}`, steps, (spectrum) =>
      spectralSum(spectrum, DIMENSION, (value) => positive(value) / (positive(value) + alpha)),
    ),
  ),
  ofSpectrum(
    'A5.numericalRank',
    'above 0.01',
    20,
    (spectrum) => spectralSum(spectrum, DIMENSION, (value) => (Math.abs(value) > 0.01 ? 1 : 0), 'stepwise'),
    'bound',
  ),
  ofSpectrum('A9.balance', 'n = 1', 20, (spectrum) =>
    spectralRatio(
      spectrum,
      (value) => (value < 0 ? -value : 0),
      (value) => positive(value),
    ),
  ),
  ofSpectrum('A9.rootBalance', 'n = ½', 20, (spectrum) =>
    spectralRatio(
      spectrum,
      (value) => (value < 0 ? Math.sqrt(-value) : 0),
      (value) => Math.sqrt(positive(value)),
    ),
  ),
  ...(
    [
      ['A4.massAtZero', 'magnitude below 0.03', (value: number) => Math.abs(value) <= 0.03],
      ['A4.negativeMass', 'below −0.03', (value: number) => value < -0.03],
    ] as const
  ).map(([id, setting, inside]) =>
    ofSpectrum(id, setting, 20, ({ perProbe }) => shareOf(perProbe, inside, DIMENSION), 'bound'),
  ),
];

const medianOf = (spectrum: ProbedSpectrum): ReturnType<typeof medianConditionNumber> =>
  medianConditionNumber(spectrum, 30, 1e-12, DIMENSION);

const medianRow = (id: string, setting: string, spectrumOf: (seed: number) => Promise<ProbedSpectrum>): Row => ({
  id,
  setting,
  drawn: 'probes',
  interval: 'bound',
  truth: () => medianOf(exactSpectrum)?.value ?? NaN,
  draw: async (seed): Promise<Limits> => medianOf(await spectrumOf(seed)) ?? { low: NaN, high: NaN },
});

const medianRows = [
  medianRow('D1.medianKappa', '4 probes of 20 steps', (seed) => quadrature(seed, 20)),
  medianRow('D1.preconditionedKappa', '1 probe of 20 steps', async (seed) => {
    const { perProbe } = await quadrature(seed, 20);
    return { perProbe: perProbe.slice(0, 1), exact: false };
  }),
];

const blockGroups = [
  {
    name: 'a',
    size: 15,
    ranges: [
      [0, 10],
      [55, 60],
    ] as const,
  },
  { name: 'b', size: 20, ranges: [[10, 30]] as const },
  { name: 'c', size: 25, ranges: [[30, 55]] as const },
];
const coupled = once(() => rotated([40, -12, ...Array.from({ length: 58 }, (_, i) => Math.cos(3 * i))], 2));
const coupledSketch = once(async () => {
  const { vectors } = symmetricEigen(coupled());
  const ends = [vectors.at(-1) as Float64Array, vectors[0] as Float64Array];
  return orthonormalSketch(await imagesOf(matrixOperator(coupled()), ends));
});
const exactOfCoupled = once(() => exactBlockNorms(coupled(), blockGroups));

const blockRow = (
  id: string,
  setting: string,
  of: (norms: ReturnType<typeof exactBlockNorms>) => Probed | undefined,
): Row => ({
  id,
  setting,
  drawn: 'probes',
  interval: 'coverage',
  truth: () => of(exactOfCoupled())?.value ?? NaN,
  draw: async (seed) => {
    const options = { probes: 8, random: new Random(seed, 'blocks') };
    const norms = await blockNorms(matrixOperator(coupled()), blockGroups, await coupledSketch(), options);
    return within(of(norms) ?? { value: NaN, halfWidth: NaN });
  },
});

export const probedRows: readonly Row[] = [
  ...traceRows,
  ...spectrumRows,
  blockRow(
    'A11.offDiagonalShare',
    'squares of all off-diagonal blocks, 8 probes a block',
    ({ offDiagonal }) => offDiagonal,
  ),
  blockRow('A11.layerOffDiagonalShare', 'square of one block, 8 probes a block', ({ squares }) => squares[0]?.[1]),
  ...medianRows,
];
