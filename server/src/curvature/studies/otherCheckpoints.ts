import type { Problem } from '../problem';
import { StudyRefusal, type StudyContext } from './study';

export interface OtherCheckpoint {
  readonly name: string;
  readonly step: number;
  /** The same samples at its weights. */
  readonly problem: Problem;
}

/** Those of the run that lie beside the analysed one and whose weights differ from its, in the order of their steps. */
export async function otherCheckpoints({
  problem,
  options,
}: Pick<StudyContext, 'problem' | 'options'>): Promise<OtherCheckpoint[]> {
  const checkpoints = (await options.checkpoints?.()) ?? [];
  return checkpoints
    .map(({ name, step, problem: make }) => ({ name, step, problem: make() }))
    .filter((other) => other.problem.theta.some((value, i) => value !== problem.theta[i]));
}

/** Throws `StudyRefusal` where there is none. */
export async function someOtherCheckpoints(context: StudyContext): Promise<OtherCheckpoint[]> {
  const others = await otherCheckpoints(context);
  if (others.length === 0) throw new StudyRefusal('needs another checkpoint of the run beside this one');
  return others;
}
