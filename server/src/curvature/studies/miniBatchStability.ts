/** B3: what mini-batches do to the largest stable learning rate. */
import { estimate, notComputed, withInterval } from '../analysis/quantities';
import type { StudyTable } from '../chart';
import { batchSharpness } from '../estimators/batchSharpness';
import {
  coherence,
  frobeniusLimits,
  meanSquareLimit,
  meanSquareLimitOverSamples,
  secondMomentMap,
} from '../estimators/meanSquareStability';
import { subspaceForms, type SubspaceForms } from '../estimators/subsampledHessian';
import { SignedSquares } from '../operators/signedSquares';
import { symmetricSpread, valueOf, type Quantity } from '../quantity';
import { miniBatchRemarks, USUAL_BATCH } from './miniBatchRemarks';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

/** Eigenvectors whose span is looked at. */
const MOST_VECTORS = 5;
const BATCHES = 256;
/** Draws of random signs for mean ‖Hᵢ‖_F². */
const PROBES = 32;
/** Coherence compares every sample with every other. */
const MOST_COMPARED = 256;

export const miniBatchStability: Study = {
  id: 'B3',
  title: 'Stability with mini-batches',
  group: 'batchSize',
  quantities: ['B3.batchSharpness', 'B3.meanSquareLimit', 'B3.frobeniusLimit', 'B3.traceLimit', 'B3.coherence'],
  byDefault: false,
  needs: ['A1', 'A2'],
  products: () => 40,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem, ends, options } = context;
  const top = (ends?.top ?? []).filter(({ value }) => value > 0).slice(0, MOST_VECTORS);
  const largest = top[0]?.value;
  if (largest === undefined) throw new StudyRefusal('no direction is curved upwards');
  const batch = options.optimizer?.batchSize ?? USUAL_BATCH;
  const forms = await subspaceForms(
    context.perSample(),
    top.map(({ vector }) => vector),
  );
  const sharpness = await sharpnessOfBatches(context, Math.min(batch, problem.sampleCount));
  const limit = meanSquare(context, forms, batch);
  const quantities = [
    sharpness,
    limit,
    await frobenius(context, batch),
    traceLimit(context),
    coherenceOf(context, forms),
  ];
  return {
    quantities,
    tables: [table(context, forms, largest, batch)],
    remarks: miniBatchRemarks(options.optimizer, sharpness, limit),
  };
}

async function sharpnessOfBatches(context: StudyContext, batch: number): Promise<Quantity> {
  const { problem } = context;
  const loss = context.batchLoss();
  const found = await batchSharpness(loss, problem.theta, {
    sampleCount: problem.sampleCount,
    batch,
    draws: BATCHES,
    random: context.random('batch sharpness'),
    onDraw: (share) => context.progress(0.2 + 0.5 * share),
  });
  if (!Number.isFinite(found.value)) return notComputed('B3.batchSharpness', 'the gradient of every batch is zero');
  return estimate(
    'B3.batchSharpness',
    found.value,
    {
      method: `${BATCHES} batches of ${batch} drawn from the samples`,
      estimator: found.error,
      sampling: null,
    },
    { hvps: context.products(), samples: problem.sampleCount },
  );
}

function meanSquare(context: StudyContext, forms: SubspaceForms, batch: number): Quantity {
  const { value, halfWidth } = meanSquareLimitOverSamples(forms, batch);
  return estimate(
    'B3.meanSquareLimit',
    value,
    {
      method: `span of ${forms.k} leading eigenvectors, B = ${batch}; an upper bound`,
      estimator: symmetricSpread(0),
      sampling: halfWidth === null ? null : symmetricSpread(halfWidth),
    },
    { hvps: context.products(), samples: context.problem.sampleCount },
  );
}

async function frobenius(context: StudyContext, batch: number): Promise<Quantity> {
  const { problem } = context;
  const [trace, norm] = [valueOf(context.quantity('A2.trace')), valueOf(context.quantity('A2.frobenius'))];
  if (trace === undefined || norm === undefined)
    return notComputed('B3.frobeniusLimit', 'needs the trace and the Frobenius norm (A2)');
  if (trace <= 0) return notComputed('B3.frobeniusLimit', 'the trace is not positive');
  const random = context.random('norms of samples');
  const signed = context.keep(new SignedSquares(problem, context.engine, context.options));
  const squares: number[] = [];
  while (squares.length < PROBES) {
    squares.push(await signed.draw(random));
    context.progress(0.7 + (0.3 * squares.length) / PROBES);
  }
  const { value, low, high } = frobeniusLimits(trace, norm, Float64Array.from(squares), batch, random);
  return withInterval(
    'B3.frobeniusLimit',
    value,
    { low, high, estimator: (high - low) / 2, sampling: null },
    {
      method: `trace and Frobenius norm of A2, ${PROBES} draws of random signs for those of single samples; above it SGD is unstable, below it nothing is proved`,
    },
    { hvps: context.products(), samples: problem.sampleCount },
  );
}

function traceLimit(context: StudyContext): Quantity {
  const trace = context.quantity('A2.trace');
  if (trace === undefined || 'notComputed' in trace) return notComputed('B3.traceLimit', 'needs the trace (A2)');
  if (trace.value <= 0) return notComputed('B3.traceLimit', 'the trace is not positive');
  const { low, high, estimator, sampling } = trace.interval;
  const slope = 2 / trace.value ** 2;
  const interval = {
    low: high === null ? 0 : 2 / high,
    high: low === null || low <= 0 ? null : 2 / low,
    estimator: estimator * slope,
    sampling: sampling === null ? null : sampling * slope,
  };
  return withInterval(
    'B3.traceLimit',
    2 / trace.value,
    interval,
    { method: '2/tr(H); batches of one sample at a minimum that fits every sample' },
    { hvps: trace.hvps, samples: trace.samples },
  );
}

function coherenceOf(context: StudyContext, forms: SubspaceForms): Quantity {
  const compared = { ...forms, matrices: forms.matrices.slice(0, MOST_COMPARED) };
  return estimate(
    'B3.coherence',
    coherence(compared),
    {
      method: `${compared.matrices.length} samples in the span of ${forms.k} leading eigenvectors`,
      estimator: symmetricSpread(0),
      sampling: null,
    },
    { hvps: context.products(), samples: compared.matrices.length },
  );
}

const table = ({ problem }: StudyContext, forms: SubspaceForms, largest: number, batch: number): StudyTable => {
  const map = secondMomentMap(forms);
  const sizes = [...new Set([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, batch])].sort((a, b) => a - b);
  return {
    title: 'Largest stable learning rate by batch size',
    caption: `SGD without momentum, in the mean square, in the span of ${forms.k} leading eigenvectors over ${problem.sampleCount} samples: an upper bound.`,
    columns: [{ title: 'batch size' }, { title: 'learning rate' }, { title: 'share of 2/λmax' }],
    rows: sizes.map((size) => {
      const limit = meanSquareLimit(map, size);
      return [size, limit, (limit * largest) / 2];
    }),
  };
};
