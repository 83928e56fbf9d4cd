/** From the structure of an ONNX file to a graph of primitives with its weights as parameters. */
import type { OnnxModelFile } from '../../checkpoint/onnx/onnxModelFile';
import type { NodeMessage } from '../../checkpoint/onnx/schema';
import { elementCount, type Node } from '../../graph/node';
import { input as inputNode, reshape, transpose } from '../../graph/operations';
import type { ConstantData } from '../../graph/primitives';
import { modelNameOf } from '../modelFileNames';
import type { TracedBuffer, TracedInput, TracedLayer, TracedLoss, TracedModel, TracedParameter } from '../model';
import { LossError } from '../torch/attachLoss';
import { openSession, stoppedBy, type Session } from '../torch/session';
import type { TraceRequest } from '../torch/traceModel';
import { GraphRun, OperatorFailure, type Operators } from './graphRun';
import { constantNode, type Initializer } from './initializers';
import { LayerList } from './layerList';
import { layerOfWeight } from './layerNames';
import { declaredInputs, feeds, usualSizes, type DeclaredInput } from './modelInputs';
import { OnnxStop } from './onnxStop';
import { isSequence, type OnnxValue } from './operatorCall';
import { chosenOutput, likelyLossOf, lossOnOutput, type NamedOutput } from './scoredOutput';
import { SquashedOutputs } from './squashedOutputs';
import { operatorNamed, operatorSets } from './operators/table';

/** A file that was opened: its structure, and the initialisers as what they are to the model. */
export interface OnnxModel {
  readonly file: string;
  readonly structure: OnnxModelFile;
  readonly initializers: ReadonlyMap<string, Initializer>;
  /** Where they are not ONNX's. */
  readonly operators?: Operators;
}

/** An initialiser as a value of the graph. */
interface Weight {
  readonly name: string;
  readonly initializer: Initializer;
  readonly node: Node;
  readonly layer: string;
}

/** Never throws for what a file may contain: a reading that ends early says why in `stopped`. */
export function traceOnnx(model: OnnxModel, request: TraceRequest): TracedModel {
  const weights = weightsOf(model);
  const base = described(model, request, weights);
  let session: Session | undefined;
  const opened = (): Session => (session ??= sessionFor(model, request));
  try {
    requireOperatorSet(model);
    const { inputs, outputs, layers, squashed } = runWithSizes(model, request, weights, opened);
    const chosen = chosenOutput(outputs, request.output, request.loss !== undefined);
    const notes = [...(base.notes ?? []), ...chosen.notes];
    const likelyLoss = likelyLossOf(chosen.node, squashed);
    const traced: TracedModel = {
      ...base,
      notes,
      ...parted(weights, outputs.map(({ value }) => value).flat()),
      inputs,
      layers,
      batch: batchOf(request),
      output: {
        kind: 'mapping',
        entries: outputs.map(({ name, value }) => [name, treeOf(value)] as const),
      },
      outputNode: chosen.node,
      loss: request.loss === undefined ? ownLoss(chosen.node, base.name) : undefined,
      ...(likelyLoss === undefined ? {} : { likelyLoss }),
    };
    if (request.loss === undefined) return traced;
    const scored = lossOnOutput(opened(), inputs, chosen, squashed, request.loss, request.precision);
    return { ...traced, ...scored, notes: [...notes, ...scored.notes] };
  } catch (error) {
    return { ...base, stopped: stopped(error, model.file) };
  }
}

const batchOf = ({ batch = 2 }: TraceRequest): number => batch;

const treeOf = (value: OnnxValue): NonNullable<TracedModel['output']> =>
  isSequence(value)
    ? { kind: 'sequence', items: value.map((node) => ({ kind: 'tensor', node })) }
    : { kind: 'tensor', node: value };

/** An interpreter in which losses and inputs are evaluated; the file itself has no source. */
const sessionFor = ({ file }: OnnxModel, { sources, seed = 0 }: TraceRequest): Session =>
  openSession({ file, source: '', sources, seed });

function stopped(error: unknown, file: string): TracedModel['stopped'] {
  const at = { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  if (error instanceof OperatorFailure)
    return { ...at, reason: error.message, hint: error.cause instanceof OnnxStop ? error.cause.hint : undefined };
  if (error instanceof OnnxStop) return { ...at, reason: error.message, hint: error.hint };
  if (error instanceof LossError) return { ...at, reason: error.message, hint: undefined };
  return stoppedBy(error, file);
}

const ownVersion = ({ structure }: OnnxModel): number | undefined =>
  structure.opsets.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version;

function requireOperatorSet(model: OnnxModel): void {
  const version = ownVersion(model);
  const { oldest, newest } = operatorSets;
  if (version !== undefined && (version < oldest || version > newest))
    throw new OnnxStop(
      `operator set ${version} is not read; ${oldest} to ${newest} are`,
      'Convert the model with onnx.version_converter, or export it again.',
    );
}

// ── weights

function weightsOf({ structure, initializers }: OnnxModel): Weight[] {
  const readers = new Map<string, NodeMessage>();
  for (const node of structure.nodes) for (const name of node.input) if (!readers.has(name)) readers.set(name, node);
  return [...initializers].flatMap(([name, initializer]) => {
    const { tensor, kind, values, transposeOf } = initializer;
    if (transposeOf !== undefined) return [];
    const node =
      kind === 'constant' && values !== undefined
        ? constantNode(values, tensor.typeName, tensor.shape)
        : inputNode(kind, tensor.shape);
    return [{ name, initializer, node, layer: layerOfWeight(name, readers.get(name)) }];
  });
}

/** Parameters and buffers as far as names go: what turns out to have no derivative is a buffer as well. */
function parted(
  weights: readonly Weight[],
  outputs: readonly Node[],
): Pick<TracedModel, 'parameters' | 'buffers' | 'stateKeys' | 'totalParameters'> {
  const reached = differentiable(outputs);
  const trained = (weight: Weight): boolean =>
    weight.initializer.kind === 'parameter' && (outputs.length === 0 || reached.has(weight.node));
  const parameters = weights.flatMap((weight) => (trained(weight) ? parameterOf(weight) : []));
  const buffers = weights.filter((weight) => !trained(weight)).map(bufferOf);
  const stateKeys = weights.map((weight) => ({
    key: weight.name,
    kind: trained(weight) ? ('parameter' as const) : ('buffer' as const),
    storage: weight.name,
    shape: weight.node.shape,
  }));
  return { parameters, buffers, stateKeys, totalParameters: sizeOf(parameters.map(({ shape }) => shape)) };
}

const sizeOf = (shapes: readonly (readonly number[])[]): number =>
  shapes.reduce((sum, shape) => sum + elementCount(shape), 0);

/** Every node on which an output depends through floating numbers alone. */
function differentiable(outputs: readonly Node[]): Set<Node> {
  const reached = new Set<Node>();
  const pending = [...outputs];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.dtype !== 'float' || reached.has(node)) continue;
    reached.add(node);
    if (node.primitive !== 'stopGradient') pending.push(...node.inputs);
  }
  return reached;
}

/** Values of a weight that was too large to be read with the graph are in the file, which the model's checkpoint is. */
const valuesOf = ({ name, initializer }: Weight): Float64Array => {
  if (initializer.values !== undefined) return initializer.values;
  throw new RangeError(`the values of '${name}' are read from the file when they are needed`);
};

function parameterOf(weight: Weight): TracedParameter[] {
  const { name, node, layer, initializer } = weight;
  if (node.primitive !== 'input') return [];
  return [
    {
      name,
      shape: initializer.tensor.shape,
      layer,
      file: '',
      line: 0,
      node,
      requiresGrad: true,
      initial: () => valuesOf(weight),
    },
  ];
}

function bufferOf(weight: Weight): TracedBuffer {
  const { name, node } = weight;
  const initial = (): ConstantData => (node.primitive === 'constant' ? node.parameters.data : valuesOf(weight));
  return { name, shape: node.shape, dtype: node.dtype, node, persistent: true, initial };
}

function described(model: OnnxModel, request: TraceRequest, weights: readonly Weight[]): TracedModel {
  const { parameters, ...rest } = parted(weights, []);
  return {
    name: request.model ?? modelNameOf(model.file),
    file: model.file,
    line: 0,
    ...rest,
    parameters: parameters.map((parameter) => ({ ...parameter, file: model.file })),
    inputs: [],
    output: undefined,
    outputNode: undefined,
    loss: undefined,
    layers: [],
    stochastic: false,
    mode: request.mode ?? 'eval',
    batch: batchOf(request),
    stopped: null,
    ...dequantisedNote(model),
  };
}

function dequantisedNote({ structure: { dequantised } }: OnnxModel): Pick<TracedModel, 'notes'> {
  if (dequantised.size === 0) return {};
  const note = `${dequantised.size} weights are kept as whole numbers with scales: the analysis is of the network with these rounded weights, in floating numbers`;
  return { notes: [note] };
}

// ── running

interface Run {
  readonly inputs: readonly TracedInput[];
  readonly outputs: readonly NamedOutput[];
  readonly layers: readonly TracedLayer[];
  readonly squashed: SquashedOutputs;
}

/** Axes that nothing gives a size are tried with the usual ones; the failure of the first is reported. */
function runWithSizes(
  model: OnnxModel,
  request: TraceRequest,
  weights: readonly Weight[],
  session: () => Session,
): Run {
  const { structure, initializers } = model;
  const shapeOf = (name: string) => initializers.get(name)?.tensor.shape;
  const declared = declaredInputs(structure.inputs, structure.nodes, shapeOf);
  const specs = request.inputs ?? [];
  const isOpen = declared.some(
    ({ dimensions }, i) => specs[i] === undefined && dimensions.slice(1).includes(undefined),
  );
  const pictures = declared.some(({ dimensions }) => dimensions.length > 3);
  const [first = 0, ...others] = pictures ? usualSizes.slice(1) : usualSizes;
  const attempt = (open: number): Run => {
    const inputs = feeds(declared, specs, batchOf(request), open, session);
    return runGraph(model, request, weights, declared, inputs);
  };
  try {
    return attempt(first);
  } catch (error) {
    if (!isOpen) throw error;
    for (const size of others)
      try {
        return attempt(size);
      } catch (later) {
        if (!(later instanceof OperatorFailure)) throw later;
      }
    throw error;
  }
}

/** Seconds in which a graph is followed, unless the request says others. */
const LONGEST = 20;

const ownOperators: Operators = { named: operatorNamed, documentation: 'docs/onnx.md' };

function runGraph(
  model: OnnxModel,
  request: TraceRequest,
  weights: readonly Weight[],
  declared: readonly DeclaredInput[],
  inputs: readonly TracedInput[],
): Run {
  const { structure } = model;
  const values = new Map<string, OnnxValue>(weights.map(({ name, node }) => [name, node]));
  for (const { name, node } of inputs) values.set(name, node);
  const tied = transposesIn(model, weights);
  for (const [name, node] of tied) values.set(name, node);
  const known = new Map(weights.map(({ node, initializer }) => [node, initializer.values] as const));
  const layers = new LayerList(
    model.file,
    weights.map(({ node, initializer }) => ({ node, isParameter: initializer.kind === 'parameter' })),
    [...tied.values()],
  );
  const squashed = new SquashedOutputs(ownVersion(model) ?? operatorSets.newest);
  new GraphRun({
    training: request.mode === 'train',
    seconds: request.limits?.seconds ?? LONGEST,
    batch: {
      written: declared.map(({ dimensions: [first] }) => first).find((size) => size !== undefined),
      read: batchOf(request),
    },
    versions: new Map(structure.opsets.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, version])),
    functions: structure.functions,
    operators: model.operators ?? ownOperators,
    valuesOf: (node) => known.get(node),
    onOperator: (node, operands, results) => {
      layers.add(node, operands, results);
      squashed.add(node, operands, results);
    },
  }).run(structure.nodes, values);
  const outputs = structure.outputs.map(({ name }) => {
    const value = values.get(name);
    if (value === undefined) throw new OnnxStop(`nothing computes the output '${name}'`);
    return { name, value };
  });
  return { inputs, outputs, layers: layers.entries, squashed };
}

/** Copies of weights turned round, as what they are. */
function transposesIn({ initializers }: OnnxModel, weights: readonly Weight[]): ReadonlyMap<string, Node> {
  const own = new Map(weights.map(({ name, node }) => [name, node]));
  const found = new Map<string, Node>();
  for (const [name, { transposeOf = '' }] of initializers) {
    const weight = own.get(transposeOf);
    if (weight !== undefined) found.set(name, transpose(weight, [1, 0]));
  }
  return found;
}

/** An output of a single number is a loss already. */
const ownLoss = (output: Node, name: string): TracedLoss | undefined =>
  output.shape.length === 0
    ? { node: reshape(output, []), targets: [], description: `returned by ${name}`, reduction: 'other' }
    : undefined;
