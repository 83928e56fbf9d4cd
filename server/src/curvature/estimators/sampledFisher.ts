/**
 * The Fisher matrix by sampling: F = E_x E_{c∼p(·|x)} g_c g_cᵀ with labels that the model draws in place of all of them weighted, where those are too many (Martens 2020, § 5). Each draw gives every sample one label, F̂ is the mean
 * over draws. Its trace is unbiased; its largest eigenvalue lies too high on average, as of any sampled matrix, and the jackknife over draws takes the first order of that out.
 */
import type { Random } from '../random';
import { mean } from '../statistics/moments';
import { NORMAL95 } from '../statistics/studentT';
import type { Probed } from './hutchPlusPlus';

/** How far the probabilities of a sample may be from one in sum. */
const TOLERANCE = 1e-4;

/**
 * Labels of every sample, `draws` times, draw after draw; undefined where exp(−loss) over the labels of a sample does not sum to one.
 * `losses[c][i]`: loss of sample i with label c.
 */
export function drawnLabels(losses: readonly Float64Array[], draws: number, random: Random): Int32Array | undefined {
  const count = losses[0]?.length ?? 0;
  const labels = new Int32Array(draws * count);
  for (let i = 0; i < count; i++) {
    const probabilities = losses.map((row) => Math.exp(-(row[i] as number)));
    const total = probabilities.reduce((sum, p) => sum + p, 0);
    if (!(Math.abs(total - 1) <= TOLERANCE)) return undefined;
    for (let draw = 0; draw < draws; draw++) labels[draw * count + i] = drawn(probabilities, random.uniform() * total);
  }
  return labels;
}

function drawn(probabilities: readonly number[], point: number): number {
  let left = point;
  for (const [c, p] of probabilities.entries()) {
    left -= p;
    if (left < 0) return c;
  }
  return probabilities.length - 1;
}

/** 1/(draws·N) for every pair of a draw and a sample; draw `left` out where one is given. */
export function drawWeights(draws: number, samples: number, left?: number): Float64Array {
  const kept = left === undefined ? draws : draws - 1;
  return Float64Array.from({ length: draws * samples }, (_, j) =>
    Math.floor(j / samples) === left ? 0 : 1 / (kept * samples),
  );
}

/** The value without its bias to first order, and its 95 % half-width: from the value of all draws and those without each (Efron and Stein 1981). */
export function jackknifed(all: number, without: readonly number[]): Probed {
  const n = without.length;
  const centre = mean(without);
  const square = without.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return {
    value: n * all - (n - 1) * centre,
    halfWidth: NORMAL95 * Math.sqrt(((n - 1) / n) * square),
  };
}
