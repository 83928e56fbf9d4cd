/** A5: how many directions of parameter space the loss depends on, by several measures. */
import { estimate, notComputed, withInterval, type Circumstances } from '../analysis/quantities';
import type { Density } from '../analysis/spectrum';
import type { Chart } from '../chart';
import type { Probed } from '../estimators/hutchPlusPlus';
import { convolutionalRank } from '../estimators/convolutionalRank';
import { spectralSum, type ProbedSpectrum, type SpectralSum } from '../estimators/spectralSum';
import { stochasticLanczosQuadrature } from '../estimators/stochasticLanczosQuadrature';
import { linearChain, sizeOut, withoutShift } from '../linearChain';
import { ROUNDOFF } from '../linearAlgebra/linearOperator';
import { matrixRank } from '../linearAlgebra/matrixRank';
import { percent, short } from '../numberText';
import { lossIgnoresShift } from '../operators/lossIgnoresShift';
import { isComputed, symmetricSpread, type Quantity } from '../quantity';
import { dampingOf } from './damping';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

/** Probes beyond those of A3, in blocks, that a narrow interval may cost. */
const MORE_PROBES = 4;
const CURVE_POINTS = 25;

export const rank: Study = {
  id: 'A5',
  title: 'Rank and effective dimension',
  group: 'spectrum',
  quantities: ['A5.numericalRank', 'A5.stableRank', 'A5.effectiveDimension', 'A5.aOptimality', 'A5.rankBound'],
  byDefault: false,
  needs: ['A1', 'A2', 'A3'],
  products: () => 100,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem, ends, density, engine, options } = context;
  if (ends === undefined || density === undefined) throw new StudyRefusal('needs the spectrum (A1, A3)');
  const dimension = problem.theta.length;
  const largest = Math.max(Math.abs(ends.top[0]?.value ?? 0), Math.abs(ends.bottom[0]?.value ?? 0));
  if (!(largest > 0)) throw new StudyRefusal('the Hessian is zero');
  const { alpha, origin } = dampingOf(context.options, largest);
  const dimensionAt = (spectrum: ProbedSpectrum, damping: number): SpectralSum =>
    spectralSum(spectrum, dimension, (value) => Math.max(0, value) / (Math.max(0, value) + damping));
  let spectrum: ProbedSpectrum = { ...density, exact: density.density.exact };
  const wide = ({ value, halfWidth }: Probed): boolean => halfWidth > options.estimateTolerance * value;
  const floor = dimension * ROUNDOFF[engine.precision] * largest;
  const first = dimensionAt(spectrum, alpha);
  // Probes help where their spread is what makes the interval wide.
  if (wide(first) && first.unresolved < first.halfWidth / 2) spectrum = await withMoreProbes(context, density);
  const effective = dimensionAt(spectrum, alpha);
  const numerical = spectralSum(spectrum, dimension, (value) => (Math.abs(value) > floor ? 1 : 0), 'stepwise');
  const circumstances = { hvps: context.products(), samples: problem.sampleCount };
  const method = spectrum.exact ? 'all eigenvalues' : `quadrature, ${spectrum.perProbe.length} probes`;
  const unresolved = wide(effective) ? { notResolved: whyWide(spectrum, effective, alpha, floor, context) } : {};
  const within = (id: 'A5.numericalRank' | 'A5.effectiveDimension', { value, halfWidth }: Probed): Quantity =>
    withInterval(
      id,
      value,
      {
        low: Math.max(0, value - halfWidth),
        high: Math.min(dimension, value + halfWidth),
        estimator: halfWidth,
        sampling: null,
      },
      { method, ...unresolved },
      circumstances,
    );
  const bound = boundQuantity(context, circumstances);
  return {
    quantities: [
      within('A5.numericalRank', numerical),
      stableRank(context, largest, circumstances),
      within('A5.effectiveDimension', effective),
      withInterval(
        'A5.aOptimality',
        (dimension - effective.value) / alpha,
        {
          low: Math.max(0, dimension - effective.value - effective.halfWidth) / alpha,
          high: Math.min(dimension, dimension - effective.value + effective.halfWidth) / alpha,
          estimator: effective.halfWidth / alpha,
          sampling: null,
        },
        { method, ...unresolved },
        circumstances,
      ),
      bound,
    ],
    charts: [dimensionChart(largest, alpha, origin, (damping) => dimensionAt(spectrum, damping))],
    remarks: [
      `At α = ${short(alpha)} (${origin}) about ${short(effective.value)} of ${dimension} directions are held by the data rather than by the damping.`,
      `${short(numerical.value)} eigenvalues are larger in magnitude than ${short(floor)}, which is what ${engine.precision} arithmetic can tell from zero.`,
      ...(isComputed(bound)
        ? [`The network is a product of matrices; whatever the data, its Hessian has rank ${bound.value} or less.`]
        : []),
    ],
  };
}

function whyWide(
  { perProbe }: ProbedSpectrum,
  { halfWidth, unresolved }: SpectralSum,
  alpha: number,
  floor: number,
  { engine, options, density }: StudyContext,
): string {
  if (alpha <= floor)
    return `α = ${short(alpha)} is below ${short(floor)}, what ${engine.precision} can tell from zero${engine.precision === 'float32' ? ' (--precision float64 sees more)' : ''}`;
  return unresolved < halfWidth / 2
    ? `wider than ${percent(options.estimateTolerance)} after ${perProbe.length} probes`
    : `${density?.density.steps ?? 0} Lanczos steps do not resolve eigenvalues near α = ${short(alpha)}`;
}

async function withMoreProbes(
  { hessian, ends, random, progress }: StudyContext,
  { density, perProbe }: Density,
): Promise<ProbedSpectrum> {
  const operator = await hessian();
  const known = [...(ends?.top ?? []), ...(ends?.bottom ?? [])].filter(({ converged }) => converged);
  const more = await stochasticLanczosQuadrature(operator, {
    probes: MORE_PROBES,
    steps: density.steps,
    parallel: operator.blockSize,
    known,
    random: random('rank'),
    onStep: progress,
  });
  return { perProbe: [...perProbe, ...more.perProbe], exact: false };
}

/** ‖H‖_F²/‖H‖₂². */
function stableRank({ traces, ends }: StudyContext, largest: number, circumstances: Circumstances): Quantity {
  if (traces === undefined) return notComputed('A5.stableRank', 'needs the Frobenius norm (A2)');
  const { value, halfWidth } = traces.frobenius;
  const error = Math.max(ends?.top[0]?.error ?? 0, ends?.bottom[0]?.error ?? 0);
  const ratio = (value / largest) ** 2;
  const relative = 2 * Math.hypot(halfWidth / value, error / largest);
  return estimate(
    'A5.stableRank',
    ratio,
    { method: 'from A2.frobenius and A1', estimator: symmetricSpread(ratio * relative), sampling: null },
    circumstances,
  );
}

function boundQuantity({ problem, random }: StudyContext, circumstances: Circumstances): Quantity {
  const layers = linearChain(problem);
  if (layers === undefined)
    return notComputed(
      'A5.rankBound',
      'known for chains of linear and convolution layers without biases and activations alone',
    );
  const [x] = problem.batch(Array.from({ length: problem.sampleCount }, (_, i) => i));
  const inputRank = matrixRank(x?.data ?? [], problem.sampleCount);
  const ignoresShift = lossIgnoresShift(problem, random('shifts of outputs'));
  const sizes = `layers of ${layers.map(sizeOut).join(' → ')} elements, inputs of rank ${inputRank}`;
  return estimate(
    'A5.rankBound',
    convolutionalRank(ignoresShift ? withoutShift(layers) : layers, inputRank),
    {
      method: ignoresShift ? `${sizes}; the loss does not see what all outputs of a sample share` : sizes,
      estimator: symmetricSpread(0),
      sampling: null,
    },
    circumstances,
  );
}

function dimensionChart(
  largest: number,
  alpha: number,
  origin: string,
  dimensionAt: (damping: number) => Probed,
): Chart {
  const [from, to] = [Math.min(alpha, 1e-5 * largest), 10 * largest];
  const points = Array.from({ length: CURVE_POINTS }, (_, i) => {
    const x = from * (to / from) ** (i / (CURVE_POINTS - 1));
    const { value, halfWidth } = dimensionAt(x);
    return { x, y: value, low: Math.max(0, value - halfWidth), high: value + halfWidth };
  });
  return {
    kind: 'lines',
    title: 'Effective dimension against damping',
    caption:
      'Directions whose curvature exceeds the damping α. A steep part of the curve is where many eigenvalues lie.',
    x: { title: 'damping α', scale: 'log' },
    y: { title: 'effective dimension', scale: 'log' },
    series: [{ name: 'Σ λ/(λ + α)', style: 'line', points }],
    marks: [{ axis: 'x', value: alpha, label: origin }],
  };
}
