/** The problem of a corpus entry: mean(out²)/2 of the model's first floating output, at filled parameters and inputs. */
import type { LossGraph, ParameterBlock, Problem } from '../../server/src/curvature/problem';
import type { ArrayValue } from '../../server/src/engine/engine';
import type { TracedModel } from '../../server/src/frontend/model';
import type { Node } from '../../server/src/graph/node';
import { elementCount } from '../../server/src/graph/node';
import { mul, reduceSum, scale } from '../../server/src/graph/operations';
import { inputFill, parameterFill, vectorFill } from './fill';

export interface FilledProblem {
  readonly problem: Problem;
  /** v, in the layout of θ. */
  readonly direction: Float64Array;
}

const halfMeanSquare = (output: Node): Node =>
  scale(
    reduceSum(
      mul(output, output),
      output.shape.map((_, axis) => axis),
    ),
    0.5 / elementCount(output.shape),
  );

/** Undefined where the model gives no floating tensor or has nothing to train. `written`: the inputs as the list has them. */
export function filledProblem(traced: TracedModel, written: readonly string[]): FilledProblem | undefined {
  // The first of the output that is no loss of the model's own: the list's numbers are of a run without targets.
  const output = traced.outputNode;
  if (output === undefined) return undefined;
  const filled = traced.parameters.map((parameter, k) => ({ parameter, k, data: parameterFill(parameter, k) }));
  const trained = filled.filter(({ parameter }) => parameter.requiresGrad);
  if (trained.length === 0) return undefined;
  const blocks: ParameterBlock[] = [];
  let size = 0;
  for (const { parameter, data } of trained) {
    const { name, shape, layer } = parameter;
    blocks.push({ name, shape, layer, offset: size, size: data.length });
    size += data.length;
  }
  const [theta, direction] = [new Float64Array(size), new Float64Array(size)];
  trained.forEach(({ data, k }, i) => {
    const { offset = 0 } = blocks[i] ?? {};
    theta.set(data, offset);
    direction.set(vectorFill(data.length, k), offset);
  });
  const frozen = filled
    .filter(({ parameter }) => !parameter.requiresGrad)
    .map(({ parameter, data }) => ({ node: parameter.node, value: floats(parameter.shape, data) }));
  const tables = traced.buffers.flatMap(({ node, initial }) =>
    node.primitive === 'input'
      ? [{ node, value: { shape: node.shape, dtype: node.dtype, data: initial() } satisfies ArrayValue }]
      : [],
  );
  const fixed = [...frozen, ...tables];
  const graph: LossGraph = {
    parameters: trained.map(({ parameter }) => parameter.node),
    buffers: fixed.map(({ node }) => node),
    data: traced.inputs.map(({ node }) => node),
    loss: halfMeanSquare(output),
    output,
  };
  const data = traced.inputs.map((input, i) => inputFill(input, written[i] ?? ''));
  const problem: Problem = {
    parameters: blocks,
    theta,
    sampleCount: Math.max(1, traced.batch),
    trace: () => graph,
    buffers: fixed.map(({ value }) => value),
    batch: () => data,
    separable: false,
    inseparableBecause: 'the batch of the list is taken as it is',
  };
  return { problem, direction };
}

const floats = (shape: readonly number[], data: Float64Array): ArrayValue => ({ shape, dtype: 'float', data });
