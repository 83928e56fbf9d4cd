/**
 * Outputs that a last operator has turned into probabilities: exported classifiers often end in a softmax or a sigmoid that the
 * loss of their training did not see. The scores behind it are what losses such as cross entropy are of.
 */
import type { NodeMessage } from '../../checkpoint/onnx/schema';
import type { Node } from '../../graph/node';
import { reshape, transpose } from '../../graph/operations';
import { normaliseAxis } from '../compositions/axes';
import { isSequence, type OnnxValue } from './operatorCall';

export type Squashing = 'softmax' | 'log-softmax' | 'sigmoid';

/** What an output is of, in the layout of the output. */
export interface SquashedOutput {
  readonly by: Squashing;
  readonly scores: Node;
  /** Of the classes; undefined for a sigmoid, which takes every number by itself. */
  readonly axis: number | undefined;
}

const squashing: Readonly<Record<string, Squashing>> = {
  Softmax: 'softmax',
  LogSoftmax: 'log-softmax',
  Sigmoid: 'sigmoid',
};

/** The softmaxes and sigmoids of a graph, by their results. */
export class SquashedOutputs {
  private readonly known = new Map<Node, SquashedOutput>();
  /** `version`: of ONNX's operator set; before 13, softmax without an axis was of all axes but the first. */
  constructor(private readonly version: number) {}

  add({ opType, attribute }: NodeMessage, operands: readonly OnnxValue[], results: readonly OnnxValue[]): void {
    const [[scores], [result]] = [operands.flat(), results.flat()];
    if (scores === undefined || result === undefined || operands.some(isSequence)) return;
    const by = squashing[opType];
    if (by !== undefined) {
      const rank = scores.shape.length;
      const given = attribute.find(({ name }) => name === 'axis')?.i;
      const axis = normaliseAxis(given ?? (this.version < 13 ? 1 : -1), Math.max(1, rank));
      const isOfOneAxis = by === 'sigmoid' || (rank > 0 && (this.version >= 13 || axis === rank - 1));
      if (isOfOneAxis) this.known.set(result, { by, scores, axis: by === 'sigmoid' ? undefined : axis });
    }
    const inner = this.known.get(scores);
    if (opType === 'Log' && inner?.by === 'softmax') this.known.set(result, { ...inner, by: 'log-softmax' });
  }

  /** Follows what only moves numbers, as far as the classes stay on one axis. */
  behind(output: Node): SquashedOutput | undefined {
    const moves: Node[] = [];
    let node: Node | undefined = output;
    while (
      node !== undefined &&
      !this.known.has(node) &&
      (node.primitive === 'reshape' || node.primitive === 'transpose')
    ) {
      moves.push(node);
      node = node.inputs[0];
    }
    const own = node === undefined ? undefined : this.known.get(node);
    return moves.reduceRight<SquashedOutput | undefined>((end, move) => end && moved(end, move), own);
  }
}

/** The same with its numbers moved; undefined where classes come to lie on several axes. */
function moved({ by, scores, axis }: SquashedOutput, move: Node): SquashedOutput | undefined {
  if (move.primitive === 'transpose') {
    const { permutation } = move.parameters;
    return {
      by,
      scores: transpose(scores, permutation),
      axis: axis === undefined ? undefined : permutation.indexOf(axis),
    };
  }
  const last = move.shape.length - 1;
  const staysLast = axis === scores.shape.length - 1 && move.shape[last] === scores.shape[axis];
  if (axis !== undefined && !staysLast) return undefined;
  return { by, scores: reshape(scores, move.shape), axis: axis === undefined ? undefined : last };
}
