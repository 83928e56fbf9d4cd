/** A network of `test/fixtures/studies` as a problem, with random data. */
import { fileURLToPath } from 'node:url';
import type { AnalysisOptions } from '../../../server/src/curvature/analysis/options';
import type { Problem } from '../../../server/src/curvature/problem';
import { Random } from '../../../server/src/curvature/random';
import { DiskDataFiles } from '../../../server/src/project/diskDataFiles';
import { loadState } from '../../../server/src/worker/loadParameters';
import { synthesise } from '../../../server/src/worker/loadSamples';
import { readModel } from '../../../server/src/worker/readModel';
import { createProblem } from '../../../server/src/worker/tracedProblem';

const SEED = 3;
/** Of another checkpoint of the same run, away from the one analysed. */
const STEP = 0.01;

export interface TracedFixture {
  readonly problem: Problem;
  /** What an analysis is told of the run: another checkpoint, and the model's own noise where it has some. */
  readonly options: Pick<AnalysisOptions, 'checkpoints' | 'noisy'>;
}

/** `input`: of one sample, e.g. `1x8x8`. */
export async function tracedFixture(name: string, input: string, count: number): Promise<TracedFixture> {
  const files = new DiskDataFiles();
  try {
    const study = await readModel(
      {
        modelFile: fileURLToPath(new URL(`../../fixtures/studies/${name}.py`, import.meta.url)),
        inputs: [input],
        loss: 'cross_entropy',
        top: 1,
        seed: SEED,
        engine: 'reference',
        precision: 'float64',
      },
      files,
    );
    const traced = study.traceBatch(2);
    const state = await loadState(traced, undefined);
    const samples = await synthesise(traced, traced.loss.targets, count, SEED);
    const problem = createProblem(study.traceBatch, state, samples);
    const noisy = (seed: number): Problem => createProblem(study.traceNoisy(seed), state, samples);
    const drawsNumbers = study.traceNoisy(SEED)(2).stochastic;
    return {
      problem,
      options: {
        checkpoints: () =>
          Promise.resolve([
            { name: 'step1', step: 1, problem: () => moved(problem) },
            { name: 'step2', step: 2, problem: () => problem },
          ]),
        noisy: (seed) => (drawsNumbers ? noisy(seed) : undefined),
      },
    };
  } finally {
    await files.close();
  }
}

function moved(problem: Problem): Problem {
  const step = new Random(SEED, 'checkpoint').gaussianVector(problem.theta.length);
  return { ...problem, theta: problem.theta.map((value, i) => value + STEP * (step[i] ?? 0)) };
}
