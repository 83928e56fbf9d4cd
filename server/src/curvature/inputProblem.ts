/**
 * Curvature in the inputs as a problem of its own: one displacement δ added to the input of every sample, L(δ) = mean ℓ(xᵢ + δ) at δ = 0. Its gradient, Hessian and higher
 * derivatives are the means of those of single samples in their inputs.
 */
import { substitute } from '../graph/simplify/substitute';
import { elementCount, topologicalOrder, type Node } from '../graph/node';
import * as op from '../graph/operations';
import { asTensors, type LossGraph, type ParameterBlock, type Problem } from './problem';

/** Which of the data inputs are real-valued and reach the model's output. */
export function realInputs({ data, output }: LossGraph): number[] {
  const reached = new Set<Node>(topologicalOrder([output]));
  return data.flatMap((node, i) => (node.dtype === 'float' && reached.has(node) ? [i] : []));
}

/** Undefined where the model takes no real-valued input. */
export function inputProblem(problem: Problem): Problem | undefined {
  const sample = problem.trace(1);
  const chosen = realInputs(sample);
  if (chosen.length === 0) return undefined;
  let offset = 0;
  const parameters = chosen.map((i): ParameterBlock => {
    const node = sample.data[i] as Node<'input'>;
    const shape = node.shape.slice(1);
    const block = { name: node.parameters.name, shape, offset, size: elementCount(shape), layer: '' };
    offset += block.size;
    return block;
  });
  const { labels, sampleNumbers, classCount } = problem;
  return {
    parameters,
    theta: new Float64Array(offset),
    sampleCount: problem.sampleCount,
    separable: problem.separable,
    ...(problem.inseparableBecause === undefined ? {} : { inseparableBecause: problem.inseparableBecause }),
    ...(labels === undefined ? {} : { labels }),
    ...(sampleNumbers === undefined ? {} : { sampleNumbers }),
    ...(classCount === undefined ? {} : { classCount }),
    buffers: [...asTensors(problem.parameters, problem.theta), ...problem.buffers],
    batch: (indices) => problem.batch(indices),
    trace: (n) => displaced(problem.trace(n), parameters, chosen),
  };
}

/** The loss with a displacement of these data inputs as parameters, and the parameters as buffers. */
function displaced(graph: LossGraph, parameters: readonly ParameterBlock[], chosen: readonly number[]): LossGraph {
  const displacements = parameters.map(({ name, shape }) => op.input(`displacement of ${name}`, shape));
  const replacements = new Map<Node, Node>();
  chosen.forEach((i, k) => {
    const x = graph.data[i] as Node;
    replacements.set(
      x,
      op.add(x, op.broadcastTo(op.reshape(displacements[k] as Node, [1, ...x.shape.slice(1)]), x.shape)),
    );
  });
  const [loss = graph.loss, output = graph.output] = substitute([graph.loss, graph.output], replacements);
  return {
    parameters: displacements,
    buffers: [...graph.parameters, ...graph.buffers],
    data: graph.data,
    loss,
    output,
  };
}
