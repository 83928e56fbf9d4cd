/**
 * Factors of K-FAC for convolutions (Grosse and Martens 2016, "A Kronecker-factored approximate Fisher matrix for convolution layers"). A kernel meets the patches a_t of its input at T positions, and its gradient is
 * Σ_t δ_ta_tᵀ. Where derivatives at different positions are uncorrelated, activations and derivatives independent, and both the same at all positions, its second moment is
 *     (1/T)·E[Σ_t δ_tδ_tᵀ] ⊗ E[Σ_t a_ta_tᵀ].
 */
import { gradient } from '../../autodiff/gradient';
import type { ArrayValue, Engine } from '../../engine/engine';
import { elementCount, topologicalOrder, type Graph, type Node } from '../../graph/node';
import * as op from '../../graph/operations';
import type { Factors } from '../estimators/kronecker';
import type { LossGraph, Problem } from '../problem';
import { ChunkedProgram } from './chunkedProgram';
import { planChunks } from './chunks';

/** Rows of a factor; kernels with more elements per output channel are left out. */
const MOST_ROWS = 1200;

interface Convolution {
  /** Number among `Problem.parameters`. */
  readonly index: number;
  readonly node: Node<'conv'>;
}

/** By the number of the parameter: kernels that are used once, ungrouped and as they are. `batch`: most samples per run. */
export async function convolutionMoments(
  problem: Problem,
  engine: Engine,
  options: { readonly batch: number; readonly signal?: AbortSignal },
): Promise<ReadonlyMap<number, Factors>> {
  if (!problem.separable) return new Map();
  const found = convolutionsOf(problem.trace(1));
  if (found.length === 0) return new Map();
  const kernels = found.map(({ node }) => patchKernel(node));
  const program = new ChunkedProgram(problem, engine, (n) => momentGraph(problem, n));
  const sums: Float64Array[] = [];
  try {
    await program.runAll(
      planChunks(problem.sampleCount, options.batch, engine.concurrency),
      (chunk) => ({ chunk, extra: kernels }),
      (_, results) =>
        results.forEach(({ data }, k) => {
          const sum = (sums[k] ??= new Float64Array(data.length));
          for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (data[i] as number) / problem.sampleCount;
        }),
      options.signal,
    );
  } finally {
    program.dispose();
  }
  return new Map(
    found.map(({ index }, k) => [index, { left: square(sums[2 * k] ?? []), right: square(sums[2 * k + 1] ?? []) }]),
  );
}

function convolutionsOf({ loss, parameters }: LossGraph): Convolution[] {
  const order = topologicalOrder([loss]);
  return parameters.flatMap((parameter, index) => {
    const users = order.filter(({ inputs }) => inputs.some((x) => x === parameter));
    const [node] = users;
    return users.length === 1 && node?.primitive === 'conv' && isPlain(node, parameter) ? [{ index, node }] : [];
  });
}

const isPlain = (node: Node<'conv'>, parameter: Node): boolean =>
  node.inputs[1] === parameter && node.parameters.groups === 1 && rowsOf(node) <= MOST_ROWS;

/** Elements of the kernel of one output channel. */
const rowsOf = ({ inputs }: Node<'conv'>): number => elementCount((inputs[1] as Node).shape.slice(1));

/** The kernel whose output channels are the elements of a patch. */
function patchKernel(node: Node<'conv'>): ArrayValue {
  const rows = rowsOf(node);
  const data = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) data[i * rows + i] = 1;
  return { shape: [rows, ...(node.inputs[1] as Node).shape.slice(1)], dtype: 'float', data };
}

/** Σ over the samples of both factors of every convolution. */
function momentGraph(problem: Problem, n: number): Graph {
  const graph = problem.trace(n);
  const found = convolutionsOf(graph);
  const kernels = found.map(({ node }, k) => op.input(`patches${k}`, patchKernel(node).shape));
  const outputs = found.flatMap(({ node }, k) => {
    const positions = elementCount(node.shape.slice(2));
    const patches = op.conv(node.inputs[0] as Node, kernels[k] as Node, node.parameters);
    // ∂ℓᵢ/∂y: the loss is a mean over n samples.
    const [cotangent = op.full(0, node.shape)] = gradient(graph.loss, [node]);
    return [op.scale(channelMoment(op.scale(cotangent, n)), 1 / positions), channelMoment(patches)];
  });
  return { inputs: [...graph.parameters, ...graph.buffers, ...graph.data, ...kernels], outputs };
}

/** Σ over samples and positions of the products of two channels. */
function channelMoment(x: Node): Node {
  const [samples = 0, channels = 0] = x.shape;
  const flat = op.reshape(x, [samples, channels, elementCount(x.shape.slice(2))]);
  return op.dot(flat, flat, { lhsContract: [0, 2], rhsContract: [0, 2], lhsBatch: [], rhsBatch: [] });
}

function square(values: ArrayLike<number>): Float64Array[] {
  const size = Math.round(Math.sqrt(values.length));
  return Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (__, j) => values[i * size + j] ?? NaN),
  );
}
