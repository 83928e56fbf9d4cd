/** Where a model that is read out of a program, or out of its saved file, differs from TensorFlow.js's own. */
import { gradient } from '../../../../../server/src/autodiff/gradient';
import { hessianVectorProduct } from '../../../../../server/src/autodiff/hessianVectorProduct';
import type { TracedModel } from '../../../../../server/src/frontend/model';
import { evaluate } from '../../../../../server/src/graph/evaluate/evaluate';
import { elementCount, type Node } from '../../../../../server/src/graph/node';
import { constant, mul, reduceSum, scale } from '../../../../../server/src/graph/operations';
import type { ConstantData } from '../../../../../server/src/graph/primitives';
import type { Numbers, Truth } from './truth';

/** Layers are numbered in the order in which the process makes them, and weights of one name within it. */
const unnumbered = (name: string): string => name.replace(/_\d+$/, '').replace(/\d+(?=\/|$)/g, '');

const isSame = (
  one: { name: string; shape: readonly number[] },
  other: { name: string; shape: readonly number[] },
): boolean => unnumbered(one.name) === unnumbered(other.name) && one.shape.join() === other.shape.join();

/** Largest distance, in units of the largest number. */
function distance(found: ConstantData | undefined, truth: readonly number[]): number {
  if (found?.length !== truth.length) return Infinity;
  const largest = truth.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  return truth.reduce((worst, value, i) => {
    const off = Math.abs((found[i] ?? NaN) - value) / largest;
    return Number.isNaN(off) ? Infinity : Math.max(worst, off);
  }, 0);
}

type Tree = TracedModel['output'];

function outputNodes(tree: Tree): Node[] {
  if (tree === undefined || tree.kind === 'other') return [];
  if (tree.kind === 'tensor') return [tree.node];
  return tree.kind === 'sequence'
    ? tree.items.flatMap(outputNodes)
    : tree.entries.flatMap(([, each]) => outputNodes(each));
}

const asData = (node: Node, values: readonly number[]): ConstantData =>
  node.dtype === 'int' ? Int32Array.from(values) : Float64Array.from(values);

interface Named {
  readonly name: string;
  readonly shape: readonly number[];
  readonly node: Node;
}

/** Our weights in pairs with those of TensorFlow.js, each used once, in order. */
function paired(own: readonly Named[], theirs: readonly Numbers[]): { pairs: [Named, Numbers][]; unpaired: string[] } {
  const left = [...theirs];
  const pairs: [Named, Numbers][] = [];
  const unpaired: string[] = [];
  for (const weight of own) {
    const at = left.findIndex((each) => isSame(weight, each));
    const [found] = at < 0 ? [] : left.splice(at, 1);
    if (found === undefined) unpaired.push(`ours ${weight.name} [${weight.shape.join()}]`);
    else pairs.push([weight, found]);
  }
  return { pairs, unpaired: [...unpaired, ...left.map(({ name, shape }) => `theirs ${name} [${shape.join()}]`)] };
}

const half = (output: Node): Node =>
  scale(
    reduceSum(
      mul(output, output),
      output.shape.map((_, axis) => axis),
    ),
    0.5 / elementCount(output.shape),
  );

/** One sentence for each difference. */
export function differences(model: TracedModel, truth: Truth): string[] {
  if (model.stopped)
    return [`stopped: ${model.stopped.reason} ${model.stopped.hint ?? ''} (line ${model.stopped.line})`];
  const buffers = model.buffers.filter(({ node }) => node.primitive === 'input');
  const { pairs, unpaired } = paired([...model.parameters, ...buffers], truth.weights);
  if (unpaired.length > 0) return [`weights: ${unpaired.join(', ')}`];
  const outputs = outputNodes(model.output);
  const shapes = [outputs.map(({ shape }) => shape.join()), truth.outputs.map(({ shape }) => shape.join())] as const;
  if (shapes[0].join(';') !== shapes[1].join(';'))
    return [`output shapes: ${shapes[0].join(';')}, not ${shapes[1].join(';')}`];
  const feeds = new Map<Node, ConstantData>(pairs.map(([{ node }, { values }]) => [node, asData(node, values)]));
  const names = new Map(pairs.map(([{ node }, { name }]) => [node, name]));
  if (model.inputs.length !== truth.inputs.length)
    return [`inputs: ${model.inputs.length}, not ${truth.inputs.length}`];
  model.inputs.forEach(({ node }, i) => feeds.set(node, asData(node, truth.inputs[i]?.values ?? [])));
  return [...valueDifferences(outputs, feeds, truth), ...lossDifferences(model, outputs, feeds, names, truth)];
}

function valueDifferences(outputs: readonly Node[], feeds: ReadonlyMap<Node, ConstantData>, truth: Truth): string[] {
  const found = evaluate([...outputs], feeds);
  return truth.outputs.flatMap(({ values }, i) => {
    const off = distance(found[i], values);
    return off < 2e-5 ? [] : [`output ${i} is off by ${off.toExponential(1)}`];
  });
}

/** Classes as numbers, out of rows with one 1. */
const places = (values: readonly number[], width: number): number[] =>
  Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width).indexOf(1));

/** Where derivatives are taken. */
interface Point {
  readonly loss: Node;
  readonly feeds: ReadonlyMap<Node, ConstantData>;
  /** What is trained, with the name in TensorFlow.js. */
  readonly weights: readonly { readonly own: Named; readonly theirs: string }[];
}

/** Loss, its gradient, and its second derivative along one direction by differences of the gradient. */
function lossDifferences(
  model: TracedModel,
  outputs: readonly Node[],
  given: ReadonlyMap<Node, ConstantData>,
  names: ReadonlyMap<Node, string>,
  truth: Truth,
): string[] {
  const [first] = outputs;
  if (first === undefined) return ['no output'];
  if (truth.loss !== undefined && model.loss === undefined) return ['no loss'];
  const loss = truth.loss === undefined ? half(first) : (model.loss?.node ?? first);
  const feeds = new Map(given);
  const targets = truth.loss === undefined ? [] : (model.loss?.targets ?? []);
  for (const [i, { node }] of targets.entries()) {
    const values = truth.loss?.targets[i]?.values ?? [];
    feeds.set(
      node,
      asData(node, node.dtype === 'int' ? places(values, values.length / elementCount(node.shape)) : values),
    );
  }
  const weights = model.parameters
    .filter(({ requiresGrad }) => requiresGrad)
    .map((own) => ({ own, theirs: names.get(own.node) ?? '' }));
  const nodes = weights.map(({ own }) => own.node);
  const [value, ...slopes] = evaluate([loss, ...gradient(loss, nodes)], feeds);
  const truthLoss = truth.loss?.value;
  const off =
    truthLoss === undefined ? 0 : Math.abs((value?.[0] ?? NaN) - truthLoss) / Math.max(1e-3, Math.abs(truthLoss));
  const areBothUndefined = Number.isNaN(value?.[0]) && Number.isNaN(truthLoss);
  if (areBothUndefined) return [];
  if (!(off < 3e-5)) return [`loss is ${value?.[0]}, not ${truthLoss}`];
  return [...gradientDifferences({ loss, feeds, weights }, slopes, truth), ...hessianDifferences(loss, nodes, feeds)];
}

function gradientDifferences(point: Point, slopes: readonly ConstantData[], truth: Truth): string[] {
  const byName = new Map(truth.gradient?.map(({ name, values }) => [name, values]));
  return point.weights.flatMap(({ own, theirs }, i) => {
    const values = byName.get(theirs);
    const off = values === undefined ? 0 : distance(slopes[i], values);
    if (off < 1e-3 || isOwnSlope(point, own.node, slopes[i])) return [];
    return [`gradient of ${own.name} is off by ${off.toExponential(1)}`];
  });
}

/**
 * Whether the loss, whose value is that of TensorFlow.js, has these slopes by its differences, or has none for a kink. TensorFlow.js derives some functions
 * otherwise: where several entries are the largest, each gets the whole slope.
 */
function isOwnSlope({ loss, feeds }: Point, weight: Node, slopes: ConstantData | undefined): boolean {
  const at = feeds.get(weight) ?? [];
  const lossWith = (entry: number, step: number): number => {
    const moved = Float64Array.from(at, Number);
    moved[entry] = (moved[entry] ?? 0) + step;
    return Number(evaluate([loss], new Map([...feeds, [weight, moved]]))[0]?.[0]);
  };
  const here = lossWith(0, 0);
  const largest = Math.max(1e-3, ...Array.from(slopes ?? [], Math.abs));
  return Array.from(at).every((_, entry) => {
    const [ahead, back] = [(lossWith(entry, 1e-6) - here) / 1e-6, (here - lossWith(entry, -1e-6)) / 1e-6];
    const own = Number(slopes?.[entry]);
    const isSmooth = Math.abs(ahead - back) < 1e-3 * largest;
    return !isSmooth || Math.abs((ahead + back) / 2 - own) < 1e-4 * largest;
  });
}

/** H·v against differences of the gradient, where these do not meet a kink: there they grow as the step shrinks. */
function hessianDifferences(loss: Node, nodes: readonly Node[], feeds: ReadonlyMap<Node, ConstantData>): string[] {
  const direction = nodes.map(({ shape }, k) =>
    Float64Array.from({ length: elementCount(shape) }, (_, i) => Math.cos(0.9 * i + k)),
  );
  const vectors = nodes.map(({ shape }, k) => constant(direction[k] ?? new Float64Array(), shape));
  const products = flat(evaluate(hessianVectorProduct(loss, nodes, vectors), feeds));
  const slopes = gradient(loss, nodes);
  const slopesAt = (along: number): number[] => {
    const moved = new Map(feeds);
    nodes.forEach((node, k) =>
      moved.set(
        node,
        Float64Array.from(feeds.get(node) ?? [], (value, i) => value + along * (direction[k]?.[i] ?? 0)),
      ),
    );
    return flat(evaluate(slopes, moved));
  };
  const slopesBy = (step: number): number[] => {
    const behind = slopesAt(-step);
    return slopesAt(step).map((value, i) => (value - (behind[i] ?? NaN)) / (2 * step));
  };
  const [wide, narrow] = [slopesBy(1e-4), slopesBy(1e-5)];
  const largest = Math.max(1e-3, ...products.map(Math.abs));
  const smooth = products.flatMap((value, i) =>
    Math.abs((wide[i] ?? NaN) - (narrow[i] ?? NaN)) < 0.01 * largest ? [i] : [],
  );
  const off = distance(
    Float64Array.from(smooth, (i) => products[i] ?? NaN),
    smooth.map((i) => narrow[i] ?? NaN),
  );
  return off < 1e-4 ? [] : [`the Hessian's product is off by ${off.toExponential(1)}`];
}

const flat = (parts: readonly ConstantData[]): number[] => parts.flatMap((part) => Array.from(part, Number));
