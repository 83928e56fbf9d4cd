/** Gradients of the outputs of some samples, as many as their Gram matrix can be afforded for. */
import { outputCount, outputJacobians, type OutputJacobian } from '../operators/outputJacobians';
import type { Problem } from '../problem';
import { subsetOf } from '../subproblem';
import { StudyRefusal, type StudyContext } from './study';

/** Rows of the Gram matrix. */
const MOST_ROWS = 500;
/** Multiplications of the Gram matrix, and bytes of the rows behind it. */
const MOST_OPERATIONS = 4e9;
const MOST_BYTES = 2 ** 29;
const PROGRAM_BYTES = 2 ** 27;

export interface OutputGradients {
  readonly jacobians: readonly OutputJacobian[];
  /** Numbers of the samples taken, evenly spread. */
  readonly picked: readonly number[];
  /** Outputs of a sample. */
  readonly outputs: number;
}

/** `mostRows`: samples times outputs. Throws `StudyRefusal` where samples see each other, or outputs are too many. */
export async function outputGradients(
  { problem, engine, options }: StudyContext,
  mostRows = MOST_ROWS,
): Promise<OutputGradients> {
  if (!problem.separable) throw new StudyRefusal(problem.inseparableBecause ?? 'the loss is not a mean over samples');
  const outputs = outputCount(problem);
  const samples = affordable(problem, outputs, mostRows);
  if (samples < 1)
    throw new StudyRefusal(
      `${outputs} outputs a sample of ${problem.theta.length} parameters are too many for the Gram matrix`,
    );
  const picked = Array.from({ length: samples }, (_, i) => Math.floor((i * problem.sampleCount) / samples));
  const jacobians = await outputJacobians(subsetOf(problem, picked), engine, {
    memoryLimit: PROGRAM_BYTES,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return { jacobians, picked, outputs };
}

function affordable({ theta, sampleCount }: Problem, outputs: number, mostRows: number): number {
  const rows = Math.min(mostRows, Math.sqrt((2 * MOST_OPERATIONS) / theta.length), MOST_BYTES / (8 * theta.length));
  return Math.min(sampleCount, Math.floor(rows / outputs));
}
