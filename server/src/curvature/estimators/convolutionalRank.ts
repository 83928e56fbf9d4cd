/**
 * Upper bound of the rank of H for a chain of linear and convolution layers without biases and activations, after the argument of Singh, Hofmann and Schölkopf 2023, "The Hessian perspective into the
 * Nature of Convolutional Neural Networks": a convolution is a matrix T_l whose entries repeat its kernel, so that
 *   · the Gauss–Newton part moves outputs by T_L ⋯ dT_l ⋯ T_1x, whose columns or rows lie in spaces of at most q = min(r, sizes of the layers) dimensions: its rank is at most q(r + K − q), as without sharing;
 *   · the rows of the rest that belong to layer l are matrices M over its output and input, summed over positions to a kernel. Where the other layer comes before l, the columns of M lie in a space of
 *     a_l ≤ min(r, K, sizes from l on) dimensions, so that each of its input channels gives at most min(m_l·k_l, a_l·D_{l−1}) of them; where it comes after, its rows lie in b_l ≤ min(r, K, sizes before l), and each
 *     output channel gives min(m_{l−1}·k_l, b_l·D_l).
 * A block between two layers is bounded from both. Sums over layers and both parts bound the rank: it grows with channels where parameters grow with their squares. A kernel's gradient is a linear map of that of T_l,
 * so each layer also has no more than the chain of full matrices allows it, and no more than its parameters.
 */
import { sizeIn, sizeOut, type ChainLayer } from '../linearChain';
import { tangentRank } from './linearNetworkRank';

/** `layers`: from input to output, at least one; `inputRank`: of the matrix of inputs. */
export function convolutionalRank(layers: readonly ChainLayer[], inputRank: number): number {
  const sizes = [sizeIn(layers[0] as ChainLayer), ...layers.map(sizeOut)];
  const outputs = sizes.at(-1) as number;
  const narrowest = Math.min(inputRank, ...sizes);
  const residual = Math.min(inputRank, outputs);
  const sides = layers.map(({ channelsIn, channelsOut, positionsIn, positionsOut, kernel }, l) => {
    const columns = Math.min(residual, ...sizes.slice(l + 1));
    const rows = Math.min(residual, ...sizes.slice(0, l + 1));
    return {
      before: channelsIn * Math.min(channelsOut * kernel, columns * positionsIn),
      after: channelsOut * Math.min(channelsIn * kernel, rows * positionsOut),
    };
  });
  // Of the block between layers m < l.
  const between = (m: number, l: number): number =>
    Math.min(
      parametersOf(layers[m] as ChainLayer),
      parametersOf(layers[l] as ChainLayer),
      sides[l]?.before ?? 0,
      sides[m]?.after ?? 0,
    );
  const rest = layers.reduce((sum, layer, l) => {
    const before = layers.slice(0, l).reduce((rank, _, m) => rank + between(m, l), 0);
    const after = layers.slice(l + 1).reduce((rank, _, m) => rank + between(l, l + 1 + m), 0);
    const { before: mostBefore = 0, after: mostAfter = 0 } = sides[l] ?? {};
    return sum + Math.min(parametersOf(layer), Math.min(before, mostBefore) + Math.min(after, mostAfter));
  }, 0);
  const shared = tangentRank(inputRank, outputs, narrowest) + rest;
  const full = layers.reduce((sum, layer, l) => {
    const before = l === 0 ? inputRank : sizeIn(layer);
    return sum + Math.min(parametersOf(layer), tangentRank(sizeOut(layer), before, narrowest));
  }, 0);
  return Math.min(shared, full);
}

const parametersOf = ({ channelsIn, channelsOut, kernel }: ChainLayer): number => channelsIn * channelsOut * kernel;
