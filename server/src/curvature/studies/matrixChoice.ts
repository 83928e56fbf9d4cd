/** A7: the matrices that stand for curvature, side by side. */
import { notComputed } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { BarChart } from '../chart';
import { matrixMoments, type MatrixMoments, type MomentOptions } from '../estimators/matrixMoments';
import type { Probed } from '../estimators/hutchPlusPlus';
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { percent, short } from '../numberText';
import { difference } from '../operators/difference';
import type { ParameterGroup } from '../problem';
import type { Quantity } from '../quantity';
import { probedQuantity, type Compared, type Part } from './comparedMatrix';
import { empiricalFisher, trueFisher } from './fisherMatrices';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const APPLICATIONS = 40;
const PROBES = 16;

export const matrixChoice: Study = {
  id: 'A7',
  title: 'Hessian, Gauss–Newton and Fisher matrices',
  group: 'spectrum',
  quantities: [
    'A7.gaussNewtonLambdaMax',
    'A7.gaussNewtonTrace',
    'A7.residualShare',
    'A7.fisherLambdaMax',
    'A7.fisherTrace',
    'A7.fisherLambdaMin',
    'A7.empiricalFisherLambdaMax',
    'A7.empiricalFisherTrace',
  ],
  byDefault: false,
  needs: ['A1', 'A2'],
  products: () => 4 * (APPLICATIONS + PROBES),
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { traces, layers, ends } = context;
  if (traces === undefined) throw new StudyRefusal('needs the traces (A2)');
  const newton = await attempt(() => gaussNewton(context));
  context.progress(0.4);
  const empirical = await attempt(() => empiricalFisher(context));
  context.progress(0.6);
  const fisher = await attempt(() => trueFisher(context, typeof newton === 'string' ? undefined : newton));
  const hessian: Compared = {
    name: 'Hessian',
    lambdaMax: ends?.top[0]?.value ?? null,
    layerTraces: traces.groups.slice(0, layers.length).map(({ value }) => value),
  };
  const found = [newton, fisher, empirical].flatMap((part) => (typeof part === 'string' ? [] : [part]));
  const failed = (part: Part | string, ids: readonly QuantityId[]): Quantity[] =>
    typeof part === 'string' ? ids.map((id) => notComputed(id, part)) : [...part.quantities];
  return {
    quantities: [
      ...failed(newton, ['A7.gaussNewtonLambdaMax', 'A7.gaussNewtonTrace', 'A7.residualShare']),
      ...failed(fisher, ['A7.fisherLambdaMax', 'A7.fisherTrace', 'A7.fisherLambdaMin']),
      ...failed(empirical, ['A7.empiricalFisherLambdaMax', 'A7.empiricalFisherTrace']),
    ],
    charts: [layerChart([hessian, ...found.map(({ compared }) => compared)], layers)],
    tables: [
      {
        title: 'Matrices',
        columns: [{ title: 'matrix' }, { title: 'λmax' }, { title: 'trace' }],
        rows: [hessian, ...found.map(({ compared }) => compared)].map(({ name, lambdaMax, layerTraces }) => [
          name,
          lambdaMax,
          layerTraces.reduce((sum, trace) => sum + trace, 0),
        ]),
      },
    ],
    remarks: found.flatMap(({ remark }) => remark),
  };
}

/** The part, or the reason why it does not apply here. */
async function attempt<P extends Part>(part: () => Promise<P>): Promise<P | string> {
  try {
    return await part();
  } catch (error) {
    if (error instanceof StudyRefusal || error instanceof RangeError) return error.message;
    throw error;
  }
}

const momentOptions = ({ ends, options, layers, random }: StudyContext, name: string): MomentOptions => ({
  groups: layers,
  dense: ends?.rows !== undefined,
  eigenvalueTolerance: Math.max(options.eigenvalueTolerance, 1e-6),
  traceTolerance: options.estimateTolerance,
  maxApplications: APPLICATIONS,
  maxProbes: Math.min(options.probes, PROBES),
  random: random(name),
});

type GaussNewtonPart = Part & { readonly operator: LinearOperator; readonly moments: MatrixMoments };

async function gaussNewton(context: StudyContext): Promise<GaussNewtonPart> {
  const { problem, traces, layers } = context;
  const operator = await context.gaussNewton();
  const moments = await matrixMoments(operator, momentOptions(context, 'Gauss–Newton'));
  const rest = await matrixMoments(difference(await context.hessian(), operator), {
    ...momentOptions(context, 'residual'),
    maxApplications: APPLICATIONS / 2,
  });
  const circumstances = { hvps: context.products(), samples: problem.sampleCount };
  const method = moments.probes === 0 ? 'dense matrix' : 'Lanczos and Hutch++';
  const residual = residualShare(rest.frobenius, traces?.frobenius ?? { value: 0, halfWidth: 0 });
  return {
    quantities: [
      probedQuantity('A7.gaussNewtonLambdaMax', moments.lambdaMax, method, circumstances),
      probedQuantity('A7.gaussNewtonTrace', moments.trace, method, circumstances),
      residual === undefined
        ? notComputed('A7.residualShare', 'the Hessian is zero')
        : probedQuantity('A7.residualShare', residual, method, circumstances),
    ],
    compared: {
      name: 'Gauss–Newton',
      lambdaMax: moments.lambdaMax.value,
      layerTraces: moments.groups.slice(0, layers.length).map(({ value }) => value),
    },
    remark:
      residual === undefined
        ? []
        : [
            `Gauss–Newton leaves out ${percent(residual.value)} of the Hessian in Frobenius norm; λmax is ${short(moments.lambdaMax.value)} against ${short(context.ends?.top[0]?.value ?? NaN)}.`,
          ],
    operator,
    moments,
  };
}

/** ‖H − G‖_F/‖H‖_F; undefined where H is zero. */
function residualShare(rest: Probed, whole: Probed): Probed | undefined {
  if (!(whole.value > 0)) return undefined;
  const value = rest.value / whole.value;
  return { value, halfWidth: Math.hypot(rest.halfWidth, value * whole.halfWidth) / whole.value };
}

const layerChart = (matrices: readonly Compared[], layers: readonly ParameterGroup[]): BarChart => ({
  kind: 'bars',
  title: 'Trace of each layer in every matrix',
  caption: 'Where the matrices disagree on a layer, methods that use one for the other misjudge it.',
  categories: layers.map(({ name }) => name),
  y: { title: 'trace', scale: 'linear' },
  series: matrices.map(({ name, layerTraces }) => ({ name, values: layerTraces })),
});
