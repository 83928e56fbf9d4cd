/** Work and memory of a graph, from shapes alone. */
import type { Precision } from '../engine/engine';
import type { Graph, Node } from '../graph/node';
import { elementCount, topologicalOrder } from '../graph/node';
import { operationsOf } from '../graph/operationsOf';

/** Bytes of a value on an engine. */
export function bytesOf(node: Node, precision: Precision): number {
  const width = node.dtype === 'bool' ? 1 : node.dtype === 'int' || precision === 'float32' ? 4 : 8;
  return elementCount(node.shape) * width;
}

export const operationsIn = (graph: Graph): number =>
  topologicalOrder(graph.outputs).reduce((sum, node) => sum + operationsOf(node), 0);

/** Largest sum of the values alive at once when nodes run in order and are freed after their last use; inputs not counted. */
export function peakBytes(graph: Graph, precision: Precision): number {
  const order = topologicalOrder(graph.outputs);
  const uses = new Map<Node, number>();
  for (const node of order) for (const input of node.inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  for (const output of graph.outputs) uses.set(output, Infinity);
  const isStored = (node: Node): boolean => node.primitive !== 'input' && node.primitive !== 'constant';
  let [alive, peak] = [0, 0];
  for (const node of order) {
    if (!isStored(node)) continue;
    alive += bytesOf(node, precision);
    peak = Math.max(peak, alive);
    for (const input of new Set(node.inputs)) {
      const left = (uses.get(input) ?? 0) - node.inputs.filter((x) => x === input).length;
      uses.set(input, left);
      if (left === 0 && isStored(input)) alive -= bytesOf(input, precision);
    }
  }
  return peak;
}
