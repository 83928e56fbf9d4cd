/** Inputs of weights as they pass through the model, with zᵀHz for the Hessian of a sample's loss in each, z random signs. */
import { gradient } from '../../autodiff/gradient';
import { jvp } from '../../autodiff/jvp';
import type { ArrayValue, Engine } from '../../engine/engine';
import { elementCount, type Graph, type Node } from '../../graph/node';
import * as op from '../../graph/operations';
import type { Problem } from '../problem';
import type { Random } from '../random';
import { activationsOf, type Activation } from './activations';
import { ChunkedProgram } from './chunkedProgram';
import { planChunks } from './chunks';

export interface ActivationForms {
  /** Of the weights that it meets. */
  readonly name: string;
  /** Elements of one sample. */
  readonly width: number;
  /** Sample after sample. */
  readonly values: Float64Array;
  /** forms[k][i] = zₖᵀHᵢzₖ; E over signs is tr Hᵢ. */
  readonly forms: readonly Float64Array[];
}

/** Of a separable loss. The model's own inputs are left out. `batch`: most samples per run; `probes`: draws of signs. */
export async function activationForms(
  problem: Problem,
  engine: Engine,
  options: {
    readonly batch: number;
    readonly probes: number;
    readonly random: Random;
    readonly signal?: AbortSignal;
    readonly onActivation: (fraction: number) => void;
  },
): Promise<ActivationForms[]> {
  const count = activationsOf(problem.trace(1), 1, problem).length;
  const found: ActivationForms[] = [];
  for (let index = 0; index < count; index++) {
    found.push(await formsOf(problem, engine, index, options));
    options.onActivation(found.length / count);
  }
  return found;
}

async function formsOf(
  problem: Problem,
  engine: Engine,
  index: number,
  {
    batch,
    probes,
    random,
    signal,
  }: { readonly batch: number; readonly probes: number; readonly random: Random; readonly signal?: AbortSignal },
): Promise<ActivationForms> {
  const { name, node } = activationsOf(problem.trace(1), 1, problem)[index] as Activation;
  const width = elementCount(node.shape);
  const { sampleCount } = problem;
  const values = new Float64Array(sampleCount * width);
  const forms = Array.from({ length: probes }, () => new Float64Array(sampleCount));
  const program = new ChunkedProgram(problem, engine, (n) => formGraph(problem, index, n));
  try {
    const chunks = planChunks(sampleCount, batch, engine.concurrency);
    const signsFor = (chunk: readonly number[]): ArrayValue => ({
      shape: [chunk.length, ...node.shape.slice(1)],
      dtype: 'float',
      data: random.rademacherVector(chunk.length * width),
    });
    await program.runAll(
      chunks.flatMap((chunk) => forms.map((form) => ({ chunk, form }))),
      ({ chunk }) => ({ chunk, extra: [signsFor(chunk)] }),
      ({ chunk, form }, [activation, quadratic]) => {
        const start = chunk[0] ?? 0;
        values.set(activation?.data ?? [], start * width);
        form.set(quadratic?.data ?? [], start);
      },
      signal,
    );
  } finally {
    program.dispose();
  }
  return { name, width, values, forms };
}

function formGraph(problem: Problem, index: number, n: number): Graph {
  const graph = problem.trace(n);
  const { node } = activationsOf(graph, n, problem)[index] as Activation;
  const signs = op.input('signs', node.shape);
  const [slope] = gradient(graph.loss, [node]);
  const [curved] = slope === undefined ? [] : jvp([slope], new Map([[node, signs]]));
  const rows = (x: Node): Node => op.reduceSum(op.reshape(x, [n, elementCount(x.shape) / n]), [1]);
  // The loss is a mean over n samples.
  const form = curved === null || curved === undefined ? op.full(0, [n]) : op.scale(rows(op.mul(signs, curved)), n);
  return {
    inputs: [...graph.parameters, ...graph.buffers, ...graph.data, signs],
    outputs: [node, form],
  };
}
