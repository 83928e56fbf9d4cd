/**
 * The Fisher matrix by sampling: F = E_x E_{c∼p(·|x)} g_c g_cᵀ with labels that the model draws in place of all of them weighted, where those are too many (Martens 2020, § 5). Each draw gives every sample one label, F̂ is the mean
 * over draws. Its trace is unbiased; its largest eigenvalue lies too high on average, as of any sampled matrix, and the jackknife over draws takes the first order of that out.
 */
import type { Random } from '../random';
import { mean } from '../statistics/moments';
import { studentT95 } from '../statistics/studentT';
import type { Probed } from './hutchPlusPlus';

/** Labels of every sample, `draws` times, draw after draw. `weights`: as `fisherWeights` gives them. */
export function drawnLabels(weights: Float64Array, samples: number, draws: number, random: Random): Int32Array {
  const labels = new Int32Array(draws * samples);
  for (let i = 0; i < samples; i++) {
    const own = weights.filter((_, j) => j % samples === i);
    const total = own.reduce((sum, weight) => sum + weight, 0);
    for (let draw = 0; draw < draws; draw++) labels[draw * samples + i] = drawn(own, random.uniform() * total);
  }
  return labels;
}

/** The first label up to which the weights exceed `point`. */
function drawn(weights: Float64Array, point: number): number {
  let sum = 0;
  const label = weights.findIndex((weight) => (sum += weight) > point);
  return label < 0 ? weights.length - 1 : label;
}

/** Groups of draws that are left out in turn. */
export const GROUPS = 4;
/** A multiple of the groups. */
export const DRAWS = 2 * GROUPS;

/** Weights of all pairs of a draw and a sample, draw after draw, in the mean over draws; without the draws of a group where one is given. `draws` is a multiple of `GROUPS`. */
export function drawWeights(draws: number, samples: number, left?: number): Float64Array {
  const kept = left === undefined ? draws : draws - draws / GROUPS;
  return Float64Array.from({ length: draws * samples }, (_, j) =>
    Math.floor(j / samples) % GROUPS === left ? 0 : 1 / (kept * samples),
  );
}

/** A value without its bias to first order, and its 95 % half-width: from the value of all groups and those without each. */
export function jackknifed(all: number, without: readonly number[]): Probed {
  const n = without.length;
  const centre = mean(without);
  const square = without.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return {
    value: n * all - (n - 1) * centre,
    halfWidth: studentT95(n - 1) * Math.sqrt(((n - 1) / n) * square),
  };
}
