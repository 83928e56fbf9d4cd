/** The Fisher matrix of A7 where all labels would be too many: with labels drawn from the model. */
import { estimate, exactly, notComputed, type Circumstances } from '../analysis/quantities';
import { operationsIn } from '../cost';
import type { Probed } from '../estimators/hutchPlusPlus';
import { probedLargest } from '../estimators/largestEigenvalue';
import { DRAWS, drawnLabels, drawWeights, GROUPS, jackknifed } from '../estimators/sampledFisher';
import { fisherWeights, withAllLabels, withLabels } from '../estimators/trueFisher';
import { createLossFunction } from '../operators/lossAt';
import { outerProducts } from '../operators/outerProducts';
import type { PerSample } from '../operators/perSample';
import { symmetricSpread, type Quantity } from '../quantity';
import { mean, meanHalfWidth } from '../statistics/moments';
import { probedQuantity, type Part } from './comparedMatrix';
import { layerSums, totalsOf } from './layerSums';
import { StudyRefusal, type StudyContext } from './study';

const TOLERANCE = 1e-4;
const APPLICATIONS = 40;
const BATCH = 256;
/** Floating-point operations of the losses with all labels. */
const MOST_OPERATIONS = 1e12;

export async function sampledFisher(context: StudyContext, classCount: number): Promise<Part> {
  const { problem, layers } = context;
  const { sampleCount: n } = problem;
  const classes = drawnLabels(await labelWeights(context, classCount), n, DRAWS, context.random('labels'));
  const perSample = context.perSampleOf(withLabels(problem, classes));
  const { squares } = await perSample.gradients();
  const ofDraws = (values: Float64Array): number[] =>
    Array.from({ length: DRAWS }, (_, draw) => mean(values.subarray(draw * n, (draw + 1) * n)));
  const traces = ofDraws(totalsOf(squares, DRAWS * n));
  const top = await largestOf(perSample, context);
  const circumstances = { hvps: 0, samples: n };
  const method = `${DRAWS} labels a sample, drawn from the ${classCount} of the model`;
  return {
    quantities: [
      probedQuantity('A7.fisherLambdaMax', top, method, circumstances),
      estimate(
        'A7.fisherTrace',
        mean(traces),
        { method, estimator: symmetricSpread(meanHalfWidth(traces)), sampling: null },
        circumstances,
      ),
      smallest(context, classCount, circumstances),
    ],
    compared: {
      name: 'Fisher, sampled labels',
      lambdaMax: top.value,
      layerTraces: layerSums(squares, problem.parameters, layers).map((sums) => mean(sums)),
    },
    remark: [
      `All ${n * classCount} pairs of a sample and a label would be too many: labels were drawn from the model.`,
    ],
  };
}

/** p(c|xᵢ)/N by forward passes alone. */
async function labelWeights(
  { problem, engine, options, keep }: StudyContext,
  classCount: number,
): Promise<Float64Array> {
  const pairs = problem.sampleCount * classCount;
  const operations = pairs * operationsIn({ inputs: [], outputs: [problem.trace(1).loss] });
  if (operations > MOST_OPERATIONS)
    throw new StudyRefusal(
      `${problem.sampleCount} samples with ${classCount} labels each are ${pairs} losses, ${operations.toPrecision(2)} operations; for a softmax with cross-entropy it is the Gauss–Newton matrix`,
    );
  const loss = keep(
    await createLossFunction(withAllLabels(problem), engine, {
      batch: Math.min(options.batch ?? BATCH, BATCH),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }),
  );
  const weights = fisherWeights(await loss.evaluate(problem.theta), problem.sampleCount);
  if (weights === undefined)
    throw new StudyRefusal('the loss is no log-likelihood of classes: exp(−loss) over the labels does not sum to one');
  return weights;
}

async function largestOf(perSample: PerSample, context: StudyContext): Promise<Probed> {
  const hessian = await context.hessian();
  const { sampleCount } = context.problem;
  const withWeights = (left?: number): Promise<Probed> =>
    probedLargest(outerProducts(perSample, drawWeights(DRAWS, sampleCount, left), hessian), {
      tolerance: TOLERANCE,
      maxApplications: APPLICATIONS,
      block: 1,
      random: context.random('sampled Fisher'),
    });
  const all = await withWeights();
  const without: Probed[] = [];
  for (let group = 0; group < GROUPS; group++) without.push(await withWeights(group));
  const { value, halfWidth } = jackknifed(
    all.value,
    without.map((each) => each.value),
  );
  const residual = GROUPS * all.halfWidth + (GROUPS - 1) * Math.max(...without.map((each) => each.halfWidth));
  return { value, halfWidth: Math.hypot(halfWidth, residual) };
}

/** λmin(F) is known by counting alone. */
function smallest({ problem }: StudyContext, classCount: number, circumstances: Circumstances): Quantity {
  const largestRank = problem.sampleCount * (classCount - 1);
  return largestRank < problem.theta.length
    ? estimate(
        'A7.fisherLambdaMin',
        0,
        {
          method: `rank at most N·(C − 1) = ${largestRank} of ${problem.theta.length}`,
          estimator: exactly,
          sampling: null,
        },
        circumstances,
      )
    : notComputed('A7.fisherLambdaMin', 'labels were sampled: a sampled matrix has smaller eigenvalues than F');
}
