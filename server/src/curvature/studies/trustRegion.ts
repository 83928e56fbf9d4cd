/** B9: how far along the gradient and the damped Newton step the quadratic model holds. */
import { estimate, notComputed } from '../analysis/quantities';
import type { LineChart } from '../chart';
import { trustRadius, type TrustRadius } from '../estimators/trustRadius';
import { dot, scaled } from '../linearAlgebra/vector';
import { short } from '../numberText';
import { normalisedSmoothness, type NamedDirection } from './normalisedSmoothness';
import type { BatchLoss } from '../operators/batchLoss';
import { isComputed, symmetricSpread, type Quantity } from '../quantity';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const SHARE = 0.1;
/** Conjugate gradients for the Newton step. */
const MOST_PRODUCTS = 30;
const RESIDUAL = 1e-3;
/** Damping of the Newton step, of λmax. */
const DAMPING = 1e-3;
const CURVE_POINTS = 24;

export const trustRegion: Study = {
  id: 'B9',
  title: 'How far the quadratic model holds',
  group: 'stability',
  quantities: ['B9.gradientStep', 'B9.newtonStep', 'B9.normalisedSmoothness'],
  byDefault: false,
  needs: ['A1'],
  products: () => MOST_PRODUCTS + 20,
  run,
};

interface Line {
  readonly direction: Float64Array;
  readonly slope: number;
  readonly curvature: number;
  readonly start: number;
}

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { point } = context;
  const square = dot(point.gradient, point.gradient);
  if (square === 0) throw new StudyRefusal('the gradient is zero');
  const loss = context.batchLoss();
  const descent = await lineAlong(context, scaled(point.gradient, -1));
  const along = await searched(context, loss, descent);
  context.progress(0.4);
  const newton = await newtonLine(context);
  const ofNewton = newton === undefined ? undefined : await searched(context, loss, newton);
  context.progress(0.7);
  const gradientStep = quantityOf(context, 'B9.gradientStep', along);
  const smoothness = await normalisedSmoothness(context, directionsOf(context, descent, newton), (share) =>
    context.progress(0.7 + 0.25 * share),
  );
  return {
    quantities: [
      gradientStep,
      ofNewton === undefined
        ? notComputed('B9.newtonStep', 'the curvature along a direction of conjugate gradients is negative')
        : quantityOf(context, 'B9.newtonStep', ofNewton),
      smoothness.quantity,
    ],
    tables: [smoothness.table],
    charts: [await chart(context, loss, descent, along)],
    remarks: [
      `Along the negative gradient the quadratic model predicts the change of the loss to ${100 * SHARE} % up to a learning rate of ${short(along.length)}.`,
      ...(ofNewton === undefined
        ? []
        : [
            `Of the damped Newton step, ${ofNewton.length >= 1 ? 'all of it' : `${short(100 * ofNewton.length)} %`} can be trusted.`,
          ]),
      ...(isComputed(smoothness.quantity)
        ? [
            `Gradients are linear to within their own size over a distance of ${short(smoothness.quantity.value)} at most.`,
          ]
        : []),
    ],
  };
}

/** Lines along which gradients are looked at: where optimizers go, and where curvature is largest. */
function directionsOf({ ends }: StudyContext, descent: Line, newton: Line | undefined): NamedDirection[] {
  const steepest = ends?.top[0]?.vector;
  return [
    { name: 'negative gradient', direction: descent.direction },
    ...(newton === undefined ? [] : [{ name: 'damped Newton step', direction: newton.direction }]),
    ...(steepest === undefined
      ? []
      : [
          { name: 'leading eigenvector', direction: steepest },
          { name: 'leading eigenvector, backwards', direction: scaled(steepest, -1) },
        ]),
  ];
}

async function lineAlong(context: StudyContext, direction: Float64Array): Promise<Line> {
  const [image = new Float64Array()] = await (await context.hessian()).applyBlock([direction]);
  const slope = dot(context.point.gradient, direction);
  const curvature = dot(direction, image);
  // Begins a little before the minimum of the model.
  const start = curvature > 0 ? (0.1 * Math.abs(slope)) / curvature : 1e-3;
  return { direction, slope, curvature, start };
}

/** −(H + αI)⁻¹g by conjugate gradients; undefined at a direction of negative curvature. */
async function newtonLine(context: StudyContext): Promise<Line | undefined> {
  const hessian = await context.hessian();
  const damping = DAMPING * Math.abs(context.ends?.top[0]?.value ?? 1);
  const step = new Float64Array(hessian.size);
  const residual = scaled(context.point.gradient, -1);
  let direction = Float64Array.from(residual);
  const first = dot(residual, residual);
  let square = first;
  for (let i = 0; i < MOST_PRODUCTS && square > RESIDUAL ** 2 * first; i++) {
    const [image = new Float64Array()] = await hessian.applyBlock([direction]);
    const curvature = dot(direction, image) + damping * dot(direction, direction);
    if (curvature <= 0) return undefined;
    const length = square / curvature;
    for (let j = 0; j < step.length; j++) {
      const d = direction[j] as number;
      step[j] = (step[j] as number) + length * d;
      residual[j] = (residual[j] as number) - length * ((image[j] as number) + damping * d);
    }
    const next = dot(residual, residual);
    direction = direction.map((d, j) => (residual[j] as number) + (next / square) * d);
    square = next;
    context.progress(0.4 + (0.3 * i) / MOST_PRODUCTS);
  }
  return { ...(await lineAlong(context, step)), start: 0.1 };
}

const pointOn = ({ theta }: { readonly theta: Float64Array }, { direction }: Line, t: number): Float64Array =>
  theta.map((value, i) => value + t * (direction[i] as number));

const searched = ({ problem, point }: StudyContext, loss: BatchLoss, line: Line): Promise<TrustRadius> =>
  trustRadius((t) => loss.loss(pointOn(problem, line, t)), { ...line, loss: point.loss }, line.start, SHARE);

function quantityOf(
  context: StudyContext,
  id: 'B9.gradientStep' | 'B9.newtonStep',
  { length, beyond }: TrustRadius,
): Quantity {
  if (length === 0) return notComputed(id, 'the quadratic model holds for no step that rounding lets be seen');
  const method =
    beyond === null ? 'every length tried was trusted' : `losses along the line; ${100 * SHARE} % of the prediction`;
  return estimate(
    id,
    length,
    { method, estimator: symmetricSpread(beyond === null ? 0 : beyond - length), sampling: null },
    { hvps: context.products(), samples: context.problem.sampleCount },
  );
}

async function chart(
  { problem, point }: StudyContext,
  loss: BatchLoss,
  line: Line,
  { length }: TrustRadius,
): Promise<LineChart> {
  const lengths = Array.from({ length: CURVE_POINTS }, (_, i) => (3 * length * (i + 1)) / CURVE_POINTS);
  const actual: { x: number; y: number }[] = [];
  for (const x of lengths) actual.push({ x, y: await loss.loss(pointOn(problem, line, x)) });
  return {
    kind: 'lines',
    title: 'Loss along the negative gradient',
    x: { title: 'learning rate', scale: 'linear' },
    y: { title: 'loss', scale: 'linear' },
    series: [
      { name: 'loss', style: 'line', points: actual.filter(({ y }) => Number.isFinite(y)) },
      {
        name: 'quadratic model',
        style: 'line',
        points: lengths.map((x) => ({ x, y: point.loss + x * line.slope + 0.5 * x * x * line.curvature })),
      },
    ],
    marks: [{ axis: 'x', value: length, label: 'trusted' }],
  };
}
