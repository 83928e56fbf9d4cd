/** The part of B7 about where training would end with infinitely small steps: the sharpness of the gradient flow's solution. */
import { estimate, notComputed } from '../analysis/quantities';
import type { LineChart } from '../chart';
import { operationsIn } from '../cost';
import { gradientFlow, type Flow } from '../estimators/gradientFlow';
import { probedLargest } from '../estimators/largestEigenvalue';
import type { Probed } from '../estimators/hutchPlusPlus';
import { short } from '../numberText';
import { symmetricSpread, type Quantity } from '../quantity';
import { StudyRefusal, type StudyContext } from './study';

/** Share of its first norm at which the gradient counts as zero. */
const SETTLED = 1e-4;
const STEP_TOLERANCE = 1e-5;
const MOST_EVALUATIONS = 1500;
const FEWEST_EVALUATIONS = 300;
/** Floating-point operations of the whole flow. */
const MOST_OPERATIONS = 3e10;
/** A gradient costs about three times the loss. */
const GRADIENT_OVER_LOSS = 3;
const TOLERANCE = 1e-3;
const MOST_PRODUCTS = 60;

export interface FlowSharpness {
  readonly quantity: Quantity;
  readonly charts: readonly LineChart[];
  readonly remarks: readonly string[];
}

/** `edge`: λmax at which the script's learning rate is at its limit, or why that is not known. */
export async function flowSharpness(
  context: StudyContext,
  edge: number | string,
  onProgress: (fraction: number) => void,
): Promise<FlowSharpness> {
  try {
    return await ofFlow(context, edge, onProgress);
  } catch (error) {
    if (!(error instanceof StudyRefusal)) throw error;
    return { quantity: notComputed('B7.flowSharpness', error.message), charts: [], remarks: [] };
  }
}

async function ofFlow(
  context: StudyContext,
  edge: number | string,
  onProgress: (fraction: number) => void,
): Promise<FlowSharpness> {
  const { problem } = context;
  const maxEvaluations = affordable(context);
  const gradient = await context.gradient();
  const flow = await gradientFlow((theta) => gradient.evaluate(theta), problem.theta, {
    tolerance: STEP_TOLERANCE,
    settled: SETTLED,
    maxEvaluations,
    random: context.random('gradient flow'),
    onEvaluation: onProgress,
  });
  if (flow.gradientShare > SETTLED)
    return {
      quantity: notComputed(
        'B7.flowSharpness',
        `after ${flow.evaluations} gradients the flow has not settled: ‖∇L‖ is ${short(flow.gradientShare)} of its start, and not yet ${SETTLED}`,
      ),
      charts: [chartOf(flow)],
      remarks: [],
    };
  const [end, before] = [await sharpnessAt(context, flow.theta), await sharpnessAt(context, flow.before)];
  // What is left of the flow moves the sharpness less than its last tenth did.
  const error = Math.hypot(end.halfWidth, Math.abs(end.value - before.value));
  const quantity = estimate(
    'B7.flowSharpness',
    end.value,
    {
      method: `gradient flow by ${flow.evaluations} gradients, then Lanczos`,
      estimator: symmetricSpread(error),
      sampling: null,
    },
    { hvps: context.products(), samples: problem.sampleCount },
  );
  return { quantity, charts: [chartOf(flow)], remarks: [remarkOf(end.value, edge)] };
}

function affordable({ problem }: StudyContext): number {
  const { loss } = problem.trace(1);
  const perGradient = GRADIENT_OVER_LOSS * problem.sampleCount * operationsIn({ inputs: [], outputs: [loss] });
  const count = Math.min(MOST_EVALUATIONS, Math.floor(MOST_OPERATIONS / Math.max(1, perGradient)));
  if (count < FEWEST_EVALUATIONS)
    throw new StudyRefusal(
      `for small models: ${MOST_OPERATIONS} operations are only ${count} gradients over ${problem.sampleCount} samples, too few to follow the flow (fewer samples help)`,
    );
  return count;
}

async function sharpnessAt(context: StudyContext, theta: Float64Array): Promise<Probed> {
  const operator = await context.hessianOf({ ...context.problem, theta });
  return probedLargest(operator, {
    tolerance: TOLERANCE,
    maxApplications: MOST_PRODUCTS,
    random: context.random('sharpness of the flow'),
  });
}

const chartOf = ({ curve }: Flow): LineChart => ({
  kind: 'lines',
  title: 'Loss along the gradient flow',
  caption: 'Training with infinitely small steps; a time of 1 is as much as 1/η steps of learning rate η.',
  x: { title: 'time (learning rate × steps)', scale: 'log' },
  y: { title: 'loss', scale: 'linear' },
  series: [
    {
      name: 'loss',
      style: 'line',
      points: curve.filter(({ time }) => time > 0).map(({ time: x, loss: y }) => ({ x, y })),
    },
  ],
});

const remarkOf = (sharpness: number, edge: number | string): string =>
  `Infinitely small steps from here would end at a sharpness of ${short(sharpness)}${
    typeof edge === 'string'
      ? '.'
      : sharpness > edge
        ? `, above the ${short(edge)} where the script’s learning rate is at its edge: its steps will not end there, but oscillate into a flatter place.`
        : `, below the ${short(edge)} where the script’s learning rate is at its edge: its steps can follow.`
  }`;
