import { gradient } from '../../autodiff/gradient';
import { hessianVectorProduct } from '../../autodiff/hessianVectorProduct';
import { evaluate } from '../../graph/evaluate/evaluate';
import { elementCount, type Node } from '../../graph/node';
import * as op from '../../graph/operations';
import type { ConstantData } from '../../graph/primitives';
import { norm } from '../linearAlgebra/vector';
import type { LossGraph, Problem } from '../problem';
import type { Random } from '../random';

const SAMPLES = 16;
/** Of what entries that do not cancel would give: float64 with room for long sums. */
const TOLERANCE = 1e-10;

/**
 * Whether the loss stays when all outputs of a sample rise by the same number, as softmax with cross-entropy does: gradient and Hessian in the outputs then vanish along that direction. Looked at in float64
 * at random outputs, with the targets of some samples.
 */
export function lossIgnoresShift(problem: Problem, random: Random): boolean {
  const count = Math.min(problem.sampleCount, SAMPLES);
  const graph = problem.trace(count);
  const { loss, output } = graph;
  const width = elementCount(output.shape) / count;
  const shifts = random.gaussianVector(count);
  const spread = Float64Array.from({ length: count * width }, (_, k) => shifts[Math.floor(k / width)] as number);
  const shift = op.constant(spread, output.shape);
  const found = evaluate(
    [...gradient(loss, [output]), ...hessianVectorProduct(loss, [output], [shift])],
    feedsOf(problem, graph, random.gaussianVector(count * width), count),
  );
  const [slope = spread, curved = spread] = found.map((values) => Float64Array.from(values));
  const along = shifts.map((_, i) => slope.subarray(i * width, (i + 1) * width).reduce((sum, x) => sum + x, 0));
  const scale = norm(slope);
  return scale > 0 && norm(along) <= TOLERANCE * scale && norm(curved) <= TOLERANCE * scale;
}

/** What the loss needs beside the output. */
function feedsOf(problem: Problem, graph: LossGraph, output: ConstantData, count: number): Map<Node, ConstantData> {
  const feeds = new Map<Node, ConstantData>([[graph.output, output]]);
  const batch = problem.batch(Array.from({ length: count }, (_, i) => i));
  const values = [
    ...graph.data.map((node, i) => [node, batch[i]] as const),
    ...graph.buffers.map((node, i) => [node, problem.buffers[i]] as const),
  ];
  for (const [node, value] of values)
    if (value !== undefined)
      feeds.set(node, value.data instanceof Float32Array ? Float64Array.from(value.data) : value.data);
  return feeds;
}
