/** What passes through the layers, forwards and backwards, sample by sample. */
import { gradient } from '../../autodiff/gradient';
import type { Engine, Executable } from '../../engine/engine';
import { elementCount, topologicalOrder, type Graph, type Node } from '../../graph/node';
import * as op from '../../graph/operations';
import { simplify } from '../../graph/simplify/simplify';
import { uniformValue } from '../../graph/simplify/uniformValue';
import type { LayerOutput, LossGraph, Problem } from '../problem';
import { asTensors } from '../problem';
import { planRuns } from './chunks';
import { overlapped } from './overlapped';

export interface LayerSignal {
  readonly name: string;
  readonly type: string;
  /** Elements of one sample's output. */
  readonly width: number;
  /** Σ a² of every sample. */
  readonly forward: Float64Array;
  /** ‖∂ℓᵢ/∂a‖² of every sample. */
  readonly backward: Float64Array;
  /** Σ a² over samples of every unit: a channel of an image, else a feature. */
  readonly units: Float64Array;
}

export interface Signals {
  readonly layers: readonly LayerSignal[];
  /** Further layers, left out for their number. */
  readonly omitted: number;
  /** Σ aᵏ over the model's output for k = 1 … 4, of every sample. */
  readonly outputMoments: readonly Float64Array[];
}

/** Rectifiers that the code calls as functions, named by their line. */
export const RECTIFIER = 'relu';

/** Layers whose gradients are taken; of more, every second, third, … */
const MOST_LAYERS = 80;

interface Program {
  readonly graph: Graph;
  readonly omitted: number;
  readonly layers: readonly LayerOutput[];
}

/** `batch`: most samples per run. Throws `RangeError` where the graph names no layer. */
export async function layerSignals(
  problem: Problem,
  engine: Engine,
  options: { readonly batch: number; readonly signal?: AbortSignal },
): Promise<Signals> {
  const { sampleCount } = problem;
  const { concurrency } = engine;
  const chunks = planRuns(problem, engine, options.batch);
  const programs = new Map<number, Program & { readonly executable: Executable }>();
  let sums: Accumulated | undefined;
  try {
    for (const { length } of chunks) {
      options.signal?.throwIfAborted();
      if (programs.has(length)) continue;
      const made = signalProgram(problem, length);
      const executable = await engine.compile(made.graph, { isConcurrent: chunks.length > 1 });
      programs.set(length, { ...made, executable });
      sums ??= new Accumulated(made.layers, made.omitted, sampleCount);
    }
    const fixed = [...asTensors(problem.parameters, problem.theta), ...problem.buffers];
    await overlapped(
      chunks,
      concurrency,
      async (chunk) => programs.get(chunk.length)?.executable.run([...fixed, ...problem.batch(chunk)]),
      (chunk, results) =>
        sums?.add(
          chunk,
          (results ?? []).map(({ data }) => data),
        ),
      options.signal,
    );
  } finally {
    for (const { executable } of programs.values()) executable.dispose();
  }
  if (sums === undefined) throw new RangeError('there are no samples');
  return sums;
}

class Accumulated implements Signals {
  readonly layers: readonly LayerSignal[];
  readonly outputMoments: readonly Float64Array[];

  constructor(
    layers: readonly LayerOutput[],
    readonly omitted: number,
    samples: number,
  ) {
    this.layers = layers.map(({ name, type, node }) => ({
      name,
      type,
      width: elementCount(node.shape.slice(1)),
      forward: new Float64Array(samples),
      backward: new Float64Array(samples),
      units: new Float64Array(node.shape[unitAxis(node)] ?? 0),
    }));
    this.outputMoments = [1, 2, 3, 4].map(() => new Float64Array(samples));
  }

  /** `values`: forward, backward and units of every layer, then the moments. */
  add(chunk: readonly number[], values: readonly ArrayLike<number>[]): void {
    const start = chunk[0] ?? 0;
    this.layers.forEach(({ forward, backward, units }, l) => {
      forward.set(values[3 * l] ?? [], start);
      backward.set(values[3 * l + 1] ?? [], start);
      const part = values[3 * l + 2] ?? [];
      for (let u = 0; u < units.length; u++) units[u] = (units[u] as number) + (part[u] ?? 0);
    });
    this.outputMoments.forEach((moments, k) => moments.set(values[3 * this.layers.length + k] ?? [], start));
  }
}

function signalProgram(problem: Problem, n: number): Program {
  const graph = problem.trace(n);
  const all = layersOfGraph(graph, n);
  const stride = Math.ceil(all.length / MOST_LAYERS);
  const layers = all.filter((_, l) => l % stride === 0 || l === all.length - 1);
  if (layers.length === 0) throw new RangeError('no layer of the model gives one row per sample');
  // One layer at a time: a derivative stops at what it is taken in. What the passes share is computed once.
  const gradients = layers.map(({ node }) => gradient(graph.loss, [node])[0]);
  const outputs = layers.flatMap(({ node }, l) => {
    // ∂ℓᵢ/∂a: the loss is a mean over n samples.
    const cotangent = op.scale(gradients[l] as Node, n);
    return [perSample(square(node), n), perSample(square(cotangent), n), perUnit(square(node))];
  });
  const { output } = graph;
  const hasRows = output.shape[0] === n;
  const moments = [1, 2, 3, 4].map((k) => {
    const powers = Array.from({ length: k }, () => output).reduce((product, factor) => op.mul(product, factor));
    return hasRows ? perSample(powers, n) : op.full(NaN, [n]);
  });
  return {
    graph: simplify({
      inputs: [...graph.parameters, ...graph.buffers, ...graph.data],
      outputs: [...outputs, ...moments],
    }),
    layers,
    omitted: all.length - layers.length,
  };
}

const square = (x: Node): Node => op.mul(x, x);

/** Sums over everything but the samples: [n]. */
const perSample = (x: Node, n: number): Node => op.reduceSum(op.reshape(x, [n, elementCount(x.shape) / n]), [1]);

const perUnit = (x: Node): Node =>
  op.reduceSum(
    x,
    x.shape.flatMap((_, axis) => (axis === unitAxis(x) ? [] : [axis])),
  );

/** Channels of images and volumes, features of everything else. */
const unitAxis = ({ shape }: Node): number => (shape.length >= 4 ? 1 : shape.length - 1);

/** Layers and rectifiers with one row per sample on the way to the loss, in the order of execution. */
function layersOfGraph({ loss, layers = [], data }: LossGraph, n: number): LayerOutput[] {
  const order = topologicalOrder([loss]);
  const reached = new Set<Node>(order);
  const named = layers.filter(({ node }) => reached.has(node));
  const known = new Set(named.map(({ node }) => node));
  const rectifiers = order
    .filter((node) => isRectifier(node) && !known.has(node))
    .map((node) => ({ name: `${RECTIFIER} at line ${node.span?.line ?? 0}`, type: RECTIFIER, node }));
  const repeated = new Map<string, number>();
  return [...named, ...rectifiers]
    .filter(({ node }) => node.shape[0] === n && node.shape.length >= 2 && !data.some((each) => each === node))
    .sort((a, b) => a.node.id - b.node.id)
    .map((layer) => {
      const count = (repeated.get(layer.name) ?? 0) + 1;
      repeated.set(layer.name, count);
      return count === 1 ? layer : { ...layer, name: `${layer.name}, call ${count}` };
    });
}

/** x where 0 < x, else 0. */
function isRectifier(node: Node): boolean {
  if (node.primitive !== 'select' || node.dtype !== 'float') return false;
  const [condition, x, otherwise] = node.inputs;
  if (condition?.primitive !== 'lt' || otherwise === undefined || uniformValue(otherwise) !== 0) return false;
  const [low, high] = condition.inputs;
  return high === x && low !== undefined && uniformValue(low) === 0;
}
