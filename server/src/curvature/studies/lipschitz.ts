/** D5: how fast the outputs can change with the input: a bound, the local slope, the margin, and a certified radius. */
import { estimate, exactly, notComputed } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { StudyTable } from '../chart';
import { clopperPearsonLower, radiusOf } from '../estimators/certifiedRadius';
import { leadingSpectrum } from '../estimators/jacobianSpectrum';
import { realInputs } from '../inputProblem';
import { short } from '../numberText';
import { ChunkedProgram } from '../operators/chunkedProgram';
import { planChunks } from '../operators/chunks';
import { contractionsOf } from '../operators/contractions';
import { jacobianSquareProduct } from '../operators/jacobianSquare';
import { outputCount } from '../operators/outputJacobians';
import type { Problem } from '../problem';
import { symmetricSpread, type Quantity } from '../quantity';
import { mean, variance } from '../statistics/moments';
import { studentisedBootstrap } from '../statistics/studentisedBootstrap';
import { subsetOf } from '../subproblem';
import { MOST_OUTPUTS, sampleJacobians, wholeSpectra } from './jacobianSpectrum';
import { inputsWithOutputs } from './differentiableInputs';
import type { Study, StudyContext, StudyOutcome } from './study';

/** Products with each layer's operator. */
const APPLICATIONS = 60;
/** A product over part of the layers would bound nothing. */
const MOST_LAYERS = 100;
const SMOOTHING = { samples: 32, draws: 100, confidence: 0.001, share: 0.25, batch: 128 };

export const lipschitz: Study = {
  id: 'D5',
  title: 'Lipschitz bounds and robustness',
  group: 'conditioning',
  quantities: ['D5.spectralProduct', 'D5.localNorm', 'D5.margin', 'D5.certifiedRadius', 'D5.voteVariance'],
  byDefault: false,
  products: () => APPLICATIONS,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem } = context;
  const inputs = inputsWithOutputs(problem);
  const bound = await spectralProduct(context);
  context.progress(0.4);
  const local = await localNorm(inputs, context);
  context.progress(0.6);
  const classified = await classification(context);
  return {
    quantities: [bound.quantity, local, ...classified],
    tables: bound.tables,
    remarks: remarksOf([bound.quantity, local, ...classified]),
  };
}

interface LayerNorm {
  readonly value: number;
  readonly error: number;
  readonly converged: boolean;
}

async function spectralProduct(
  context: StudyContext,
): Promise<{ readonly quantity: Quantity; readonly tables: readonly StudyTable[] }> {
  let layers;
  try {
    layers = contractionsOf(context.problem);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { quantity: notComputed('D5.spectralProduct', error.message), tables: [] };
  }
  if (layers.length > MOST_LAYERS)
    return {
      quantity: notComputed(
        'D5.spectralProduct',
        `the model applies ${layers.length} layers, more than ${MOST_LAYERS}`,
      ),
      tables: [],
    };
  const norms: (LayerNorm & { readonly name: string })[] = [];
  for (const { name, problem } of layers) {
    norms.push({ name, ...(await normOf(problem, context, norms.length)) });
    context.progress((0.4 * norms.length) / layers.length);
  }
  const product = norms.reduce((all, { value }) => all * value, 1);
  const relative = norms.reduce((sum, { value, error }) => sum + error / value, 0);
  const circumstances = { hvps: context.products(), samples: 1 };
  const open = norms.filter(({ converged }) => !converged).map(({ name }) => name);
  const unresolved =
    open.length === 0 ? {} : { notResolved: `${open.join(', ')}: not converged after ${APPLICATIONS} products` };
  const method = `Lanczos on the operators of ${norms.length} layers`;
  return {
    quantity:
      norms.length === 0
        ? notComputed('D5.spectralProduct', 'the model has no linear or convolution layer')
        : estimate(
            'D5.spectralProduct',
            product,
            {
              method,
              estimator: symmetricSpread(product === 0 ? 0 : product * relative),
              sampling: null,
              ...unresolved,
            },
            circumstances,
          ),
    tables: [
      {
        title: 'Spectral norms of layers',
        caption: 'Of each linear or convolution layer as an operator on its input, padding and strides included.',
        columns: [{ title: 'weight' }, { title: 'spectral norm' }],
        rows: norms.map(({ name, value }) => [name, value]),
      },
    ],
  };
}

async function normOf(
  problem: Problem,
  { operatorOf, options, random }: StudyContext,
  index: number,
): Promise<LayerNorm> {
  const square = await operatorOf(problem, jacobianSquareProduct, 1);
  try {
    const { values, error, converged } = await leadingSpectrum(square, {
      top: 1,
      tolerance: options.eigenvalueTolerance,
      maxApplications: APPLICATIONS,
      random: random(`norm of layer ${index}`),
    });
    return { value: values[0] ?? 0, error, converged };
  } finally {
    square.dispose();
  }
}

async function localNorm(inputs: Problem, context: StudyContext): Promise<Quantity> {
  if (Math.min(outputCount(context.problem), inputs.theta.length) > MOST_OUTPUTS)
    return notComputed(
      'D5.localNorm',
      `the model has more than ${MOST_OUTPUTS} outputs; D8.spectralNorm has some samples`,
    );
  const spectra = await wholeSpectra(await sampleJacobians(inputs, context), context);
  const largest = spectra.reduce((best, each) => ((each.values[0] ?? 0) > (best.values[0] ?? 0) ? each : best));
  return estimate(
    'D5.localNorm',
    largest.values[0] ?? 0,
    { method: 'Jacobian of each sample', estimator: symmetricSpread(largest.error), sampling: null },
    { hvps: 0, samples: spectra.length },
  );
}

async function classification(context: StudyContext): Promise<Quantity[]> {
  const { problem, random, engine } = context;
  const ids = ['D5.margin', 'D5.certifiedRadius', 'D5.voteVariance'] as const;
  const { labels, classCount } = problem;
  if (labels === undefined || classCount === undefined || outputCount(problem) !== classCount)
    return ids.map((id) => notComputed(id, 'samples have no class, or the outputs are not one per class'));
  const few = subsetOf(problem, [...Array(Math.min(SMOOTHING.samples, problem.sampleCount)).keys()]);
  const classes = few.labels?.classes ?? [];
  const samples = few.sampleCount;
  const margins = marginsOf(await outputsOf(problem, context), labels.classes, classCount);
  const sigma = SMOOTHING.share * inputDeviation(few);
  const repeated = subsetOf(
    few,
    [...Array(samples * SMOOTHING.draws).keys()].map((k) => Math.floor(k / SMOOTHING.draws)),
  );
  const noisy = marginsOf(
    await outputsOf(withNoise(repeated, sigma, context), context),
    repeated.labels?.classes ?? classes,
    classCount,
  );
  const votes = Array.from({ length: samples }, (_, i) =>
    noisy.subarray(i * SMOOTHING.draws, (i + 1) * SMOOTHING.draws).map((margin) => (margin > 0 ? 1 : 0)),
  );
  const radii = Float64Array.from(votes, (own) => {
    const count = own.reduce((sum, vote) => sum + vote, 0);
    return radiusOf(clopperPearsonLower(count, SMOOTHING.draws, SMOOTHING.confidence), sigma);
  });
  const make = (id: QuantityId, values: Float64Array, method: string): Quantity =>
    estimate(
      id,
      mean(values),
      { method, estimator: exactly, sampling: studentisedBootstrap(values, random(id)) },
      { hvps: 0, samples: values.length },
    );
  const method = `${SMOOTHING.draws} draws of noise of standard deviation ${short(sigma)} for each sample, ${engine.precision}`;
  return [
    make('D5.margin', margins, 'outputs of each sample'),
    make('D5.certifiedRadius', radii, method),
    make('D5.voteVariance', Float64Array.from(votes, variance), method),
  ];
}

/** [N·C], of every sample. */
async function outputsOf(problem: Problem, { engine, keep, options }: StudyContext): Promise<Float64Array> {
  const program = keep(
    new ChunkedProgram(problem, engine, (n) => {
      const { parameters, buffers, data, output } = problem.trace(n);
      return { inputs: [...parameters, ...buffers, ...data], outputs: [output] };
    }),
  );
  const found: number[] = [];
  await program.runAll(
    planChunks(problem.sampleCount, options.batch ?? SMOOTHING.batch, engine.concurrency),
    (chunk) => ({ chunk, extra: [] }),
    (_, [outputs]) => {
      for (const value of outputs?.data ?? []) found.push(value);
    },
    options.signal,
  );
  return Float64Array.from(found);
}

/** f_y − max over c ≠ y of f_c. */
const marginsOf = (outputs: Float64Array, classes: ArrayLike<number>, classCount: number): Float64Array =>
  Float64Array.from({ length: outputs.length / classCount }, (_, i) => {
    const own = outputs.subarray(i * classCount, (i + 1) * classCount);
    const others = own.filter((__, c) => c !== classes[i]);
    return (own[classes[i] as number] as number) - Math.max(...others);
  });

/** Root mean square deviation of the inputs' entries from their mean. */
function inputDeviation(problem: Problem): number {
  const noised = new Set(realInputs(problem.trace(1)));
  const entries = problem
    .batch([...Array(problem.sampleCount).keys()])
    .flatMap(({ data }, i) => (noised.has(i) ? [...data] : []));
  return Math.sqrt(variance(entries));
}

function withNoise(problem: Problem, sigma: number, { random }: StudyContext): Problem {
  const noised = new Set(realInputs(problem.trace(1)));
  const source = random('smoothing');
  return {
    ...problem,
    batch: (indices) =>
      problem
        .batch(indices)
        .map((value, i) =>
          noised.has(i)
            ? { ...value, data: Float64Array.from(value.data, (x) => x + sigma * source.gaussian()) }
            : value,
        ),
  };
}

function remarksOf(quantities: readonly Quantity[]): string[] {
  const value = (id: string): number | undefined =>
    quantities.flatMap((each) => (each.id === id && 'value' in each ? [each.value] : []))[0];
  const [product, local, radius] = [value('D5.spectralProduct'), value('D5.localNorm'), value('D5.certifiedRadius')];
  return [
    local === undefined
      ? 'The local slope is not known.'
      : `At the samples outputs change by up to ${short(local)} per unit of input.`,
    ...(product === undefined
      ? []
      : [
          `The spectral norms of the linear and convolution layers multiply to ${short(product)}: a bound of the slope only for a plain chain of them with activations of slope 1, without normalisation or shortcuts.`,
        ]),
    ...(radius === undefined
      ? []
      : [`Smoothed by noise the class is certain within ${short(radius)} of a sample, on average.`]),
  ];
}
