/** The mathematical problem behind a traced model: loss as a function of one flat parameter vector, over the samples drawn. */
import type { LayerOutput, LossGraph, ParameterBlock, Problem } from '../curvature/problem';
import { modelEnd } from '../curvature/operators/modelEnd';
import type { ArrayValue } from '../engine/engine';
import type { TracedLoss, TracedModel } from '../frontend/model';
import { evaluate } from '../graph/evaluate/evaluate';
import { judgeMeanOverSamples, type Verdict } from '../graph/meanOverSamples';
import type { Node } from '../graph/node';
import { elementCount, topologicalOrder } from '../graph/node';
import { scale } from '../graph/operations';
import type { ConstantData } from '../graph/primitives';
import { InputError } from './inputError';
import type { LoadedState } from './loadParameters';
import type { Samples } from './loadSamples';
import { joinedVector } from './parameterValues';

/** A model whose `forward` was read to the end, with a loss. */
export interface ScoredModel extends TracedModel {
  readonly outputNode: Node;
  readonly loss: TracedLoss;
}

/** Traces the model with its loss for a batch of n samples. Throws an `InputError` where the reading stops. */
export type TraceBatch = (n: number) => ScoredModel;

/** Samples of the check that the loss of a batch is the mean of the losses of its samples. */
const CHECKED_SAMPLES = 3;
const SEPARABLE_TOLERANCE = 1e-9;

export function createProblem(traceBatch: TraceBatch, state: LoadedState, samples: Samples): Problem {
  const traced = traceBatch(Math.min(2, samples.count));
  const trained = traced.parameters.filter(({ requiresGrad }) => requiresGrad);
  if (trained.length === 0)
    throw new InputError(`${traced.name} has no trainable parameters`, { file: traced.file, line: traced.line });
  const parameters = blocksOf(trained);
  const theta = joinedVector(parameters.map(({ name, size }) => state.parameters.get(name) ?? new Float64Array(size)));
  const graphs = new Map<number, LossGraph>();
  const trace = (n: number): LossGraph => {
    let graph = graphs.get(n);
    if (graph === undefined) graphs.set(n, (graph = lossGraph(traceBatch(n), parameters, n)));
    return graph;
  };
  const problem: Problem = {
    parameters,
    theta,
    sampleCount: samples.count,
    trace,
    buffers: constantsOf(traced, state),
    batch: (indices) => samples.arrays.map((array) => rows(array, indices)),
    separable: true,
    ...classesOf(traced, samples),
    ...(samples.numbers === undefined ? {} : { sampleNumbers: samples.numbers }),
  };
  const reason = whyInseparable(problem, traced);
  return reason === undefined ? problem : { ...problem, separable: false, inseparableBecause: reason };
}

function blocksOf(trained: TracedModel['parameters']): ParameterBlock[] {
  let offset = 0;
  return trained.map(({ name, shape, layer }) => {
    const size = elementCount(shape);
    const block = { name, shape, layer, offset, size };
    offset += size;
    return block;
  });
}

/** What does not vary: frozen parameters first, then buffers that are graph inputs. */
const fixedInputs = (traced: TracedModel): { name: string; node: Node<'input'>; isParameter: boolean }[] => [
  ...traced.parameters
    .filter(({ requiresGrad }) => !requiresGrad)
    .map(({ name, node }) => ({ name, node, isParameter: true })),
  ...traced.buffers.flatMap(({ name, node }) =>
    node.primitive === 'input' ? [{ name, node, isParameter: false }] : [],
  ),
];

function constantsOf(traced: TracedModel, state: LoadedState): ArrayValue[] {
  return fixedInputs(traced).map(({ name, node: { shape, dtype }, isParameter }) => {
    const value = isParameter ? undefined : state.buffers.get(name);
    return value ?? { shape, dtype, data: state.parameters.get(name) ?? new Float64Array(elementCount(shape)) };
  });
}

function lossGraph(traced: ScoredModel, parameters: readonly ParameterBlock[], n: number): LossGraph {
  const nodes = new Map(traced.parameters.map(({ name, node }) => [name, node]));
  const { node, targets, reduction } = traced.loss;
  const graph = {
    parameters: parameters.map(({ name }) => nodes.get(name) as Node<'input'>),
    data: [...traced.inputs, ...targets].map((input) => input.node),
    // A sum over samples becomes the mean that every quantity is defined for.
    loss: reduction === 'sum' ? scale(node, 1 / n) : node,
  };
  return {
    ...graph,
    buffers: fixedInputs(traced).map((fixed) => fixed.node),
    output: scoredOutput(graph, traced.outputNode),
    layers: innermostLayers(traced),
  };
}

/** What the model returns, if the loss looks at it; else what the loss looks at in its place: logits, of Keras models that end in a softmax. */
function scoredOutput(graph: Pick<LossGraph, 'loss' | 'parameters' | 'data'>, returned: Node): Node {
  if (topologicalOrder([graph.loss]).includes(returned)) return returned;
  const [end = graph.loss, ...others] = modelEnd(graph);
  return others.length === 0 ? end : graph.loss;
}

/** Results of layers that call no other ones; of a layer that is called several times, the first. */
function innermostLayers({ layers }: ScoredModel): LayerOutput[] {
  const names = [...new Set(layers.map(({ name }) => name))];
  const outer = new Set(names.filter((name) => names.some((other) => isInside(other, name))));
  const found = new Map<string, LayerOutput>();
  for (const { name, type, output } of layers)
    if (output?.dtype === 'float' && !outer.has(name) && !found.has(name))
      found.set(name, { name, type, node: output });
  return [...found.values()];
}

const isInside = (name: string, outer: string): boolean =>
  name !== outer && (outer === '' || name.startsWith(`${outer}.`));

/** Rows of an array by number. */
function rows({ shape, dtype, data }: ArrayValue, indices: readonly number[]): ArrayValue {
  const width = elementCount(shape.slice(1));
  const picked = data.slice(0, 0).constructor as { new (length: number): typeof data };
  const result = new picked(indices.length * width);
  indices.forEach((index, row) => result.set(data.subarray(index * width, (index + 1) * width), row * width));
  return { shape: [indices.length, ...shape.slice(1)], dtype, data: result };
}

/** The number of classes, where the target is a class index, and the class of every sample, where each has one. */
function classesOf(traced: ScoredModel, samples: Samples): Pick<Problem, 'classCount' | 'labels'> {
  const target = traced.loss.targets[0];
  const classCount = target?.range;
  if (target?.dtype !== 'int' || classCount === undefined) return {};
  const input = traced.inputs.length;
  const classes = samples.arrays[input]?.data ?? [];
  // Dense prediction has many labels a sample, and an ignored label is no class.
  const eachHasOne = classes.length === samples.count && classes.every((own) => own >= 0 && own < classCount);
  return eachHasOne ? { classCount, labels: { input, classes } } : { classCount };
}

/**
 * Undefined when the loss is separable. Where its structure does not tell, the loss of a few samples is compared with the mean of their single losses, in float64: they differ when samples see each
 * other (batch statistics, weighted means).
 */
function whyInseparable(problem: Problem, traced: ScoredModel): string | undefined {
  if (traced.stochastic) return 'random numbers in forward differ between samples';
  const count = Math.min(CHECKED_SAMPLES, problem.sampleCount);
  const indices = Array.from({ length: count }, (_, i) => i);
  try {
    const structure = count > 1 ? structureOf(problem, count) : 'unknown';
    if (structure === 'mean') return undefined;
    if (structure === 'meet' && traced.mode === 'train') return SHARED_STATISTICS;
    const together = lossOf(problem, indices);
    const single = indices.map((index) => lossOf(problem, [index])).reduce((sum, loss) => sum + loss / count, 0);
    const difference = Math.abs(together - single) / Math.max(Math.abs(together), Math.abs(single), 1e-30);
    if (count === 1 || difference <= SEPARABLE_TOLERANCE || !Number.isFinite(together)) return undefined;
  } catch (error) {
    return `the model does not take single samples (${error instanceof Error ? error.message : String(error)})`;
  }
  return traced.mode === 'train'
    ? SHARED_STATISTICS
    : 'the loss of a batch is not the mean of the losses of its samples';
}

const SHARED_STATISTICS = 'in train mode the samples of a batch share their statistics';

function structureOf(problem: Problem, count: number): Verdict {
  const [batch, single] = [problem.trace(count), problem.trace(1)];
  return judgeMeanOverSamples(batch, single, count, (node) => sameForAll(problem, single, node));
}

/** What `node` of the loss of one sample is for each of them, if that is one number. */
function sameForAll(problem: Problem, single: LossGraph, node: Node): number | undefined {
  const reached = new Set(topologicalOrder([node]));
  if (elementCount(node.shape) !== 1 || single.parameters.some((parameter) => reached.has(parameter))) return undefined;
  let known: number | undefined;
  for (let i = 0; i < problem.sampleCount; i++) {
    const value = evaluate([node], feedsOf(problem, single, [i], reached))[0]?.[0];
    if (value === undefined || (known !== undefined && value !== known)) return undefined;
    known = value;
  }
  return known;
}

function lossOf(problem: Problem, indices: readonly number[]): number {
  const graph = problem.trace(indices.length);
  const [loss] = evaluate([graph.loss], feedsOf(problem, graph, indices, new Set(topologicalOrder([graph.loss]))));
  return loss?.[0] ?? NaN;
}

/** Values of those inputs that are among `reached`. */
function feedsOf(
  problem: Problem,
  graph: LossGraph,
  indices: readonly number[],
  reached: ReadonlySet<Node>,
): Map<Node, ConstantData> {
  const feeds = new Map<Node, ConstantData>();
  problem.parameters.forEach(({ offset, size }, i) =>
    feeds.set(graph.parameters[i] as Node, problem.theta.subarray(offset, offset + size)),
  );
  const feed = (node: Node | undefined, { data, dtype }: ArrayValue): void => {
    if (node !== undefined && reached.has(node))
      feeds.set(node, dtype === 'float' ? Float64Array.from(data) : (data as ConstantData));
  };
  problem.buffers.forEach((value, i) => feed(graph.buffers[i], value));
  problem.batch(indices).forEach((value, i) => feed(graph.data[i], value));
  return feeds;
}
