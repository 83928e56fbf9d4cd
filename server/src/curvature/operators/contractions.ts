/** Linear and convolution layers of the model as operators on their inputs, found in the graph: contractions with something made of parameters alone. */
import { dependents, elementCount, topologicalOrder, type Node } from '../../graph/node';
import * as op from '../../graph/operations';
import { substitute } from '../../graph/simplify/substitute';
import { asTensors, type LossGraph, type Problem } from '../problem';

export interface Contraction {
  /** The parameter tensors behind the weight. */
  readonly name: string;
  /** Its input as the parameters and its result as the output: ∂output/∂parameters is the layer's matrix, the same everywhere. */
  readonly problem: Problem;
}

/** In the order of execution. Throws `RangeError` where two functions of the input are multiplied (attention): such a map has no global Lipschitz constant. */
export function contractionsOf(problem: Problem): Contraction[] {
  const graph = problem.trace(1);
  const order = topologicalOrder([graph.output]);
  const ofData = dependents(order, graph.data);
  return order.flatMap((node) => {
    if (node.primitive !== 'dot' && node.primitive !== 'conv') return [];
    const varying = node.inputs.filter((x) => ofData.has(x));
    if (varying.length > 1)
      throw new RangeError(
        'the model multiplies functions of its input (attention): there is no global Lipschitz constant',
      );
    const [operand] = varying;
    if (operand === undefined) return [];
    const behind = new Set(topologicalOrder(node.inputs.filter((x) => x !== operand)));
    const names = graph.parameters.flatMap((parameter, i) =>
      behind.has(parameter) ? [problem.parameters[i]?.name ?? ''] : [],
    );
    return [{ name: names.join(', ') || 'constant', problem: layerProblem(problem, graph, node, operand) }];
  });
}

function layerProblem(problem: Problem, graph: LossGraph, node: Node, operand: Node): Problem {
  const { shape } = operand;
  const size = elementCount(shape);
  return {
    parameters: [{ name: 'input', shape, offset: 0, size, layer: '' }],
    theta: new Float64Array(size),
    sampleCount: 1,
    separable: false,
    buffers: [...asTensors(problem.parameters, problem.theta), ...problem.buffers],
    batch: (indices) => problem.batch(indices),
    trace: () => {
      const input = op.input('input', shape);
      const [output = node] = substitute([node], new Map([[operand, input]]));
      const loss = op.reduceSum(
        output,
        output.shape.map((_, axis) => axis),
      );
      const { data, parameters, buffers } = graph;
      return { parameters: [input], buffers: [...parameters, ...buffers], data, loss, output };
    },
  };
}
