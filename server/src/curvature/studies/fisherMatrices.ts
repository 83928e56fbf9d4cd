/** The Fisher matrices of A7: with the labels of the data, and with those that the model would draw. */
import { estimate, exactly, notComputed, type Circumstances } from '../analysis/quantities';
import type { Probed } from '../estimators/hutchPlusPlus';
import { lanczos } from '../estimators/lanczos';
import { probedLargest } from '../estimators/largestEigenvalue';
import type { MatrixMoments } from '../estimators/matrixMoments';
import { fisherWeights, withAllLabels } from '../estimators/trueFisher';
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { dot } from '../linearAlgebra/vector';
import { outerProducts } from '../operators/outerProducts';
import type { PerSample } from '../operators/perSample';
import { symmetricSpread, type Quantity } from '../quantity';
import { mean } from '../statistics/moments';
import { studentisedBootstrap } from '../statistics/studentisedBootstrap';
import { probedQuantity, type Part } from './comparedMatrix';
import { layerSums, totalsOf } from './layerSums';
import { sampledFisher } from './sampledFisher';
import { StudyRefusal, type StudyContext } from './study';

/** Products of a Lanczos run. */
const APPLICATIONS = 60;
/** Pairs of a sample and a label that the exact Fisher matrix may take; with more, labels are drawn. */
const MOST_PAIRS = 20_000;
/** Random directions on which F and G are compared. */
const COMPARED = 4;
/** Rounding of a quadratic form over its value, in units of the roundoff. */
const SAME = 2e4;

export async function empiricalFisher(context: StudyContext): Promise<Part> {
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

/** `newton`: the Gauss–Newton matrix, where there is one; F equals it for a softmax with cross-entropy. */
export async function trueFisher(
  context: StudyContext,
  newton: { readonly operator: LinearOperator; readonly moments: MatrixMoments } | undefined,
): Promise<Part> {
  const { problem, layers } = context;
  const { sampleCount: n, classCount, labels } = problem;
  if (labels === undefined || classCount === undefined)
    throw new StudyRefusal('the samples have no class of their own');
  if (n * classCount > MOST_PAIRS) return sampledFisher(context, classCount);
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

const largestOf = (operator: LinearOperator, { options, random }: StudyContext, name: string): Promise<Probed> =>
  probedLargest(operator, {
    tolerance: Math.max(options.eigenvalueTolerance, 1e-6),
    maxApplications: APPLICATIONS,
    block: Math.min(operator.blockSize, 4),
    random: random(name),
  });

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
