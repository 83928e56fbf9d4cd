/** A6: the spectrum of each class's loss; classes with few samples are often left at saddles. */
import { estimate, notComputed, type Circumstances } from '../analysis/quantities';
import type { BarChart, LineChart } from '../chart';
import { densityCurve } from '../density';
import { lanczos, type RitzPair } from '../estimators/lanczos';
import { stochasticLanczosQuadrature } from '../estimators/stochasticLanczosQuadrature';
import type { CurvatureOperator } from '../operators/curvatureOperator';
import { short } from '../numberText';
import { symmetricSpread, type Quantity } from '../quantity';
import type { DensityNode } from '../result';
import { samplesByClass } from '../subproblem';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

/** Classes studied: the smallest and the largest. */
const MOST_CLASSES = 12;
const FEWEST_SAMPLES = 2;
const APPLICATIONS = 80;
const TOLERANCE = 1e-2;
/** Vectors multiplied at a time: one for each end, or one for each probe. */
const BLOCK = 2;
/** For the chart alone, which is smoothed by a hundredth of the range. */
const DENSITY = { probes: BLOCK, steps: 16 };
const CURVE_POINTS = 160;

interface ClassSpectrum {
  readonly name: string;
  readonly samples: number;
  readonly top: RitzPair;
  readonly bottom: RitzPair;
  readonly nodes: readonly DensityNode[];
}

export const classSpectra: Study = {
  id: 'A6',
  title: 'Spectra of single classes',
  group: 'spectrum',
  quantities: ['A6.classLambdaMax', 'A6.classLambdaMin', 'A6.classEndRatio'],
  byDefault: false,
  // Each class has its share of the samples.
  products: () => APPLICATIONS + DENSITY.probes * DENSITY.steps,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem } = context;
  const members = samplesByClass(problem);
  if (members === undefined) throw new StudyRefusal('the samples have no class of their own');
  const { chosen, left } = choose(members);
  if (chosen.length === 0) throw new StudyRefusal(`no class has ${FEWEST_SAMPLES} samples`);
  const spectra: ClassSpectrum[] = [];
  const hessians = await context.hessiansOf(
    chosen.map(({ indices }) => indices),
    BLOCK,
  );
  for (const [i, { label, indices }] of chosen.entries()) {
    const hessian = hessians[i] as CurvatureOperator;
    spectra.push(await spectrumOf(hessian, `class ${label}`, indices.length, context));
    context.progress((i + 1) / chosen.length);
  }
  const hvps = Math.round(context.products() / chosen.length);
  return {
    quantities: spectra.flatMap((spectrum) => quantitiesOf(spectrum, { hvps, samples: spectrum.samples })),
    charts: [endsChart(spectra), densityChart(spectra)],
    tables: [
      {
        title: 'Classes',
        columns: [
          { title: 'class' },
          { title: 'samples' },
          { title: 'λmax' },
          { title: 'λmin' },
          { title: '|λmin|/λmax' },
        ],
        rows: spectra.map((spectrum) => [
          spectrum.name,
          spectrum.samples,
          spectrum.top.value,
          spectrum.bottom.value,
          endRatio(spectrum),
        ]),
      },
    ],
    remarks: [headline(spectra), ...left],
  };
}

interface Chosen {
  readonly label: number;
  readonly indices: readonly number[];
}

/** The smallest and the largest classes, in order of their numbers, and what to say of the others. */
function choose(members: readonly (readonly number[])[]): {
  readonly chosen: readonly Chosen[];
  readonly left: readonly string[];
} {
  const usable = members
    .map((indices, label) => ({ label, indices }))
    .filter(({ indices }) => indices.length >= FEWEST_SAMPLES);
  const bySize = [...usable].sort((a, b) => a.indices.length - b.indices.length);
  const kept = new Set(
    bySize.length <= MOST_CLASSES ? bySize : [...bySize.slice(0, MOST_CLASSES / 2), ...bySize.slice(-MOST_CLASSES / 2)],
  );
  const [few, other] = [members.length - usable.length, usable.length - kept.size];
  return {
    chosen: usable.filter((each) => kept.has(each)),
    left: [
      ...(other > 0
        ? [`The ${MOST_CLASSES / 2} smallest and largest classes are shown; ${other} more were left out.`]
        : []),
      ...(few > 0 ? [`${few} classes have fewer than ${FEWEST_SAMPLES} of the analysed samples.`] : []),
    ],
  };
}

async function spectrumOf(
  operator: CurvatureOperator,
  name: string,
  samples: number,
  { random, options }: StudyContext,
): Promise<ClassSpectrum> {
  const found = await lanczos(operator, {
    top: 1,
    bottom: 1,
    // Where the Krylov space is the whole one, exactness costs nothing.
    tolerance: operator.size <= APPLICATIONS ? options.eigenvalueTolerance : TOLERANCE,
    maxApplications: APPLICATIONS,
    maxBasis: Math.min(operator.size, APPLICATIONS),
    block: BLOCK,
    random: random(name),
    sketch: 0,
  });
  const [top, bottom] = [found.top[0], found.bottom[0]];
  if (top === undefined || bottom === undefined) throw new RangeError(`${name} has no eigenvalue`);
  const known = operator.size > 2 ? [top, bottom].filter(({ converged }) => converged) : [];
  const { nodes } = await stochasticLanczosQuadrature(operator, {
    ...DENSITY,
    parallel: DENSITY.probes,
    known,
    random: random(`density of ${name}`),
  });
  return { name, samples, top, bottom, nodes };
}

const endRatio = ({ top, bottom }: ClassSpectrum): number | null =>
  top.value > 0 ? Math.abs(Math.min(0, bottom.value)) / top.value : null;

function quantitiesOf(spectrum: ClassSpectrum, circumstances: Circumstances): Quantity[] {
  const { name, top, bottom } = spectrum;
  const end = (id: 'A6.classLambdaMax' | 'A6.classLambdaMin', { value, error, converged }: RitzPair): Quantity =>
    estimate(
      id,
      value,
      {
        method: 'Lanczos on the samples of the class',
        estimator: symmetricSpread(error),
        sampling: null,
        ...(converged ? {} : { notResolved: `not converged after ${APPLICATIONS} products` }),
      },
      circumstances,
      name,
    );
  const ratio = endRatio(spectrum);
  return [
    end('A6.classLambdaMax', top),
    end('A6.classLambdaMin', bottom),
    ratio === null
      ? notComputed('A6.classEndRatio', 'no eigenvalue is positive', name)
      : estimate(
          'A6.classEndRatio',
          ratio,
          {
            method: 'ratio of both ends',
            estimator: symmetricSpread(Math.hypot(bottom.error, ratio * top.error) / top.value),
            sampling: null,
          },
          circumstances,
          name,
        ),
  ];
}

const endsChart = (spectra: readonly ClassSpectrum[]): BarChart => ({
  kind: 'bars',
  title: 'Ends of the spectrum by class',
  caption:
    'Largest and smallest eigenvalue of the mean loss of each class. A long negative bar: the class is at a saddle.',
  categories: spectra.map(({ name, samples }) => `${name} (${samples})`),
  y: { title: 'eigenvalue', scale: 'linear' },
  series: [
    { name: 'λmax', values: spectra.map(({ top }) => top.value) },
    { name: 'λmin', values: spectra.map(({ bottom }) => bottom.value) },
  ],
});

const densityChart = (spectra: readonly ClassSpectrum[]): LineChart => ({
  kind: 'lines',
  title: 'Spectral density by class',
  caption: 'Stochastic Lanczos quadrature, smoothed by a hundredth of each range.',
  x: { title: 'eigenvalue', scale: 'linear' },
  y: { title: 'density', scale: 'log' },
  series: spectra.map(({ name, nodes }) => {
    const { grid, density } = densityCurve(nodes, CURVE_POINTS);
    return { name, style: 'line', points: Array.from(grid, (x, i) => ({ x, y: density[i] as number })) };
  }),
});

function headline(spectra: readonly ClassSpectrum[]): string {
  const ordered = [...spectra].sort((a, b) => (endRatio(b) ?? 0) - (endRatio(a) ?? 0));
  const worst = ordered[0] as ClassSpectrum;
  const sharpest = spectra.reduce((most, each) => (each.top.value > most.top.value ? each : most));
  return `${capital(sharpest.name)} is the sharpest, λmax = ${short(sharpest.top.value)}; ${worst.name} (${worst.samples} samples) has the most negative curvature for its size, |λmin|/λmax = ${short(endRatio(worst) ?? 0)}.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
