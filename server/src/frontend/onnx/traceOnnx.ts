/** From the structure of an ONNX file to a graph of primitives with its weights as parameters. */
import { exportedSignature } from '../../checkpoint/onnx/exportedSignature';
import type { Node } from '../../graph/node';
import { reshape } from '../../graph/operations';
import { modelNameOf } from '../modelFileNames';
import type { TracedInput, TracedLayer, TracedLoss, TracedModel } from '../model';
import { LossError } from '../torch/attachLoss';
import { openSession, stoppedBy, type Session } from '../torch/session';
import type { TraceRequest } from '../torch/traceModel';
import { declaredShape, requireBatch } from './batchOfOutputs';
import { GraphRun, OperatorFailure, type Operators } from './graphRun';
import { parted, transposesIn, weightsOf, type Weight, type WeightsOfFile } from './graphWeights';
import { LayerList } from './layerList';
import { declaredInputs, feeds, usualSizes, type DeclaredInput } from './modelInputs';
import { OnnxStop } from './onnxStop';
import { isSequence, type OnnxValue } from './operatorCall';
import { chosenOutput, likelyLossOf, type ChosenOutput, lossOnOutput, type NamedOutput } from './scoredOutput';
import { SquashedOutputs } from './squashedOutputs';
import { operatorNamed, operatorSets } from './operators/table';

/** A file that was opened. */
export interface OnnxModel extends WeightsOfFile {
  readonly file: string;
  /** Where they are not ONNX's. */
  readonly operators?: Operators;
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
    requireOwnBatch(model, request, chosen);
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
    const reason = stopped(error, model.file);
    return { ...base, stopped: reason && { ...reason, hint: reason.hint ?? batchHint(model, request) } };
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

/** Throws `OnnxStop` where the output does not follow the batch. Where the file does not declare its shape, it is read with its own batch as well. */
function requireOwnBatch(model: OnnxModel, request: TraceRequest, { name, node }: ChosenOutput): void {
  const [written, read] = [writtenBatch(model), batchOf(request)];
  if (written === undefined || written === read || node.shape.length === 0) return;
  const info = model.structure.outputs.find((each) => each.name === name);
  const own = declaredShape(info) ?? traceOnnx(model, { ...request, batch: written, output: name }).outputNode?.shape;
  if (own !== undefined) requireBatch({ name, written: own, read: node.shape }, { written, read });
}

/** The batch that a file is written for; undefined where it leaves it open. */
const writtenBatch = ({ structure, initializers }: OnnxModel): number | undefined =>
  structure.inputs
    .filter(({ name }) => !initializers.has(name))
    .map(({ type }) => type?.tensorType?.shape?.dim[0]?.dimValue ?? 0)
    .find((size) => size > 0);

/** Sizes that a file fixes often follow from its batch. */
function batchHint(model: OnnxModel, request: TraceRequest): string | undefined {
  const written = writtenBatch(model);
  if (written === undefined || written === batchOf(request)) return undefined;
  return `The file is written for a batch of ${written}, and is read with ${batchOf(request)}: export it with an open one (dynamic_axes, dynamic_shapes); 'trace --batch ${written}' shows it as it is.`;
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
    notes: notesOf(model),
  };
}

/** Names in a note before the rest is counted. */
const LISTED = 8;

/** What the reading made of the file's weights. */
function notesOf(model: OnnxModel): string[] {
  const { dequantised, separated, readOut, rewritten } = model.structure;
  const { initializers } = model;
  const notes: string[] = [];
  const names = [...separated].filter((name) => initializers.get(name)?.kind === 'parameter');
  if (dequantised.size > 0)
    notes.push(
      `${dequantised.size} weights are kept as whole numbers with scales: the analysis is of the network with these rounded weights, in floating numbers`,
    );
  if (names.length > 0)
    notes.push(
      `weights that the exporter wrote once, as they are equal, or left out, as they are zero, count by themselves, as in the source: ${names.length} (${listed(names)})`,
    );
  if (readOut.size > 0)
    notes.push(
      `what the exporter repeated of weights (rows of a table, a token for each sample, a bias) counts once: ${readOut.size} (${listed([...readOut])})`,
    );
  if (rewritten.length > 0)
    notes.push(
      `the exporter joined parameters of the source with others, cut them, or computed with them: ${rewritten.length} (${listed(rewritten)}); parameters and Hessian are those of what the file has in their place`,
    );
  const beside = computedBeside(model);
  if (beside.length > 0)
    notes.push(
      `the exporter computed tensors of parameters that the file has as well: ${beside.length} (${listed(beside)}); they count as parameters of their own, and parameters and Hessian are not those of the source`,
    );
  return notes;
}

/** Weights without a name of the source, where none of the source's is missing: of a matrix that is shared, say, one joined with a batch normalisation. */
function computedBeside({ structure, initializers }: OnnxModel): string[] {
  const signature = exportedSignature(structure);
  if (signature?.folded !== 0) return [];
  return [...initializers].flatMap(([name, { kind, transposeOf }]) =>
    kind === 'parameter' && transposeOf === undefined && !signature.kinds.has(name) ? [name] : [],
  );
}

const listed = (names: readonly string[]): string =>
  `${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ', …' : ''}`;

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

/** An output of a single number is a loss already. */
const ownLoss = (output: Node, name: string): TracedLoss | undefined =>
  output.shape.length === 0
    ? { node: reshape(output, []), targets: [], description: `returned by ${name}`, reduction: 'other' }
    : undefined;
