/** What is analysed: a loss over a data set as a function of one flat vector of parameters. */
import type { ArrayValue } from '../engine/engine';
import type { Node } from '../graph/node';
import type { Shape } from '../graph/primitives';

/** A parameter tensor and its place in the flat vector θ. */
export interface ParameterBlock {
  /** Key in `state_dict`. */
  readonly name: string;
  readonly shape: Shape;
  /** First element in θ. */
  readonly offset: number;
  readonly size: number;
  /** Dotted path of the owning layer; '' for the model itself. */
  readonly layer: string;
}

/** The loss of a batch as a graph. */
export interface LossGraph {
  /** In the order of `Problem.parameters`. */
  readonly parameters: readonly Node<'input'>[];
  /** In the order of `Problem.buffers`. */
  readonly buffers: readonly Node<'input'>[];
  /** In the order of what `Problem.batch` returns; axis 0 counts samples. */
  readonly data: readonly Node<'input'>[];
  /** float scalar: the mean loss of the samples in the batch. */
  readonly loss: Node;
  /** Where the model ends and the loss begins (for Gauss–Newton products). */
  readonly output: Node;
  /** Results of layers inside the model, in the order of execution; empty or absent where they are not known. */
  readonly layers?: readonly LayerOutput[];
}

export interface LayerOutput {
  /** Dotted path of the layer. */
  readonly name: string;
  /** Class name. */
  readonly type: string;
  readonly node: Node;
}

export interface Problem {
  /** Contiguous from 0, in order; together they cover θ. */
  readonly parameters: readonly ParameterBlock[];
  /** Values, p elements. */
  readonly theta: Float64Array;
  /** Samples analysed, N ≥ 1. */
  readonly sampleCount: number;
  /** The loss of a batch of `n` samples. May be called several times; each call makes a graph of its own. */
  readonly trace: (n: number) => LossGraph;
  /** Values of the buffers. */
  readonly buffers: readonly ArrayValue[];
  /** The samples with these numbers (0 … N−1), one array per data input. */
  batch(indices: readonly number[]): ArrayValue[];
  /**
   * The loss of a batch is the mean of a loss per sample. False when samples see each other (BatchNorm in train mode, weighted
   * means, contrastive losses): then the data are not split and nothing per sample is defined.
   */
  readonly separable: boolean;
  /** Why not, in the user's terms; used where a number is not computed for that reason. */
  readonly inseparableBecause?: string;
  /** Number of classes where the loss is a classification. */
  readonly classCount?: number;
  /** The class of every sample, where each has one. */
  readonly labels?: SampleLabels;
  /** Number of every sample in the data set, where only part of it was drawn. */
  readonly sampleNumbers?: readonly number[];
}

export interface SampleLabels {
  /** Which of the data inputs holds them: class numbers [n], or one-hot rows [n, C]. */
  readonly input: number;
  /** N classes, 0 … C−1. */
  readonly classes: ArrayLike<number>;
}

/** The number that a reader knows an analysed sample by. */
export const sampleNumber = ({ sampleNumbers }: Pick<Problem, 'sampleNumbers'>, index: number): number =>
  sampleNumbers?.[index] ?? index;

/** A group of parameter tensors, as half-open ranges of θ. */
export interface ParameterGroup {
  readonly name: string;
  /** Elements in total. */
  readonly size: number;
  readonly ranges: readonly (readonly [number, number])[];
}

/** One group per layer that owns parameters, in order of first appearance. */
export function layersOf(parameters: readonly ParameterBlock[]): ParameterGroup[] {
  const groups = new Map<string, ParameterBlock[]>();
  for (const block of parameters) {
    const group = groups.get(block.layer);
    if (group === undefined) groups.set(block.layer, [block]);
    else group.push(block);
  }
  return [...groups].map(([name, blocks]) => ({
    name,
    size: blocks.reduce((sum, { size }) => sum + size, 0),
    ranges: blocks.map(({ offset, size }) => [offset, offset + size] as const),
  }));
}

/** One group per parameter tensor. */
export const tensorsOf = (parameters: readonly ParameterBlock[]): ParameterGroup[] =>
  parameters.map(({ name, offset, size }) => ({ name, size, ranges: [[offset, offset + size]] }));

/** Number of parameters, p. */
export const parameterCount = (problem: Problem): number => problem.theta.length;

/** The values of the parameters as tensors over θ's memory, or over another vector of the same layout. */
export const asTensors = (parameters: readonly ParameterBlock[], theta: Float64Array): ArrayValue[] =>
  parameters.map(({ shape, offset, size }) => ({
    shape,
    dtype: 'float',
    data: theta.subarray(offset, offset + size),
  }));
