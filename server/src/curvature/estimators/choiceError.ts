/**
 * What chance in a probed diagonal does to a number that hangs on a choice made by it, such as the loss without the weights that rank lowest: the parametric bootstrap (Efron 1979). The estimated entries are taken for the true
 * ones, get noise of the variance that was seen, and choose again. Leaving out probes does not serve here: a choice changes by leaps, of which a jackknife makes too much.
 */
import type { Random } from '../random';
import type { ParameterGroup } from '../problem';
import { mean, variance } from '../statistics/moments';
import { studentT95 } from '../statistics/studentT';
import { shrunkDiagonal, type ProbedDiagonal } from './hessianDiagonal';

/** As another set of probes might have it. `entries`: shrunk, of the groups that noise is shrunk in. */
export function redrawnDiagonal(
  entries: Float64Array,
  noise: ProbedDiagonal['noise'],
  groups: readonly ParameterGroup[],
  random: Random,
): Float64Array {
  const diagonal = entries.map((entry, i) => entry + Math.sqrt(noise[i] as number) * random.gaussian());
  return shrunkDiagonal({ diagonal, noise }, groups);
}

/**
 * 95 % half-width about `value`, from what two or more redrawn choices have in its place: their scatter by Student's t, as of one more draw, and how far noise moves them all to one side. Infinite where one of them is no number.
 */
export function choiceError(value: number, redrawn: readonly number[]): number {
  const count = redrawn.length;
  const scatter = studentT95(count - 1) * Math.sqrt(variance(redrawn) * (1 + 1 / count));
  const error = Math.hypot(scatter, mean(redrawn) - value);
  return Number.isFinite(error) ? error : Infinity;
}
