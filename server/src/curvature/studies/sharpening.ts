/** B7: sharpness along the checkpoints of a run, the step at which it is expected to reach the edge of stability, and where infinitely small steps would lead. */
import { estimate, notComputed, withInterval } from '../analysis/quantities';
import type { LineChart } from '../chart';
import { largestEigenvalue } from '../estimators/largestEigenvalue';
import { sharpeningRate, stepAtEdge, type SharpeningRate, type SharpnessAt } from '../estimators/progressiveSharpening';
import { momentumThreshold } from '../estimators/stability';
import { short } from '../numberText';
import { symmetricSpread, type Quantity } from '../quantity';
import { flowSharpness } from './flowSharpness';
import type { Study, StudyContext, StudyOutcome } from './study';

const TOLERANCE = 5e-3;
const MOST_PRODUCTS = 60;

const ALONG_RUN = ['B7.sharpness', 'B7.rate', 'B7.edgeStep'] as const;

export const sharpening: Study = {
  id: 'B7',
  title: 'Sharpness along the run',
  group: 'stability',
  quantities: [...ALONG_RUN, 'B7.flowSharpness'],
  byDefault: false,
  products: () => 8 * MOST_PRODUCTS,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const edge = edgeOf(context);
  const alongRun = await checkpointsOf(context, edge);
  const flow = await flowSharpness(context, edge, (share) => context.progress(0.5 + 0.5 * share));
  return {
    quantities: [...alongRun.quantities, flow.quantity],
    charts: [...(alongRun.charts ?? []), ...flow.charts],
    remarks: [...(alongRun.remarks ?? []), ...flow.remarks],
  };
}

async function checkpointsOf(context: StudyContext, edge: number | string): Promise<StudyOutcome> {
  const checkpoints = (await context.options.checkpoints?.()) ?? [];
  if (new Set(checkpoints.map(({ step }) => step)).size < 2) {
    const reason =
      'needs several checkpoints of one run beside each other, named by their steps (e.g. model_100.pt, model_200.pt)';
    return { quantities: ALONG_RUN.map((id) => notComputed(id, reason)) };
  }
  const points: SharpnessAt[] = [];
  const quantities: Quantity[] = [];
  for (const { name, step, problem } of checkpoints) {
    const quantity = await sharpnessAt(context, problem(), name);
    quantities.push(quantity);
    if ('value' in quantity) points.push({ step, sharpness: quantity.value });
    context.progress((0.5 * quantities.length) / checkpoints.length);
  }
  const rate = sharpeningRate(points);
  return {
    quantities: [...quantities, rateQuantity(context, rate, points), edgeQuantity(context, rate, points, edge)],
    charts: [chart(points, edge)],
    remarks: [headline(points, rate)],
  };
}

async function sharpnessAt(context: StudyContext, problem: StudyContext['problem'], name: string): Promise<Quantity> {
  const operator = await context.hessianOf(problem);
  const { pair, applications } = await largestEigenvalue(operator, {
    tolerance: TOLERANCE,
    maxApplications: MOST_PRODUCTS,
    random: context.random(`sharpness of ${name}`),
  });
  if (pair === undefined) return notComputed('B7.sharpness', 'no eigenvalue was found', name);
  return estimate(
    'B7.sharpness',
    pair.value,
    { method: `Lanczos, ${applications} products`, estimator: symmetricSpread(pair.error), sampling: null },
    { hvps: applications, samples: problem.sampleCount },
    name,
  );
}

/** λmax at which the script's learning rate is at its limit. */
function edgeOf({ options: { optimizer } }: StudyContext): number | string {
  if (optimizer === null) return 'no optimizer was found in the training code';
  const { learningRate, momentum, nesterov, dampening, weightDecay } = optimizer;
  if (optimizer.adaptive !== undefined || optimizer.uncovered !== undefined)
    return 'the edge of an adaptive optimizer is one of its preconditioned curvature (B2), which moves with its state';
  if (learningRate === null || momentum === null)
    return 'the learning rate or momentum was not found in the training code';
  const { product, shift } = momentumThreshold({ momentum, nesterov, dampening, weightDecay });
  return product / learningRate - shift;
}

function rateQuantity(context: StudyContext, rate: SharpeningRate, points: readonly SharpnessAt[]): Quantity {
  const { slope, halfWidth } = rate;
  const known = Number.isFinite(halfWidth);
  return withInterval(
    'B7.rate',
    slope,
    {
      low: known ? slope - halfWidth : null,
      high: known ? slope + halfWidth : null,
      estimator: known ? halfWidth : 0,
      sampling: null,
    },
    { method: `line through ${points.length} checkpoints` },
    { hvps: context.products(), samples: context.problem.sampleCount },
  );
}

function edgeQuantity(
  context: StudyContext,
  rate: SharpeningRate,
  points: readonly SharpnessAt[],
  edge: number | string,
): Quantity {
  if (typeof edge === 'string') return notComputed('B7.edgeStep', edge);
  const lastStep = points.at(-1)?.step ?? 0;
  const at = stepAtEdge(rate, lastStep, edge);
  if (at === undefined)
    return notComputed('B7.edgeStep', rate.slope > 0 ? 'the edge is reached already' : 'sharpness does not grow');
  const { slope, halfWidth } = rate;
  const withSlope = (other: number): number | null =>
    other > 0 ? (stepAtEdge({ ...rate, slope: other }, lastStep, edge) ?? null) : null;
  return withInterval(
    'B7.edgeStep',
    at,
    {
      low: withSlope(slope + halfWidth) ?? lastStep,
      high: withSlope(slope - halfWidth),
      estimator: (at - (withSlope(slope + halfWidth) ?? lastStep)) / 2,
      sampling: null,
    },
    { method: `line through ${points.length} checkpoints to λmax = ${short(edge)}` },
    { hvps: context.products(), samples: context.problem.sampleCount },
  );
}

function headline(points: readonly SharpnessAt[], { slope }: SharpeningRate): string {
  const [first, last] = [points[0], points.at(-1)];
  const change = slope > 0 ? 'grows' : 'falls';
  return `From step ${first?.step ?? 0} to ${last?.step ?? 0} the sharpness ${change} from ${short(first?.sharpness ?? NaN)} to ${short(last?.sharpness ?? NaN)}, by ${short(Math.abs(slope))} per step.`;
}

const chart = (points: readonly SharpnessAt[], edge: number | string): LineChart => ({
  kind: 'lines',
  title: 'Sharpness along the run',
  x: { title: 'step', scale: 'linear' },
  y: { title: 'largest eigenvalue', scale: 'linear' },
  series: [{ name: 'λmax', style: 'line', points: points.map(({ step: x, sharpness: y }) => ({ x, y })) }],
  ...(typeof edge === 'number' ? { marks: [{ axis: 'y', value: edge, label: 'edge of stability' }] } : {}),
});
