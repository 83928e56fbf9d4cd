/** What the warnings are tried on: small problems of several kinds, at their beginning and after some training. */
import type { Problem } from '../../server/src/curvature/problem';
import { subsetOf } from '../../server/src/curvature/subproblem';
import { Random } from '../../server/src/curvature/random';
import { adamStep } from '../../server/src/curvature/estimators/optimizerSteps';
import { ADAM } from '../../server/src/curvature/estimators/trialOptimizers';
import { trainingRun } from '../../server/src/curvature/estimators/trainingRun';
import { createBatchLoss } from '../../server/src/curvature/operators/batchLoss';
import type { Engine } from '../../server/src/engine/engine';
import { createOnnxEngine } from '../../server/src/engine/onnx/onnxEngine';
import { createReferenceEngine } from '../../server/src/engine/reference/referenceEngine';
import { characters, digits, kerasDigits, problemOfExample, tfjsDigits, type Example } from './examples';
import { fewMultiples, manyMultiples } from './grid';
import { classificationData, mlp, problemOf, regressionData, tanhRegression } from '../unit/curvature/problems';

/** Where runs start from. */
export interface StartingPoint {
  readonly name: string;
  /** What is trained, and the part of its samples that is analysed before. */
  readonly training: Problem;
  readonly analysed: Problem;
  readonly engine: Engine;
  /** Samples of a step; as many as there are: the full gradient. */
  readonly batches: readonly number[];
  /** Which of `optimizers`. */
  readonly optimizers: readonly number[];
  /** Learning rates in units of the limit. */
  readonly multiples: readonly number[];
  /** Samples of one evaluation. */
  readonly chunk: number;
}

const SEED = 0;

/** The problem after `steps` of Adam on mini-batches. */
async function trained(problem: Problem, engine: Engine, steps: number): Promise<Problem> {
  const theta = Float64Array.from(problem.theta);
  const loss = createBatchLoss(problem, engine, { chunk: problem.sampleCount });
  await trainingRun(loss, theta, adamStep(ADAM, 0), {
    steps,
    learningRate: 3e-3,
    batchSize: 32,
    sampleCount: problem.sampleCount,
    every: steps,
    random: new Random(SEED, 'training'),
  });
  loss.dispose();
  return { ...problem, theta };
}

interface Kind {
  readonly name: string;
  readonly engine: Engine;
  readonly initial: () => Promise<Problem>;
  readonly later: (initial: Problem) => Promise<Problem>;
  readonly analysedSamples: number;
  readonly batches: readonly number[];
  readonly optimizers: readonly number[];
  readonly multiples: readonly number[];
}

function ofExample(
  example: Example,
  engine: Engine,
  { samples, ...grid }: Pick<Kind, 'analysedSamples' | 'batches' | 'optimizers'> & { readonly samples: number },
): Kind {
  const at = (trained: boolean): Promise<Problem> => problemOfExample(example, { trained, samples, seed: SEED });
  return {
    name: example.name,
    engine,
    initial: () => at(false),
    later: () => at(true),
    multiples: fewMultiples,
    ...grid,
  };
}

const ALL = [0, 1, 2, 3, 4, 5];

async function kinds(): Promise<readonly Kind[]> {
  const exact = createReferenceEngine();
  const fast = await createOnnxEngine();
  const own = {
    engine: exact,
    later: (initial: Problem) => trained(initial, exact, 400),
    analysedSamples: 128,
    multiples: manyMultiples,
  };
  return [
    {
      ...own,
      name: 'tanh regression',
      initial: () => Promise.resolve(problemOf(tanhRegression([6, 16], 1), regressionData(512, 6, 2))),
      batches: [512, 64, 16],
      optimizers: ALL,
    },
    {
      ...own,
      name: 'tanh classifier',
      initial: () => Promise.resolve(problemOf(mlp([8, 16, 4], 3), classificationData(512, 8, 4, 4))),
      batches: [512, 64, 16],
      optimizers: ALL,
    },
    ofExample(digits, fast, { samples: 256, analysedSamples: 96, batches: [32], optimizers: [1, 3] }),
    ofExample(characters, fast, { samples: 96, analysedSamples: 32, batches: [8], optimizers: [1, 4] }),
    ofExample(kerasDigits, fast, { samples: 256, analysedSamples: 96, batches: [32], optimizers: [1, 3] }),
    ofExample(tfjsDigits, fast, { samples: 256, analysedSamples: 96, batches: [64, 256], optimizers: [0, 1, 3, 5] }),
  ];
}

/** One after another, so that only one is in memory. `only`: part of a name. */
export async function* startingPoints(only: string | undefined): AsyncGenerator<StartingPoint> {
  for (const { name, engine, initial, later, analysedSamples, batches, optimizers, multiples } of await kinds()) {
    if (only !== undefined && !name.includes(only)) continue;
    const start = await initial();
    const point = (when: string, training: Problem): StartingPoint => ({
      name: `${name}, ${when}`,
      training,
      analysed: subsetOf(
        training,
        Array.from({ length: analysedSamples }, (_, i) => Math.floor((i * training.sampleCount) / analysedSamples)),
      ),
      engine,
      batches,
      optimizers,
      multiples,
      chunk: analysedSamples,
    });
    yield point('initial', start);
    yield point('trained', await later(start));
  }
}
