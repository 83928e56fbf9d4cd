/** A7: the matrices that stand for curvature, side by side. */
import { estimate, exactly, notComputed, type Circumstances } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { BarChart } from '../chart';
import type { Probed } from '../estimators/hutchPlusPlus';
import { lanczos } from '../estimators/lanczos';
import { matrixMoments, type MatrixMoments, type MomentOptions } from '../estimators/matrixMoments';
import { fisherWeights, withAllLabels } from '../estimators/trueFisher';
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { dot } from '../linearAlgebra/vector';
import { percent, short } from '../numberText';
import { difference } from '../operators/difference';
import { outerProducts } from '../operators/outerProducts';
import type { PerSample } from '../operators/perSample';
import type { ParameterBlock, ParameterGroup } from '../problem';
import { symmetricSpread, type Quantity, type Spread } from '../quantity';
import { mean } from '../statistics/moments';
import { studentisedBootstrap } from '../statistics/studentisedBootstrap';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const APPLICATIONS = 60;
const PROBES = 32;
/** Pairs of a sample and a label that the exact Fisher matrix may take. */
const MOST_PAIRS = 20_000;
/** Random directions on which F and G are compared. */
const COMPARED = 4;
/** Rounding of a quadratic form over its value, in units of the roundoff. */
const SAME = 2e4;

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

/** A matrix, what is known of it, and the traces of its layers. */
interface Compared {
  readonly name: string;
  readonly lambdaMax: number | null;
  readonly layerTraces: readonly number[];
}

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

interface Part {
  readonly quantities: readonly Quantity[];
  readonly compared: Compared;
  readonly remark: readonly string[];
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

const probedQuantity = (
  id: QuantityId,
  { value, halfWidth }: Probed,
  method: string,
  circumstances: Circumstances,
  sampling: Spread | null = null,
): Quantity => estimate(id, value, { method, estimator: symmetricSpread(halfWidth), sampling }, circumstances);

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
  const whole = traces?.frobenius ?? { value: NaN, halfWidth: Infinity };
  const share = rest.frobenius.value / whole.value;
  const error = Math.hypot(rest.frobenius.halfWidth / whole.value, (share * whole.halfWidth) / whole.value);
  return {
    quantities: [
      probedQuantity('A7.gaussNewtonLambdaMax', moments.lambdaMax, method, circumstances),
      probedQuantity('A7.gaussNewtonTrace', moments.trace, method, circumstances),
      probedQuantity('A7.residualShare', { value: share, halfWidth: error }, method, circumstances),
    ],
    compared: {
      name: 'Gauss–Newton',
      lambdaMax: moments.lambdaMax.value,
      layerTraces: moments.groups.slice(0, layers.length).map(({ value }) => value),
    },
    remark: [
      `Gauss–Newton leaves out ${percent(share)} of the Hessian in Frobenius norm; λmax is ${short(moments.lambdaMax.value)} against ${short(context.ends?.top[0]?.value ?? NaN)}.`,
    ],
    operator,
    moments,
  };
}

async function empiricalFisher(context: StudyContext): Promise<Part> {
  const { problem, layers } = context;
  const perSample = context.perSample();
  const { squares } = await perSample.gradients();
  const n = problem.sampleCount;
  const totals = totalsOf(squares, n);
  const operator = outerProducts(perSample, new Float64Array(n).fill(1 / n), await context.hessian());
  const top = await largestOf(operator, context, 'empirical Fisher');
  const circumstances = { hvps: 0, samples: n };
  return {
    quantities: [
      probedQuantity('A7.empiricalFisherLambdaMax', top, 'Lanczos on outer products of gradients', circumstances),
      estimate(
        'A7.empiricalFisherTrace',
        mean(totals),
        {
          method: 'mean squared norm of per-sample gradients',
          estimator: exactly,
          sampling: studentisedBootstrap(totals, context.random('empirical Fisher trace')),
        },
        circumstances,
      ),
    ],
    compared: {
      name: 'empirical Fisher',
      lambdaMax: top.value,
      layerTraces: layerSums(squares, problem.parameters, layers).map((sums) => mean(sums)),
    },
    remark: [],
  };
}

async function trueFisher(context: StudyContext, newton: GaussNewtonPart | undefined): Promise<Part> {
  const { problem, layers } = context;
  const { sampleCount: n, classCount, labels } = problem;
  if (labels === undefined || classCount === undefined)
    throw new StudyRefusal('the samples have no class of their own');
  if (n * classCount > MOST_PAIRS)
    throw new StudyRefusal(
      `${n} samples with ${classCount} labels each are more than ${MOST_PAIRS} pairs; for a softmax with cross-entropy it is the Gauss–Newton matrix`,
    );
  const perSample = context.perSampleOf(withAllLabels(problem));
  const { losses, squares } = await perSample.gradients();
  const weights = fisherWeights(losses, n);
  if (weights === undefined)
    throw new StudyRefusal('the loss is no log-likelihood of classes: exp(−loss) over the labels does not sum to one');
  const operator = outerProducts(perSample, weights, await context.hessian());
  const same = newton !== undefined && (await agree(perSample, weights, newton.operator, context));
  const top = same ? newton.moments.lambdaMax : await largestOf(operator, context, 'Fisher');
  const weighted = squares.map((own) => own.map((square, j) => square * (weights[j] as number)));
  const layerTraces = layerSums(weighted, problem.parameters, layers).map((sums) =>
    sums.reduce((sum, each) => sum + each, 0),
  );
  const circumstances = { hvps: 0, samples: n };
  const method = `all ${classCount} labels weighted by the model`;
  return {
    quantities: [
      probedQuantity(
        'A7.fisherLambdaMax',
        top,
        same ? `${method}; equals Gauss–Newton, as checked` : method,
        circumstances,
      ),
      estimate(
        'A7.fisherTrace',
        layerTraces.reduce((sum, trace) => sum + trace, 0),
        { method, estimator: exactly, sampling: null },
        circumstances,
      ),
      await smallest(operator, context, classCount, circumstances),
    ],
    compared: { name: 'Fisher', lambdaMax: top.value, layerTraces },
    remark: [
      same
        ? 'The Fisher matrix is the Gauss–Newton matrix here.'
        : 'The Fisher matrix is not the Gauss–Newton matrix here: the output is not the natural parameter of the loss.',
    ],
  };
}

const totalsOf = (squares: readonly Float64Array[], n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => squares.reduce((sum, own) => sum + (own[i] as number), 0));

/** Sums over the tensors of each layer, per sample. */
const layerSums = (
  squares: readonly Float64Array[],
  parameters: readonly ParameterBlock[],
  layers: readonly ParameterGroup[],
): Float64Array[] =>
  layers.map(({ name }) =>
    totalsOf(
      squares.filter((_, t) => parameters[t]?.layer === name),
      squares[0]?.length ?? 0,
    ),
  );

async function largestOf(operator: LinearOperator, { options, random }: StudyContext, name: string): Promise<Probed> {
  const { top } = await lanczos(operator, {
    top: 1,
    bottom: 0,
    tolerance: Math.max(options.eigenvalueTolerance, 1e-6),
    maxApplications: APPLICATIONS,
    maxBasis: Math.min(operator.size, APPLICATIONS),
    block: Math.min(operator.blockSize, 4),
    random: random(name),
    sketch: 0,
  });
  return { value: top[0]?.value ?? NaN, halfWidth: top[0]?.error ?? Infinity };
}

/** Whether zᵀFz = zᵀGz on random directions, to rounding. */
async function agree(
  perSample: PerSample,
  weights: Float64Array,
  gaussNewtonOperator: LinearOperator,
  { random, problem }: StudyContext,
): Promise<boolean> {
  const source = random('Fisher against Gauss–Newton');
  const probes = Array.from({ length: COMPARED }, () => source.rademacherVector(problem.theta.length));
  const slopes = await perSample.directional(probes);
  const products = await gaussNewtonOperator.applyBlock(probes);
  return slopes.every((slope, k) => {
    const fisher = slope.reduce((sum, value, j) => sum + (weights[j] as number) * value * value, 0);
    const form = dot(probes[k] as Float64Array, products[k] as Float64Array);
    return Math.abs(fisher - form) <= SAME * gaussNewtonOperator.roundoff * Math.abs(form);
  });
}

/** λmin(F): zero by counting where parameters outnumber what the samples can tell apart. */
async function smallest(
  operator: LinearOperator,
  { problem, options, random }: StudyContext,
  classCount: number,
  circumstances: Circumstances,
): Promise<Quantity> {
  const largestRank = problem.sampleCount * (classCount - 1);
  if (largestRank < problem.theta.length)
    return estimate(
      'A7.fisherLambdaMin',
      0,
      {
        method: `rank at most N·(C − 1) = ${largestRank} of ${problem.theta.length}`,
        estimator: exactly,
        sampling: null,
      },
      circumstances,
    );
  const { bottom } = await lanczos(operator, {
    top: 0,
    bottom: 1,
    tolerance: Math.max(options.eigenvalueTolerance, 1e-6),
    maxApplications: 2 * APPLICATIONS,
    maxBasis: Math.min(operator.size, 2 * APPLICATIONS),
    block: 1,
    random: random('smallest Fisher'),
    sketch: 0,
  });
  const [pair] = bottom;
  if (pair === undefined) return notComputed('A7.fisherLambdaMin', 'no Ritz value was found');
  return estimate(
    'A7.fisherLambdaMin',
    pair.value,
    {
      method: 'Lanczos on outer products of gradients',
      estimator: symmetricSpread(pair.error),
      sampling: null,
      ...(pair.converged ? {} : { notResolved: `not converged after ${2 * APPLICATIONS} products` }),
    },
    circumstances,
  );
}

const layerChart = (matrices: readonly Compared[], layers: readonly ParameterGroup[]): BarChart => ({
  kind: 'bars',
  title: 'Trace of each layer in every matrix',
  caption: 'Where the matrices disagree on a layer, methods that use one for the other misjudge it.',
  categories: layers.map(({ name }) => name),
  y: { title: 'trace', scale: 'linear' },
  series: matrices.map(({ name, layerTraces }) => ({ name, values: layerTraces })),
});
