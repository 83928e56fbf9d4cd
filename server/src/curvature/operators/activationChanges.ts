/**
 * Losses with an input of weights moved by a finite change: as they are, and as the outputs expanded along the change predict them (`afterStep`), which crosses the kinks of later layers and
 * takes the loss as it is.
 */
import { afterStep } from '../../autodiff/finiteExpansion';
import { vmap } from '../../autodiff/vmap';
import type { ArrayValue, Engine } from '../../engine/engine';
import { elementCount, type Graph, type Node } from '../../graph/node';
import * as op from '../../graph/operations';
import { substitute } from '../../graph/simplify/substitute';
import type { Problem } from '../problem';
import { activationsOf, type Activation } from './activations';
import { ChunkedProgram } from './chunkedProgram';
import { planChunks } from './chunks';
import { modelEnd } from './modelEnd';

/** After − before, sample by sample. */
export interface ActivationChange {
  readonly predicted: Float64Array;
  readonly measured: Float64Array;
}

/**
 * Of a separable loss. `index`: of the activation, in the order of `activationsOf`; `changes`: of all samples, one after another. `batch`: most samples per run.
 * Throws `DifferentiationError` where a layer behind it has no second derivative.
 */
export async function activationChanges(
  problem: Problem,
  engine: Engine,
  index: number,
  changes: readonly Float64Array[],
  { batch, signal }: { readonly batch: number; readonly signal?: AbortSignal },
): Promise<ActivationChange[]> {
  const { sampleCount } = problem;
  const program = new ChunkedProgram(problem, engine, (n) => changedGraph(problem, index, n));
  try {
    const found = changes.map((change) => ({
      change,
      predicted: new Float64Array(sampleCount),
      measured: new Float64Array(sampleCount),
    }));
    const chunks = planChunks(sampleCount, batch, engine.concurrency);
    await program.runAll(
      found.flatMap((own) => chunks.map((chunk) => ({ chunk, ...own }))),
      ({ chunk, change }) => ({ chunk, extra: [rowsOf(change, chunk, sampleCount)] }),
      ({ chunk, predicted, measured }, [ahead, after, before]) =>
        chunk.forEach((sample, i) => {
          const start = before?.data[i] ?? NaN;
          predicted[sample] = (ahead?.data[i] ?? NaN) - start;
          measured[sample] = (after?.data[i] ?? NaN) - start;
        }),
      signal,
    );
    return found;
  } finally {
    program.dispose();
  }
}

function rowsOf(change: Float64Array, chunk: readonly number[], samples: number): ArrayValue {
  const width = change.length / samples;
  const data = new Float64Array(chunk.length * width);
  chunk.forEach((sample, i) => data.set(change.subarray(sample * width, (sample + 1) * width), i * width));
  return { shape: [chunk.length, width], dtype: 'float', data };
}

/** Parameters, buffers, data and the change [n, elements] → losses of n samples: predicted, after and before it. */
function changedGraph(problem: Problem, index: number, n: number): Graph {
  const graph = problem.trace(1);
  const { node } = activationsOf(graph, 1, problem)[index] as Activation;
  const change = op.input('change', [elementCount(node.shape)]);
  const step = op.reshape(change, node.shape);
  const end = modelEnd(graph);
  const ahead = afterStep(end, new Map([[node, step]]));
  const losses = [
    new Map(end.map((output, i): [Node, Node] => [output, ahead[i] as Node])),
    new Map([[node, op.add(node, step)]]),
    new Map<Node, Node>(),
  ].map((replaced) => op.reshape(substitute([graph.loss], replaced)[0] as Node, []));
  const inputs = [...graph.parameters, ...graph.buffers, ...graph.data, change];
  return vmap({ inputs, outputs: losses }, new Set([...graph.data, change]), n);
}
