/** From a Python file to a graph: opens it, makes the model, runs `forward` on symbolic inputs. */
import { elementCount } from '../../graph/node';
import type { Node, SourceSpan } from '../../graph/node';
import { reshape } from '../../graph/operations';
import { LimitExceeded } from '../../python/errors';
import type { Limits, SourceProvider } from '../../python/interpreter';
import { isLibraryFile } from '../../python/source';
import { PyDict, PyFunction, PyInstance, PyList, PyTuple } from '../../python/values';
import type { PyValue } from '../../python/values';
import { keyText } from './keyText';
import type {
  InputSpec,
  LossSpec,
  OutputTree,
  RunMode,
  StateKey,
  TracedBuffer,
  TracedInput,
  TracedLayer,
  TracedLoss,
  TracedModel,
  TracedParameter,
  TraceStopped,
} from '../model';
import { callFunction, describedInputs, indexedInputs, isCallOption } from '../keras/kerasInputs';
import { isCompiled, kerasLoss, kerasLossExpression, likelyLoss, lossText } from '../keras/compiledLoss';
import { isKerasLayer, isKerasModel } from '../keras/kerasNames';
import { attachLoss, LossError, typeOfData } from './attachLoss';
import { inputCandidates } from './inputCandidates';
import type { InputCandidate } from './inputCandidates';
import { findModel, SelectionError, selectModel } from './modelSelection';
import type { ChosenModel } from './modelSelection';
import { isModuleInstance } from './moduleRegistry';
import type { ModuleCall } from './moduleRegistry';
import { pretrainedWeights } from './pretrainedWeights';
import { openSession, stoppedBy } from './session';
import type { Session, Watch } from './session';
import { namedBuffers, namedModules, namedParameters, stateEntries } from './stateDict';
import type { NamedTensor } from './stateDict';
import { concreteValue } from './tensor/concrete';
import { torchContext } from './tensor/context';
import { isFloating } from './tensor/dtype';
import type { TensorPayload } from './tensor/payload';
import { initialValueOf, isTensor, makeBufferInput, makeTensor, payloadOf } from './tensor/tensor';
import { expressionScope, graphInput } from './traceScope';

export interface TraceRequest {
  /** Path as the source provider knows it. */
  readonly file: string;
  /** Text of `file`; read through `sources` when absent. */
  readonly source?: string;
  readonly sources: SourceProvider;
  /** `--model`: a class or function name, or a call. Absent: the file's main model. */
  readonly model?: string;
  /** One per positional input; absent: the usual sizes are tried. */
  readonly inputs?: readonly InputSpec[];
  readonly mode?: RunMode;
  /** False: train mode without its dropout noise. */
  readonly dropout?: boolean;
  /** False: normal numbers that `forward` draws (a reparameterised sample, say) are zero. Absent: seeded. */
  readonly noise?: boolean;
  /** Samples along axis 0 of every input. Absent: 2, or the size an input expression gives. */
  readonly batch?: number;
  readonly seed?: number;
  /** `float64`: parameters, buffers and inputs are what `model.double()` makes of them. Absent: as the code has them. */
  readonly precision?: 'float32' | 'float64';
  /** Loss to put on the output. Absent: only the one `forward` returns, if it does. */
  readonly loss?: LossSpec;
  readonly limits?: Partial<Limits>;
  readonly watch?: Watch;
  /** As in `SessionRequest`. */
  readonly pastSyntaxErrors?: boolean;
}

/** Reads a model. Never throws for what a file may contain. */
export type Trace = (request: TraceRequest) => TracedModel;

/** Never throws for what a file may contain: a reading that ends early says where and why in `stopped`. */
export function traceModel(request: TraceRequest): TracedModel {
  const { file, sources, seed = 0, limits, watch } = request;
  const empty = emptyModel(request);
  const source = request.source ?? sources.read(file);
  if (source === undefined) return { ...empty, stopped: stoppedAt(file, `${file} cannot be read`) };
  let session: Session;
  let chosen: ChosenModel;
  try {
    const { pastSyntaxErrors = false } = request;
    session = openSession({ file, source, sources, seed, pastSyntaxErrors, ...given(limits, watch) });
    chosen = request.model === undefined ? findModel(session) : selectModel(session, request.model);
  } catch (error) {
    return { ...empty, stopped: reasonOf(error, file) };
  }
  return traceChosen(session, chosen, request);
}

/** The options that are there. */
const given = (limits: TraceRequest['limits'], watch: Watch | undefined): Pick<TraceRequest, 'limits' | 'watch'> => ({
  ...(limits === undefined ? {} : { limits }),
  ...(watch === undefined ? {} : { watch }),
});

const stoppedAt = (file: string, reason: string): TraceStopped => ({
  file,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 1,
  reason,
  hint: undefined,
});

const reasonOf = (error: unknown, file: string): TraceStopped =>
  error instanceof SelectionError || error instanceof LossError
    ? stoppedAt(file, error.message)
    : stoppedBy(error, file);

/** Adds the layer in which `forward` stopped, and its place where the code's own call is not known. */
function withLayer(session: Session, root: PyInstance, stopped: TraceStopped): TraceStopped {
  const inside = session.records.active.at(-1);
  const place = inside === undefined ? undefined : placeOf(session, inside);
  if (inside === undefined || inside === root || place === undefined) return stopped;
  const { name } = namedModules(root, false).find(({ module }) => module === inside) ?? { name: inside.cls.name };
  const reason = `${stopped.reason} (in layer ${name}, ${inside.cls.name} of line ${place.line})`;
  return isLibraryFile(stopped.file) ? { ...stopped, ...place, reason } : { ...stopped, reason };
}

const emptyModel = ({ file, model, mode = 'eval', batch = 2 }: TraceRequest): TracedModel => ({
  name: model ?? '',
  file,
  line: 0,
  parameters: [],
  buffers: [],
  stateKeys: [],
  inputs: [],
  output: undefined,
  outputNode: undefined,
  loss: undefined,
  layers: [],
  totalParameters: 0,
  stochastic: false,
  mode,
  batch,
  stopped: null,
});

/** A model instance ready to run, its tensors already graph inputs. */
interface Prepared {
  readonly session: Session;
  readonly root: PyInstance;
  readonly batch: number | undefined;
  readonly buffers: readonly TracedBuffer[];
  /** Type of floating inputs. */
  readonly float: 'float32' | 'float64';
}

/** A positional argument of `forward`: a graph input, or a value that is no tensor. */
type ForwardArgument = TracedInput | { readonly value: PyValue };

/** One run of `forward`. */
interface Run {
  readonly arguments: readonly ForwardArgument[];
  readonly result: PyValue;
  readonly calls: readonly ModuleCall[];
  /** Size of axis 0 of the inputs. */
  readonly batch: number;
}

function traceChosen(session: Session, chosen: ChosenModel, request: TraceRequest): TracedModel {
  const { file } = session;
  const root = chosen.instance;
  const { precision: float = 'float32' } = request;
  const pretrained = pretrainedWeights(session.records);
  const base: TracedModel = { ...emptyModel(request), name: chosen.name, line: chosen.line, pretrained };
  let run: Run;
  let described: TracedModel = base;
  try {
    session.interpreter.callMethod(root, request.mode === 'train' ? 'train' : 'eval');
    if (float === 'float64') toDouble(root);
    const prepared: Prepared = { session, root, batch: request.batch, buffers: describeBuffers(session, root), float };
    described = { ...base, ...describeState(session, root, prepared.buffers) };
    torchContext(session.interpreter).dropout = request.dropout ?? true;
    torchContext(session.interpreter).noise = request.noise ?? true;
    torchContext(session.interpreter).phase = 'forward';
    run = runForward(prepared, request.inputs);
    const known = described.parameters.length;
    described = { ...described, ...describeState(session, root, prepared.buffers) };
    // Lazy layers have parameters and buffers only now; a second run has no initialisation in it.
    if (described.parameters.length > known) {
      described = { ...described, ...describeState(session, root, describeBuffers(session, root)) };
      run = callForward(prepared, run.arguments, run.batch);
    }
  } catch (error) {
    const layers = describeLayers(session, chosen, session.records.calls);
    return { ...described, layers, stopped: withLayer(session, root, reasonOf(error, file)) };
  }
  // A loss that is asked for goes on what the model gives without targets.
  const plain: Forward = { output: outputTree(session, run.result), loss: undefined, scalar: undefined };
  const forward =
    request.loss === undefined && !isKerasModel(root) ? withOwnLoss(session, root, run, plain, float) : plain;
  const outputNode = firstFloat(forward.output, forward.scalar) ?? forward.loss?.node;
  const traced: TracedModel = {
    ...described,
    inputs: tracedInputs(run).filter((each) => !(forward.loss?.targets ?? []).includes(each)),
    batch: run.batch,
    output: forward.output,
    outputNode,
    loss: forward.loss,
    layers: describeLayers(session, chosen, run.calls),
    stochastic: torchContext(session.interpreter).stochastic.length > 0,
  };
  if (outputNode === undefined)
    return {
      ...traced,
      stopped: stoppedAt(
        file,
        `${chosen.name}.forward returns no floating tensor: ${session.interpreter.repr(run.result)}`,
      ),
    };
  const isSquares = request.loss?.kind === 'name' && request.loss.name === 'sum_squares';
  if (isKerasModel(root) && !isSquares) return withKerasLoss(session, root, run, traced, request);
  if (request.loss === undefined || request.loss.kind === 'own') return traced;
  try {
    return {
      ...traced,
      loss: attachLoss(session, traced.inputs, outputNode, request.loss, float, { model: root, result: run.result }),
    };
  } catch (error) {
    return { ...traced, stopped: reasonOf(error, file) };
  }
}

/** The loss of `compile`, or the one asked for in its place; without any, what is likely. */
function withKerasLoss(
  session: Session,
  root: PyInstance,
  run: Run,
  traced: TracedModel,
  { loss: spec, precision: float = 'float32' }: TraceRequest,
): TracedModel {
  const { interpreter } = session;
  const asked = spec !== undefined && spec.kind !== 'own';
  try {
    if (!asked && !isCompiled(root)) {
      const likely = likelyLoss(interpreter, root);
      return { ...traced, ...(likely === undefined ? {} : { likelyLoss: likely }) };
    }
    const given = asked ? askedLoss(session, spec) : undefined;
    const description = lossText(interpreter, given ?? root.attributes.get('loss'));
    const data = typeof spec?.target === 'object' ? spec.target : undefined;
    const loss = kerasLoss(interpreter, {
      root,
      result: run.result,
      description,
      float,
      ...(given === undefined ? {} : { loss: given }),
      ...(data === undefined ? {} : { data }),
    });
    return { ...traced, loss, compiled: !asked };
  } catch (error) {
    return { ...traced, stopped: reasonOf(error, session.file) };
  }
}

/** A name stays a name: Keras has its own for losses. */
function askedLoss(session: Session, spec: Exclude<LossSpec, { kind: 'own' }>): PyValue {
  const { interpreter } = session;
  if (spec.kind === 'name') {
    const text = kerasLossExpression(spec.name);
    return interpreter.evaluateExpression(text, expressionScope(session, text));
  }
  const scope = expressionScope(session, spec.text);
  if (spec.definedIn !== undefined) {
    const home = interpreter.importModule(spec.definedIn.name, spec.definedIn.fromFile);
    for (const [name, member] of home.attributes) if (!scope.attributes.has(name)) scope.attributes.set(name, member);
  }
  return /^[A-Za-z_]\w*$/.test(spec.text) && !scope.attributes.has(spec.text)
    ? spec.text
    : interpreter.evaluateExpression(spec.text, scope);
}

// ── parameters and buffers

function placeOf(session: Session, owner: PyInstance): SourceSpan | undefined {
  const { constructions, registrations } = session.records;
  return constructions.get(owner)?.span ?? registrations.get(owner);
}

/** Trained tensors are graph inputs; of the others those that a checkpoint may replace are, too. */
/** What is behind a registered tensor. */
function payload(tensor: PyInstance): TensorPayload {
  const found = payloadOf(tensor);
  if (found === undefined) throw new TypeError('a registered tensor without payload');
  return found;
}

/** What `model.double()` does: values as they are, a wider type. */
function toDouble(root: PyInstance): void {
  for (const { tensor } of [...namedParameters(root), ...namedBuffers(root)]) {
    const found = payload(tensor);
    if (isFloating(found.dtype)) found.dtype = 'float64';
  }
}

function describeBuffers(session: Session, root: PyInstance): TracedBuffer[] {
  return namedBuffers(root).map(({ name, tensor, persistent }) => {
    const value = payload(tensor);
    // A checkpoint may replace a persistent buffer; whole numbers (tables of indices, counters) follow from the code.
    const node = persistent && value.node.dtype === 'float' ? makeBufferInput(name, tensor) : value.node;
    return { name, shape: node.shape, dtype: node.dtype, node, persistent, initial: () => initialValueOf(tensor) };
  });
}

function describeState(
  session: Session,
  root: PyInstance,
  buffers: readonly TracedBuffer[],
): Pick<TracedModel, 'parameters' | 'buffers' | 'stateKeys' | 'totalParameters'> {
  const entries = namedParameters(root);
  const parameters = entries.map((entry) => describeParameter(session, entry));
  const storages = new Map<PyInstance, string>();
  for (const { name, tensor } of [...entries, ...namedBuffers(root)])
    if (!storages.has(tensor)) storages.set(tensor, name);
  const stateKeys = stateEntries(root).map(({ name, kind, tensor }): StateKey => ({
    key: name,
    kind,
    storage: storages.get(tensor) ?? name,
    shape: payload(tensor).shape,
  }));
  return {
    parameters,
    buffers,
    stateKeys,
    totalParameters: parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0),
  };
}

function describeParameter(session: Session, { name, tensor, owner }: NamedTensor): TracedParameter {
  const span = session.records.parameterSpans.get(tensor) ?? placeOf(session, owner.module);
  const node = parameterInput(tensor);
  return {
    name,
    shape: node.shape,
    layer: owner.name,
    file: span?.file ?? session.file,
    line: span?.line ?? 0,
    node,
    requiresGrad: payload(tensor).requiresGrad,
    initial: () => Float64Array.from(initialValueOf(tensor)),
  };
}

function parameterInput(tensor: PyInstance): Node<'input'> {
  const found = payload(tensor);
  return found.inputState?.input ?? found.becomeInput('parameter', 'parameter');
}

function describeLayers(
  session: Session,
  { instance: root, line }: ChosenModel,
  calls: readonly ModuleCall[],
): TracedLayer[] {
  const names = new Map<PyInstance, string>();
  for (const { name, module } of namedModules(root, false)) names.set(module, name);
  return calls.map(({ module, span, outputShape, output }) => {
    const place = placeOf(session, module);
    const own = module.attributes.get('_parameters');
    const tensors = own instanceof PyDict ? own.entries().map(([, tensor]) => tensor) : [];
    return {
      // A layer that is in no registered place has no name of its own.
      name: names.get(module) ?? `(${module.cls.name})`,
      type: module.cls.name,
      file: place?.file ?? session.file,
      line: module === root ? line : (place?.line ?? 0),
      callLine: span?.line ?? 0,
      outputShape: outputShape ?? null,
      output: output ?? null,
      parameters: tensors.reduce<number>(
        (sum, tensor) => sum + (isTensor(tensor) ? elementCount(payload(tensor).shape) : 0),
        0,
      ),
    };
  });
}

// ── running forward

interface ForwardParameter {
  readonly name: string;
  readonly required: boolean;
}

/** The positional parameters of `forward`, without self; undefined if it is not Python or takes *args. */
function forwardParameters(root: PyInstance): ForwardParameter[] | undefined {
  const forward = isKerasLayer(root)
    ? callFunction(root)
    : (root.attributes.get('forward') ?? root.cls.lookup('forward'));
  if (!(forward instanceof PyFunction)) return undefined;
  return forward.syntax.parameters
    .slice(1)
    .filter(
      ({ kind, name }) =>
        (kind === 'positional' || kind === 'positionalOnly') && !(isKerasLayer(root) && isCallOption(name)),
    )
    .map(({ name, default: fallback }) => ({ name, required: fallback === undefined }));
}

const inputName = (root: PyInstance, index: number): string =>
  forwardParameters(root)?.[index]?.name ?? `input${index}`;

function callForward({ session, root }: Prepared, args: readonly ForwardArgument[], batch: number): Run {
  session.records.calls.length = 0;
  session.records.active.length = 0;
  torchContext(session.interpreter).stochastic.length = 0;
  session.watch?.forwardBegins?.(session.interpreter);
  const result = session.interpreter.call(
    root,
    args.map((arg) => argumentValue(session, arg)),
  );
  return { arguments: args, result, calls: [...session.records.calls], batch };
}

/** A fresh tensor on the argument's node: `forward` may change the one it got. */
function argumentValue(session: Session, arg: ForwardArgument): PyValue {
  return 'value' in arg ? arg.value : makeTensor(session.interpreter, arg.node, arg.torchDtype);
}

const tracedInputs = (run: Run): TracedInput[] => run.arguments.flatMap((arg) => ('value' in arg ? [] : [arg]));

function runForward(prepared: Prepared, specs: readonly InputSpec[] | undefined): Run {
  if (specs !== undefined && specs.length > 0) return runWithSpecs(prepared, specs);
  const { session, root } = prepared;
  const described = describedInputs(root, session.interpreter);
  if (described === undefined) return runWithCandidates(prepared);
  const batch = prepared.batch ?? 2;
  const args = described.map(({ name = 'input', sample, dtype, range }) =>
    graphInput(name, [batch, ...sample], typeOfData(dtype, prepared.float), range),
  );
  return callForward(prepared, args, batch);
}

function runWithSpecs(prepared: Prepared, specs: readonly InputSpec[]): Run {
  const { session, root } = prepared;
  const { interpreter } = session;
  const evaluated = specs.map((spec) =>
    spec.kind === 'shape'
      ? undefined
      : unwrapped(interpreter.evaluateExpression(spec.text, expressionScope(session, spec.text))),
  );
  const described = describedInputs(root, interpreter) ?? indexedInputs(root);
  const given = evaluated.filter((value) => value !== undefined).find(isTensor);
  const batch = prepared.batch ?? (given === undefined ? 2 : (payload(given).shape[0] ?? 2));
  const args = specs.map((spec, index): ForwardArgument => {
    const known = described?.[index];
    const name = known?.name ?? inputName(root, index);
    if (spec.kind === 'shape') {
      const dtype = typeOfData(spec.dtype ?? known?.dtype ?? 'float', prepared.float);
      const range = dtype === 'int64' ? (known?.range ?? tokenRange(root, undefined)) : undefined;
      return graphInput(name, [batch, ...spec.sample], dtype, range);
    }
    const value = evaluated[index] ?? null;
    if (!isTensor(value)) return { value };
    const { shape, dtype, node } = payload(value);
    const full =
      shape.length === 0 ? shape : [shape[0] === tensorBatch(given) ? batch : (shape[0] ?? 0), ...shape.slice(1)];
    const ofKeras =
      isKerasLayer(root) && isFloating(dtype) ? typeOfData(known?.dtype ?? 'float', prepared.float) : dtype;
    const traced = graphInput(name, full, ofKeras === 'float32' ? prepared.float : ofKeras, undefined);
    const data = concreteValue(node, interpreter);
    const sample = data !== undefined && data.length === elementCount(full) ? data : undefined;
    return { ...traced, sample, range: traced.dtype === 'int' ? tokenRange(root, data) : undefined };
  });
  return callForward(prepared, args, batch);
}

const tensorBatch = (tensor: PyInstance | undefined): number | undefined =>
  tensor === undefined ? undefined : payload(tensor).shape[0];

/** The tensor behind an array. */
const unwrapped = (value: PyValue): PyValue =>
  value instanceof PyInstance && value.cls.name === 'ndarray' ? (value.attributes.get('_tensor') ?? value) : value;

/** How many different indices an integer input has: as many as the first embedding takes, or as its data shows. */
function tokenRange(root: PyInstance, data: ArrayLike<number> | undefined): number | undefined {
  const shown = data === undefined ? 0 : Array.from(data).reduce((most, value) => Math.max(most, value + 1), 0);
  for (const { module } of namedModules(root, false)) {
    const count = module.attributes.get(isKerasLayer(module) ? 'input_dim' : 'num_embeddings');
    if (typeof count === 'bigint' && Number(count) >= shown) return Number(count);
  }
  return shown === 0 ? undefined : shown;
}

/** Tries the likely shapes in turn; the failure of the likeliest is the one reported. */
function runWithCandidates(prepared: Prepared): Run {
  const parameters = forwardParameters(prepared.root);
  const count = Math.max(1, parameters?.filter(({ required }) => required).length ?? 1);
  const batch = prepared.batch ?? 2;
  const { records } = prepared.session;
  let first: { readonly error: unknown; readonly active: PyInstance[]; readonly calls: ModuleCall[] } | undefined;
  for (const candidate of inputCandidates(prepared.root)) {
    try {
      return runCandidate(prepared, candidate, count, batch);
    } catch (error) {
      stoppedBy(error, prepared.session.file);
      // What does not end for one shape does not for another either, and each try would take its whole time.
      if (error instanceof LimitExceeded) throw error;
      first ??= { error, active: [...records.active], calls: [...records.calls] };
    }
  }
  // Where the likeliest stopped, not where the last one did.
  records.active.splice(0, Infinity, ...(first?.active ?? []));
  records.calls.splice(0, Infinity, ...(first?.calls ?? []));
  throw first?.error;
}

function runCandidate(prepared: Prepared, candidate: InputCandidate, count: number, batch: number): Run {
  const dtype = typeOfData(candidate.dtype, prepared.float);
  const args = Array.from({ length: count }, (_, index) =>
    graphInput(inputName(prepared.root, index), [batch, ...candidate.sample], dtype, candidate.range),
  );
  return callForward(prepared, args, batch);
}

// ── results

/** The nodes inside a result. */
export function outputTree(session: Session, value: PyValue): OutputTree {
  if (isTensor(value)) return { kind: 'tensor', node: payload(value).node };
  if (value instanceof PyTuple || value instanceof PyList)
    return { kind: 'sequence', items: value.items.map((item) => outputTree(session, item)) };
  if (value instanceof PyDict)
    return {
      kind: 'mapping',
      entries: value.entries().map(([key, item]) => [keyText(key), outputTree(session, item)] as const),
    };
  if (value instanceof PyInstance && !isModuleInstance(value) && [...value.attributes.values()].some(isTensor))
    return {
      kind: 'mapping',
      entries: [...value.attributes].map(([key, item]) => [key, outputTree(session, item)] as const),
    };
  return { kind: 'other', text: session.interpreter.repr(value) };
}

/** All tensors of a result in order. */
function leaves(tree: OutputTree | undefined): Node[] {
  if (tree === undefined || tree.kind === 'other') return [];
  if (tree.kind === 'tensor') return [tree.node];
  return tree.kind === 'sequence' ? tree.items.flatMap(leaves) : tree.entries.flatMap(([, item]) => leaves(item));
}

/** The first floating tensor that is not the loss. */
const firstFloat = (tree: OutputTree | undefined, loss: Node | undefined): Node | undefined =>
  leaves(tree).find((node) => node.dtype === 'float' && node !== loss);

interface Forward {
  readonly output: OutputTree;
  readonly loss: TracedLoss | undefined;
  /** The loss as it stands in `output`. */
  readonly scalar: Node | undefined;
}

const isNumber = (node: Node): boolean => node.dtype === 'float' && elementCount(node.shape) === 1;

/** What a dictionary or object calls its loss: `{'loss': …}`, else `total_loss` and the like. */
function namedLoss(tree: OutputTree): Node | undefined {
  if (tree.kind !== 'mapping') return undefined;
  for (const pattern of [/^loss$/i, /^(total|overall|train(ing)?)_?loss$/i])
    for (const [key, item] of tree.entries)
      if (pattern.test(key) && item.kind === 'tensor' && isNumber(item.node)) return item.node;
  return undefined;
}

/** The loss in what a model returned that had its targets. */
const returnedLoss = (tree: OutputTree): Node | undefined => namedLoss(tree) ?? leaves(tree).find(isNumber);

const targetNames = /^(targets?|labels?|y|y_true|lm_labels|gt|tgt_ids)$/;

/** The loss of a model that was given its targets among its inputs. */
function givenTargets(root: PyInstance, run: Run, output: OutputTree): Forward | undefined {
  const targets = tracedInputs(run).filter(({ name }) => targetNames.test(name));
  const scalar = returnedLoss(output);
  if (targets.length === 0 || scalar === undefined) return undefined;
  const description = `returned by ${root.cls.name}.forward`;
  return { output, scalar, loss: { node: reshape(scalar, []), targets, description, reduction: 'other' } };
}

/** A result without axes for a batch, or one that is called loss, needs no targets (contrastive, energy-based, …). */
function soleScalar(root: PyInstance, output: OutputTree): Forward | undefined {
  const [first, ...others] = leaves(output);
  const sole = first?.dtype === 'float' && first.shape.length === 0 && others.length === 0 ? first : undefined;
  const scalar = sole ?? namedLoss(output);
  if (scalar === undefined) return undefined;
  const description = `returned by ${root.cls.name}.forward`;
  return { output, scalar, loss: { node: reshape(scalar, []), targets: [], description, reduction: 'other' } };
}

/**
 * A model that takes optional targets and then returns its loss (`forward(idx, targets=None)`): runs it once more with
 * targets. The inputs' shape (of token inputs), class indices, one per row of the output, and the output's own shape
 * are tried in this order.
 */
function withOwnLoss(session: Session, root: PyInstance, run: Run, plain: Forward, float: Prepared['float']): Forward {
  const { output } = plain;
  const parameters = forwardParameters(root) ?? [];
  const index = parameters.findIndex(
    ({ name, required }, i) => !required && i >= run.arguments.length && targetNames.test(name),
  );
  const scored = firstFloat(output, undefined);
  const [first] = tracedInputs(run);
  const given = givenTargets(root, run, output);
  if (given !== undefined) return given;
  const own = soleScalar(root, output);
  if (own !== undefined) return own;
  if (index < 0 || scored === undefined || first === undefined) return plain;
  const { name } = parameters[index] ?? { name: 'targets' };
  const classes = scored.shape.at(-1);
  const choices = [
    ...(first.dtype === 'int' ? [{ shape: first.shape, dtype: 'int64' as const, range: classes }] : []),
    { shape: scored.shape.slice(0, -1), dtype: 'int64' as const, range: classes },
    { shape: scored.shape, dtype: float, range: undefined },
  ];
  const before = session.records.calls.length;
  for (const { shape, dtype, range } of choices) {
    const target = graphInput(name, shape, dtype, range);
    const values = run.arguments.map((each) => argumentValue(session, each));
    try {
      const result = session.interpreter.call(root, values, new Map([[name, argumentValue(session, target)]]));
      session.records.calls.length = before;
      const tree = outputTree(session, result);
      const loss = returnedLoss(tree);
      if (loss === undefined) continue;
      const description = `returned by ${root.cls.name}.forward`;
      return {
        output: tree,
        scalar: loss,
        loss: { node: reshape(loss, []), targets: [target], description, reduction: 'other' },
      };
    } catch (error) {
      stoppedBy(error, session.file);
    }
  }
  return plain;
}
