/** D7: the Levenberg–Marquardt damping down to which the quadratic model can be trusted. */
import { notComputed, withInterval } from '../analysis/quantities';
import { AGREEMENT, agreeingDamping, DampedSteps, type DampingFound } from '../estimators/dampedSteps';
import { short } from '../numberText';
import { mean } from '../statistics/moments';
import type { Study, StudyContext, StudyOutcome } from './study';

const DIMENSIONS = 30;

export const dampedNewton: Study = {
  id: 'D7',
  title: 'Damping of Newton steps',
  group: 'conditioning',
  quantities: ['D7.damping', 'D7.reductionRatio'],
  byDefault: false,
  products: () => 2 * DIMENSIONS,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem, point } = context;
  const steps = await DampedSteps.make(
    await context.hessian(),
    point.gradient,
    Math.min(DIMENSIONS, problem.theta.length),
  );
  context.progress(0.5);
  const loss = await context.sampleLosses();
  const before = await loss.evaluate(problem.theta);
  const found = await agreeingDamping(steps, async (step) => {
    const after = await loss.evaluate(problem.theta.map((value, i) => value + (step[i] as number)));
    return mean(before.map((value, i) => value - (after[i] as number)));
  });
  if (found === undefined) {
    const reason = 'the decrease of the loss does not agree with the quadratic model even for very short steps';
    return { quantities: [notComputed('D7.damping', reason), notComputed('D7.reductionRatio', reason)] };
  }
  return outcomeOf(found, context);
}

function outcomeOf({ damping: value, tooSmall, ratio, tried }: DampingFound, context: StudyContext): StudyOutcome {
  const circumstances = { hvps: DIMENSIONS, samples: context.problem.sampleCount };
  const method = `Krylov space of the gradient, ${DIMENSIONS} products; ${tried.length} steps tried`;
  return {
    quantities: [
      withInterval(
        'D7.damping',
        value,
        { low: tooSmall, high: value, estimator: (value - tooSmall) / 2, sampling: null },
        { method },
        circumstances,
      ),
      withInterval(
        'D7.reductionRatio',
        ratio,
        { low: ratio, high: ratio, estimator: 0, sampling: null },
        { method },
        circumstances,
      ),
    ],
    charts: [
      {
        kind: 'lines',
        title: 'Actual over predicted decrease of the loss',
        caption: 'Of steps −(H + αI)⁻¹g. Near 1 the quadratic model holds as far as the step reaches.',
        x: { title: 'damping α', scale: 'log' },
        y: { title: 'actual / predicted decrease', scale: 'linear' },
        series: [
          {
            name: 'ratio',
            style: 'line',
            points: [...tried].sort((a, b) => a.damping - b.damping).map(({ damping: x, ratio: y }) => ({ x, y })),
          },
        ],
        marks: AGREEMENT.map((limit) => ({ axis: 'y' as const, value: limit, label: `agreement ends at ${limit}` })),
      },
    ],
    remarks: [
      tooSmall === 0
        ? `Newton steps agree with the quadratic model down to the smallest damping tried, ${short(value)}.`
        : `Newton steps need a damping of ${short(value)} for their decrease of the loss to be within a quarter of the prediction.`,
    ],
  };
}
