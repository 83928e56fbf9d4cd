/** A12: how far the curvature of a batch is from that of all samples, against the batch size. */
import { estimate, withInterval } from '../analysis/quantities';
import type { LineChart } from '../chart';
import { inexactness, largestEigenvalueBias, spanLeaks, subspaceForms } from '../estimators/subsampledHessian';
import { ROUNDOFF } from '../linearAlgebra/linearOperator';
import { percent, short } from '../numberText';
import { exactly } from '../analysis/quantities';
import { valueOf } from '../quantity';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const MOST_VECTORS = 5;
const DRAWS = 200;
/** Batch size where the script has none. */
const USUAL_BATCH = 32;
/** Rounding of a product over its length, in roundoffs. */
const ROUNDING = 50;
/** Error that A12.batchForTenPercent allows. */
const ALLOWED = 0.1;

export const subsampling: Study = {
  id: 'A12',
  title: 'Hessian of a batch against that of all samples',
  group: 'batchSize',
  quantities: ['A12.relativeInexactness', 'A12.batchForTenPercent', 'A12.lambdaMaxBias'],
  byDefault: false,
  needs: ['A1'],
  products: () => 15,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem, ends, options } = context;
  const top = ends?.top.slice(0, MOST_VECTORS) ?? [];
  if (top.length === 0) throw new StudyRefusal('needs the largest eigenvalues (A1)');
  const samples = problem.sampleCount;
  if (samples < 3) throw new StudyRefusal(`needs at least 3 samples, not ${samples}`);
  const forms = await subspaceForms(
    context.perSample(),
    top.map(({ vector }) => vector),
  );
  const leaks = await spanLeaks(context.perSample(), top, restOf(context, top), context.random('outside of the span'));
  const { variance, norm, logError } = inexactness(forms, leaks, context.random('subsampling'));
  if (!(norm > 0)) throw new StudyRefusal('the Hessian is zero');
  const batch = options.optimizer?.batchSize ?? USUAL_BATCH;
  const atDistance = (distance: number): number => variance * Math.exp(2 * (logError.shift + distance));
  // What rounding leaves of samples that are all alike has no logarithm to tell of.
  const rounding = (ROUNDING * ROUNDOFF[context.engine.precision] * norm) ** 2;
  const isRounding = !(variance > rounding);
  const low = isRounding ? 0 : Math.min(variance, atDistance(-logError.below));
  const high = isRounding ? rounding : Math.max(variance, atDistance(logError.above));
  const errorAt = (square: number, size: number): number => Math.sqrt(square / size) / norm;
  const circumstances = { hvps: context.products(), samples };
  const method = `${top.length} leading eigenvectors, batches drawn independently`;
  const needed = (square: number): number => square / (ALLOWED * norm) ** 2;
  const bias = largestEigenvalueBias(forms, batch, DRAWS, context.random('batches'));
  const largest = top[0]?.value ?? NaN;
  return {
    quantities: [
      withInterval(
        'A12.relativeInexactness',
        errorAt(variance, batch),
        {
          low: errorAt(low, batch),
          high: errorAt(high, batch),
          estimator: 0,
          sampling: (errorAt(high, batch) - errorAt(low, batch)) / 2,
        },
        { method: `${method}, B = ${batch}` },
        circumstances,
      ),
      withInterval(
        'A12.batchForTenPercent',
        needed(variance),
        { low: needed(low), high: needed(high), estimator: 0, sampling: (needed(high) - needed(low)) / 2 },
        { method },
        circumstances,
      ),
      estimate(
        'A12.lambdaMaxBias',
        bias.value / Math.abs(largest),
        {
          method: `${DRAWS} batches of ${batch} drawn`,
          estimator: {
            ...exactly,
            below: bias.halfWidth / Math.abs(largest),
            above: bias.halfWidth / Math.abs(largest),
          },
          sampling: null,
        },
        circumstances,
      ),
    ],
    charts: [
      errorChart(samples, batch, (size) => ({
        value: errorAt(variance, size),
        low: errorAt(low, size),
        high: errorAt(high, size),
      })),
    ],
    remarks: [
      `The curvature of a batch of ${batch} is off by ${percent(errorAt(variance, batch))} of its size in the ${top.length} leading directions, and its largest eigenvalue is ${percent(bias.value / Math.abs(largest))} too large on average.`,
      `Batches of ${short(Math.max(1, Math.ceil(needed(variance))))} samples would be right to 10 %.`,
    ],
  };
}

/** Mean of the eigenvalues beyond those given, by A2 where it is known. */
function restOf({ quantity, problem }: StudyContext, top: readonly { readonly value: number }[]): number {
  const others = problem.theta.length - top.length;
  const trace = valueOf(quantity('A2.trace'));
  if (others <= 0 || trace === undefined) return 0;
  return (trace - top.reduce((sum, { value }) => sum + value, 0)) / others;
}

function errorChart(
  samples: number,
  batch: number,
  errorAt: (size: number) => { value: number; low: number; high: number },
): LineChart {
  const sizes = Array.from({ length: Math.floor(Math.log2(samples)) + 1 }, (_, i) => 2 ** i);
  return {
    kind: 'lines',
    title: "Error of a batch's Hessian",
    caption: 'Root mean square of ‖Uᵀ(H_B − H)U‖_F over ‖UᵀHU‖_F in the leading eigenvectors U.',
    x: { title: 'batch size', scale: 'log' },
    y: { title: 'relative error', scale: 'log' },
    series: [
      {
        name: 'relative error',
        style: 'line',
        points: sizes.map((x) => {
          const { value, low, high } = errorAt(x);
          return { x, y: value, low, high };
        }),
      },
    ],
    marks: [{ axis: 'x', value: batch, label: 'batch size' }],
  };
}
