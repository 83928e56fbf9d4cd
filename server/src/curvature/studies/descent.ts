import { addScaled } from '../linearAlgebra/vector';
import type { StudyContext } from './study';

/** Parameters after each of these numbers of full-batch gradient steps (ascending). */
export async function descend(
  { problem, gradient }: Pick<StudyContext, 'problem' | 'gradient'>,
  rate: number,
  stops: readonly number[],
): Promise<Float64Array[]> {
  const evaluate = (await gradient()).evaluate;
  const theta = problem.theta.slice();
  const found: Float64Array[] = [];
  for (let step = 1; step <= (stops.at(-1) ?? 0); step++) {
    addScaled(theta, -rate, (await evaluate(theta)).gradient);
    if (stops.includes(step)) found.push(theta.slice());
  }
  return found;
}

/** The learning rate of the script, at most 1/λmax, with which gradient descent surely descends. */
export function descentRate({ options, ends }: Pick<StudyContext, 'options' | 'ends'>): number | undefined {
  const largest = ends?.top[0]?.value ?? 0;
  const safe = largest > 0 ? 1 / largest : undefined;
  const own = options.optimizer?.learningRate ?? undefined;
  return own === undefined ? safe : Math.min(own, safe ?? own);
}
