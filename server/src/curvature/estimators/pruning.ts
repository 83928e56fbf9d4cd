/** Which weights may go: scores of single weights and of channels, and the weights that remain. All are increases of the loss that removing w (δ = −w) is predicted to cause. */
import type { Vector } from '../linearAlgebra/vector';

/** Optimal Brain Damage: ½hᵢᵢwᵢ² (LeCun, Denker, Solla 1990). */
export const damageScores = (weights: Vector, diagonal: Vector): Float64Array =>
  Float64Array.from(weights, (w, i) => ((diagonal[i] as number) * w * w) / 2);

/** Optimal Brain Surgeon: wᵢ²/(2[F⁻¹]ᵢᵢ), the others adapting to the loss of weight i (Hassibi, Stork 1992). */
export const surgeonScores = (weights: Vector, inverseDiagonal: Vector): Float64Array =>
  Float64Array.from(weights, (w, i) => (w * w) / (2 * Math.max(inverseDiagonal[i] as number, Number.MIN_VALUE)));

/**
 * Optimal Brain Apoptosis (Sun et al. 2025): weight i's part |−gᵢwᵢ + ½wᵢ(Hw)ᵢ| of the second-order expansion when everything is removed, curvature between layers included.
 * `product`: Hw.
 */
export const apoptosisScores = (weights: Vector, gradient: Vector, product: Vector): Float64Array =>
  Float64Array.from(weights, (w, i) => Math.abs(w * ((product[i] as number) / 2 - (gradient[i] as number))));

/** A channel: weights that go together, as a range of θ. */
export interface Channel {
  readonly start: number;
  readonly end: number;
}

/** Hessian-Aware Pruning: (tr H_c/2n_c)·‖w_c‖² of every channel (Yu et al. 2022). */
export const channelScores = (weights: Vector, diagonal: Vector, channels: readonly Channel[]): Float64Array =>
  Float64Array.from(channels, ({ start, end }) => {
    let [trace, square] = [0, 0];
    for (let i = start; i < end; i++) {
      trace += diagonal[i] as number;
      square += (weights[i] as number) ** 2;
    }
    return (trace * square) / (2 * (end - start));
  });

/** θ without the share of smallest scores among `candidates` (indices of θ, in the order of `scores`). Ties go in the order of θ. */
export function withoutLowest(
  theta: Float64Array,
  candidates: Uint32Array,
  scores: Float64Array,
  sparsity: number,
): Float64Array {
  const removed = Math.round(sparsity * candidates.length);
  const pruned = theta.slice();
  const threshold = scores.slice().sort()[removed - 1] ?? -Infinity;
  let left = removed;
  const remove = (applies: (score: number) => boolean): void =>
    candidates.forEach((index, k) => {
      if (left === 0 || !applies(scores[k] as number)) return;
      pruned[index] = 0;
      left--;
    });
  remove((score) => score < threshold);
  remove((score) => score === threshold);
  return pruned;
}

/** θ without whole channels, lowest scores first, up to a share of their weights. */
export function withoutChannels(
  theta: Float64Array,
  channels: readonly Channel[],
  scores: Float64Array,
  sparsity: number,
): Float64Array {
  const order = Array.from(channels.keys()).sort((a, b) => (scores[a] as number) - (scores[b] as number));
  let room = sparsity * channels.reduce((sum, { start, end }) => sum + end - start, 0);
  const pruned = theta.slice();
  for (const c of order) {
    const { start, end } = channels[c] as Channel;
    if (end - start > room) break;
    pruned.fill(0, start, end);
    room -= end - start;
  }
  return pruned;
}
