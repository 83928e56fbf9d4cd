/** The layers of a graph: its operators that compute with numbers, and the weights of each. */
import type { NodeMessage } from '../../checkpoint/onnx/schema';
import { elementCount, type Node } from '../../graph/node';
import type { TracedLayer } from '../model';
import { moduleOf } from '../../checkpoint/onnx/exporterNames';
import type { OnnxValue } from './operatorCall';

/** A weight as far as layers go. */
interface LayerWeight {
  readonly node: Node;
  readonly isParameter: boolean;
}

/** Operators that compute with numbers, in their order, each with the weights that reach it before any data do. */
export class LayerList {
  readonly entries: TracedLayer[] = [];
  /** Weights behind a value that depends on no data. */
  private readonly behind = new Map<Node, ReadonlySet<Node>>();
  constructor(
    private readonly file: string,
    weights: readonly LayerWeight[],
    transposes: readonly Node[],
  ) {
    for (const { node, isParameter } of weights) this.behind.set(node, isParameter ? new Set([node]) : new Set());
    for (const copy of transposes) this.behind.set(copy, new Set(copy.inputs));
  }

  add(node: NodeMessage, operands: readonly OnnxValue[], results: readonly OnnxValue[]): void {
    const nodes = operands.flat();
    const own = new Set(nodes.flatMap((each) => [...(this.behind.get(each) ?? [])]));
    const isFixed = nodes.every((each) => this.behind.has(each) || each.primitive === 'constant');
    if (isFixed) for (const result of results.flat()) this.behind.set(result, own);
    const [result] = results.flat();
    if (isFixed || result?.dtype !== 'float' || moving.has(node.opType)) return;
    const module = moduleOf(node);
    this.entries.push({
      name: module === undefined || module === '' ? node.name || (node.output[0] ?? '') : module,
      type: node.opType,
      file: this.file,
      line: 0,
      callLine: 0,
      outputShape: result.shape,
      output: result,
      parameters: [...own].reduce((sum, { shape }) => sum + elementCount(shape), 0),
    });
  }
}

/** Operators that only move numbers: not shown as layers. */
const moving: ReadonlySet<string> = new Set([
  'Cast',
  'CastLike',
  'Expand',
  'Flatten',
  'Identity',
  'Reshape',
  'SequenceAt',
  'Slice',
  'Split',
  'SplitToSequence',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);
