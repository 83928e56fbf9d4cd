/** D8: singular values of the derivative of the model's outputs in its inputs. */
import { estimate, notComputed } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { Chart } from '../chart';
import {
  leadingSpectrum,
  meanSquare,
  spectrumOfRows,
  squareSpread,
  type JacobianSpectrum,
} from '../estimators/jacobianSpectrum';
import { ROUNDOFF } from '../linearAlgebra/linearOperator';
import { short } from '../numberText';
import { jacobianSquareProduct } from '../operators/jacobianSquare';
import { outputCount, outputJacobians, type OutputJacobian } from '../operators/outputJacobians';
import type { Problem } from '../problem';
import { symmetricSpread, type Quantity } from '../quantity';
import { mean } from '../statistics/moments';
import { studentisedBootstrap } from '../statistics/studentisedBootstrap';
import { subsetOf } from '../subproblem';
import { inputsWithOutputs } from './differentiableInputs';
import { principalInputs, withoutDirections } from './principalInputs';
import type { Study, StudyContext, StudyOutcome } from './study';

/** Outputs up to which whole Jacobians are taken. */
export const MOST_OUTPUTS = 64;
const MOST_SAMPLES = 64;
/** With more outputs: samples, values of each, and products for each. */
const WIDE = { samples: 4, top: 8, applications: 60 };

const TOO_LARGE = `the Jacobian is too large for all its singular values: it has more than ${MOST_OUTPUTS} rows and columns`;

export const jacobianSpectrum: Study = {
  id: 'D8',
  title: 'Input–output Jacobian',
  group: 'propagation',
  quantities: ['D8.spectralNorm', 'D8.meanSquare', 'D8.squareSpread', 'D8.directionGain', 'D8.directionShare'],
  byDefault: false,
  products: () => WIDE.applications,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem } = context;
  const inputs = inputsWithOutputs(problem);
  const isWide = Math.min(outputCount(problem), inputs.theta.length) > MOST_OUTPUTS;
  const jacobians = isWide ? [] : await sampleJacobians(inputs, context);
  const spectra = isWide ? await wideSpectra(inputs, context) : await wholeSpectra(jacobians, context);
  const principal = isWide
    ? withoutDirections(TOO_LARGE)
    : await principalInputs(
        jacobians.map(({ rows }) => rows),
        inputs.parameters,
        context,
      );
  return {
    quantities: [...quantitiesOf(spectra, context), ...principal.quantities],
    charts: [chartOf(spectra), ...(principal.charts ?? [])],
    tables: principal.tables ?? [],
    remarks: [...remarksOf(spectra), ...(principal.remarks ?? [])],
  };
}

const firstOf = (problem: Problem, count: number): Problem =>
  subsetOf(problem, [...Array(Math.min(count, problem.sampleCount)).keys()]);

/** Of the first samples, in the inputs. */
export const sampleJacobians = (inputs: Problem, { engine, options }: StudyContext): Promise<OutputJacobian[]> =>
  outputJacobians(firstOf(inputs, MOST_SAMPLES), engine, options);

export async function wholeSpectra(
  jacobians: readonly OutputJacobian[],
  { engine, progress }: StudyContext,
): Promise<JacobianSpectrum[]> {
  const spectra: JacobianSpectrum[] = [];
  for (const { rows } of jacobians) {
    spectra.push(await spectrumOfRows(rows, ROUNDOFF[engine.precision]));
    progress(spectra.length / jacobians.length);
  }
  return spectra;
}

async function wideSpectra(inputs: Problem, context: StudyContext): Promise<JacobianSpectrum[]> {
  const { options, random, progress } = context;
  const samples = Math.min(WIDE.samples, inputs.sampleCount);
  const spectra: JacobianSpectrum[] = [];
  for (let i = 0; i < samples; i++) {
    const square = await context.operatorOf(subsetOf(inputs, [i]), jacobianSquareProduct, 1);
    try {
      const found = await leadingSpectrum(square, {
        top: Math.min(WIDE.top, square.size),
        tolerance: options.eigenvalueTolerance,
        maxApplications: WIDE.applications,
        random: random(`Jacobian ${i}`),
      });
      spectra.push(found);
    } finally {
      square.dispose();
    }
    progress((i + 1) / samples);
  }
  return spectra;
}

function quantitiesOf(spectra: readonly JacobianSpectrum[], { random, products }: StudyContext): Quantity[] {
  const circumstances = { hvps: products(), samples: spectra.length };
  const complete = spectra.every((spectrum) => spectrum.complete);
  const error = Math.max(...spectra.map((spectrum) => spectrum.error));
  const largest = Float64Array.from(spectra, ({ values }) => values[0] ?? 0);
  const open = spectra.filter(({ converged }) => !converged).length;
  const unresolved =
    open === 0
      ? {}
      : {
          notResolved: `of ${open} of ${spectra.length} samples not converged after ${WIDE.applications} products`,
        };
  const make = (id: QuantityId, values: Float64Array, halfWidth: number): Quantity =>
    estimate(
      id,
      mean(values),
      {
        method: complete ? 'all singular values of each sample' : 'Lanczos on JᵀJ of each sample',
        estimator: symmetricSpread(halfWidth),
        sampling: studentisedBootstrap(values, random(id)),
        ...unresolved,
      },
      circumstances,
    );
  const norm = make('D8.spectralNorm', largest, error);
  if (!complete) {
    return [norm, notComputed('D8.meanSquare', TOO_LARGE), notComputed('D8.squareSpread', TOO_LARGE)];
  }
  const spreads = spectra.flatMap((spectrum) => squareSpread(spectrum) ?? []);
  const relative = error / Math.max(...largest);
  return [
    norm,
    make('D8.meanSquare', Float64Array.from(spectra, meanSquare), 2 * error * mean(largest)),
    spreads.length < spectra.length
      ? notComputed('D8.squareSpread', 'the outputs of a sample do not depend on its input')
      : make('D8.squareSpread', Float64Array.from(spreads), 4 * relative * (1 + Math.max(...spreads))),
  ];
}

function chartOf(spectra: readonly JacobianSpectrum[]): Chart {
  const count = Math.min(...spectra.map(({ values }) => values.length));
  return {
    kind: 'lines',
    title: 'Singular values of the input–output Jacobian',
    caption: `Mean, least and largest over ${spectra.length} samples; equal values are an isometry up to scale.`,
    x: { title: 'rank', scale: 'linear' },
    y: { title: 'singular value (output / input)', scale: 'log' },
    series: [
      {
        name: 'mean over samples',
        style: 'points',
        points: Array.from({ length: count }, (_, k) => {
          const own = spectra.map(({ values }) => values[k] as number);
          return { x: k + 1, y: mean(own), low: Math.min(...own), high: Math.max(...own) };
        }).filter(({ y }) => y > 0),
      },
    ],
  };
}

function remarksOf(spectra: readonly JacobianSpectrum[]): string[] {
  const norm = mean(spectra.map(({ values }) => values[0] ?? 0));
  const spreads = spectra.flatMap((spectrum) => (spectrum.complete ? (squareSpread(spectrum) ?? []) : []));
  return [
    `A unit of input moves the outputs by ${short(norm)} at most, on average over ${spectra.length} samples.`,
    ...(spreads.length === 0
      ? []
      : [
          `Squared singular values vary by ${short(mean(spreads))} of their squared mean (0 for an isometry up to scale).`,
        ]),
  ];
}
