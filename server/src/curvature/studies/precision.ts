/** D6: Hessian-vector products of the engine in float32 beside those in float64, on few samples. */
import { createReferenceEngine } from '../../engine/reference/referenceEngine';
import { estimate, exactly, notComputed, withInterval, type Circumstances } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { StudyTable } from '../chart';
import { productDifferences, relativeError, type ProductDifference } from '../estimators/precision';
import { normalise } from '../linearAlgebra/orthogonalise';
import type { Vector } from '../linearAlgebra/vector';
import { short } from '../numberText';
import { createCurvatureOperator, predictCost, type OperatorOptions } from '../operators/curvatureOperator';
import { hessianProduct } from '../operators/hessian';
import type { Problem } from '../problem';
import type { Quantity } from '../quantity';
import { subsetOf } from '../subproblem';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const MOST_SAMPLES = 16;
/** Random directions; eigenvectors that the analysis found come on top of them. */
const PROBES = 12;
const MOST_EIGENVECTORS = 4;
/** Operations of all float64 products: about ten seconds. */
const BUDGET = 4e9;

export const precision: Study = {
  id: 'D6',
  title: 'Precision of float32',
  group: 'conditioning',
  quantities: ['D6.productError', 'D6.floor', 'D6.curvature'],
  byDefault: false,
  needs: ['A1'],
  products: () => PROBES + MOST_EIGENVECTORS,
  run,
};

interface Direction {
  readonly name: string;
  readonly vector: Vector;
  readonly isRandom: boolean;
}

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem, engine, options } = context;
  if (engine.precision === 'float64')
    throw new StudyRefusal('the analysis itself runs in float64; run it with --precision float32 to compare');
  const exactEngine = context.keep(createReferenceEngine());
  const operatorOptions: OperatorOptions = {
    blockSize: 4,
    memoryLimit: options.memoryLimit,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const few = firstOf(
    problem,
    sampleBudget(problem, (one) => predictCost(one, exactEngine, hessianProduct, operatorOptions).operations),
  );
  const directions = directionsOf(context);
  const precise = context.keep(await createCurvatureOperator(few, exactEngine, hessianProduct, operatorOptions));
  context.progress(0.1);
  const differences = await productDifferences(
    precise,
    await context.hessianOf(few),
    directions.map(({ vector }) => vector),
  );
  const circumstances = { hvps: context.products(), samples: few.sampleCount };
  return outcomeOf(directions, differences, circumstances);
}

/** All samples of a loss that is no mean over them: part of them would be another loss. */
function sampleBudget(problem: Problem, operationsOf: (one: Problem) => number): number {
  if (!problem.separable) return problem.sampleCount;
  const each = operationsOf(firstOf(problem, 1)) * (PROBES + MOST_EIGENVECTORS);
  return Math.max(1, Math.min(MOST_SAMPLES, problem.sampleCount, Math.floor(BUDGET / each)));
}

const firstOf = (problem: Problem, count: number): Problem =>
  count === problem.sampleCount ? problem : subsetOf(problem, [...Array(count).keys()]);

function directionsOf({ ends, problem, random }: StudyContext): Direction[] {
  const source = random('precision');
  const eigenvectors = (ends?.top ?? []).slice(0, MOST_EIGENVECTORS).map(({ vector }, i) => ({
    name: `eigenvector ${i + 1}`,
    vector,
    isRandom: false,
  }));
  const probes = Array.from({ length: PROBES }, (_, i) => {
    const vector = source.gaussianVector(problem.theta.length);
    normalise(vector);
    return { name: `random ${i + 1}`, vector, isRandom: true };
  });
  return [...eigenvectors, ...probes];
}

function outcomeOf(
  directions: readonly Direction[],
  differences: readonly ProductDifference[],
  circumstances: Circumstances,
): StudyOutcome {
  const relative = relativeError(differences.filter((_, k) => directions[k]?.isRandom));
  const floor = Math.max(...differences.map(({ difference }) => difference));
  const curvature = Math.max(...differences.map((each) => Math.abs(each.curvature)));
  const method = `float32 and float64 products with ${directions.length} directions`;
  const exact = (id: QuantityId, value: number): Quantity =>
    estimate(id, value, { method, estimator: exactly, sampling: null }, circumstances);
  return {
    quantities: [
      relative === undefined
        ? notComputed('D6.productError', 'the Hessian is zero on these samples')
        : withInterval(
            'D6.productError',
            relative.value,
            {
              low: relative.low,
              high: relative.high,
              estimator: (relative.high - relative.low) / 2,
              sampling: null,
            },
            { method: `float32 and float64 products with ${PROBES} random directions` },
            circumstances,
          ),
      exact('D6.floor', floor),
      exact('D6.curvature', curvature),
    ],
    tables: [tableOf(directions, differences)],
    remarks: [
      `Rounding to float32 moves products with the Hessian by up to ${short(floor)}; the largest curvature met is ${short(curvature)}.`,
      ...(relative === undefined || relative.value === 0
        ? []
        : [`Along random directions about ${digits(relative.value)} decimal digits of a product hold.`]),
    ],
  };
}

const digits = (relative: number): number => Math.max(0, Math.floor(-Math.log10(relative)));

const tableOf = (directions: readonly Direction[], differences: readonly ProductDifference[]): StudyTable => ({
  title: 'Products in float32 and float64',
  caption:
    'Along directions of length 1: curvature and length of the product in float64, and how far the product in float32 is from it.',
  columns: [
    { title: 'direction' },
    { title: 'curvature', unit: 'loss / parameter²' },
    { title: 'length of the product', unit: 'loss / parameter²' },
    { title: 'difference', unit: 'loss / parameter²' },
  ],
  rows: directions.map(({ name }, k) => [
    name,
    differences[k]?.curvature ?? null,
    differences[k]?.length ?? null,
    differences[k]?.difference ?? null,
  ]),
});
