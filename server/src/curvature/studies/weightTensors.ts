/** Tensors that quantisation and pruning are about. */
import type { ParameterBlock } from '../problem';

export interface WeightTensor {
  readonly block: ParameterBlock;
  /** Number among `Problem.parameters`. */
  readonly index: number;
  /** Size of its first axis: output channels, or tokens of an embedding. */
  readonly channels: number;
}

/** Those of two or more axes: weights of linear, convolutional and embedding layers. Biases and norms are small and stay as they are. */
export const weightTensors = (parameters: readonly ParameterBlock[]): WeightTensor[] =>
  parameters.flatMap((block, index) =>
    block.shape.length < 2 || block.size === 0 ? [] : [{ block, index, channels: block.shape[0] ?? 1 }],
  );
