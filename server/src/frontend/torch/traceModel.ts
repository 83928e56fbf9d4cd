/** From a Python file to a graph: opens it, makes the model, runs `forward` on symbolic inputs. */
import type { Shape } from '../../graph/primitives';
import { isJavaScript } from '../../javascript/isJavaScript';
import { PythonSyntaxError, TraceStop } from '../../python/errors';
import type { Interpreter, Limits, SourceProvider } from '../../python/interpreter';
import { parseCached } from '../../python/parseCache';
import { isLibraryFile } from '../../python/source';
import { PyInstance } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { InputSpec, LossSpec, RunMode, TracedModel, TraceStopped } from '../model';
import { classWeightOf, isCompiled, kerasLoss, kerasLossExpression, likelyLoss, lossText } from '../keras/compiledLoss';
import { isKerasLayer, isKerasModel } from '../keras/kerasNames';
import { definitionOf } from '../keras/modelMakers';
import { attachLoss, LossError } from './attachLoss';
import { describeBuffers, describeLayers, describeState, placeOf, toDouble } from './describedModel';
import { firstFloat, outputTree, whyWithoutOutput } from './forwardResult';
import { findModel, SelectionError, selectModel } from './modelSelection';
import type { ChosenModel } from './modelSelection';
import { withOwnLoss } from './ownLoss';
import type { Forward } from './ownLoss';
import { pretrainedWeights } from './pretrainedWeights';
import { callForward, runForward, tracedInputs } from './runForward';
import type { Prepared, Run } from './runForward';
import { leavesNothing } from '../keras/openAxes';
import { openProgram, programModel } from '../keras/programModel';
import { modelOfPage } from '../tfjs/madeModel';
import { openSession, stoppedBy } from './session';
import type { Session, Watch } from './session';
import { standingFor } from '../keras/standIn';
import { namedModules } from './stateDict';
import { torchContext } from './tensor/context';
import { expressionScope } from './traceScope';

export interface TraceRequest {
  /** Path as the source provider knows it. */
  readonly file: string;
  /** Text of `file`; read through `sources` when absent. */
  readonly source?: string;
  readonly sources: SourceProvider;
  /** `--model`: a class or function name, or a call. Absent: the file's main model. */
  readonly model?: string;
  /** Without `model`: what the file makes when it is run as a program, wherever in it. Models of Keras only. */
  readonly asProgram?: boolean;
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
  /** Of a file that names its outputs: the one that the loss is of. Absent: the one that `chosenOutput` takes. */
  readonly output?: string;
  readonly limits?: Partial<Limits>;
  readonly watch?: Watch;
  /** As in `SessionRequest`. */
  readonly pastSyntaxErrors?: boolean;
}

/** Reads a model. Never throws for what a file may contain. */
export type Trace = (request: TraceRequest) => TracedModel;

/** Never throws for what a file may contain: a reading that ends early says where and why in `stopped`. */
export function traceModel(request: TraceRequest): TracedModel {
  const { traced, interpreter } = traceWith(request, 'short');
  const { stopped } = traced;
  if (stopped === null || interpreter === undefined || !leavesNothing(stopped.reason, interpreter)) return traced;
  const longer = traceWith(request, 'long').traced;
  return longer.stopped === null ? longer : traced;
}

/** `interpreter`: undefined where the program's text already ended the reading. */
interface Attempt {
  readonly traced: TracedModel;
  readonly interpreter?: Interpreter;
}

function traceWith(request: TraceRequest, openAxes: 'short' | 'long'): Attempt {
  const { file, sources, seed = 0, limits, watch } = request;
  const empty = emptyModel(request);
  const source = request.source ?? sources.read(file);
  if (source === undefined) return { traced: { ...empty, stopped: stoppedAt(file, `${file} cannot be read`) } };
  let session: Session | undefined;
  let chosen: ChosenModel;
  try {
    const { pastSyntaxErrors = false, asProgram = false, model } = request;
    const inputShapes = sampleShapes(request.inputs);
    const opening = { file, source, sources, seed, pastSyntaxErrors, inputShapes, openAxes, ...given(limits, watch) };
    session = asProgram ? openProgram(opening) : openSession(opening);
    if (model !== undefined) chosen = selectModel(session, model);
    else chosen = asProgram ? programModel(session) : findModel(session);
    chosen = standingFor(finished(session, chosen));
  } catch (error) {
    const traced = { ...empty, line: lineOfFunction(request, source, error), stopped: reasonOf(error, file) };
    return session === undefined ? { traced } : { traced, interpreter: session.interpreter };
  }
  return { traced: traceChosen(session, chosen, request), interpreter: session.interpreter };
}

/** A model whose layers are not all known is none that the program has; other scripts of its page may say them. */
function finished(session: Session, chosen: ChosenModel): ChosenModel {
  const { name, instance } = chosen;
  const { unfinished } = session.records;
  if (unfinished.size === 0) return chosen;
  const [cause] = [...namedModules(instance, false)].flatMap(({ module }) => unfinished.get(module) ?? []);
  if (cause === undefined) return chosen;
  const ofPage = isJavaScript(session.file) ? modelOfPage(session) : undefined;
  if (ofPage !== undefined) return { ...chosen, instance: ofPage };
  throw new TraceStop(`what is added to the model ${name} is not known: ${cause.reason}`, cause.origin);
}

/** Where settings in a comment belong to a function of JavaScript that made no model; 0: nowhere. */
function lineOfFunction({ file, model = '' }: TraceRequest, source: string, error: unknown): number {
  if (!isJavaScript(file) || error instanceof PythonSyntaxError) return 0;
  const syntax = parseCached(source, file);
  const definition = definitionOf(syntax, model.replace(/\(.*$/s, ''));
  return definition === undefined ? 0 : syntax.source.span(definition).line;
}

const sampleShapes = (inputs: readonly InputSpec[] = []): readonly Shape[] =>
  inputs.flatMap((each) => (each.kind === 'shape' ? [each.sample] : []));

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

function traceChosen(session: Session, chosen: ChosenModel, request: TraceRequest): TracedModel {
  const { file } = session;
  const root = chosen.instance;
  const { precision: float = 'float32' } = request;
  const pretrained = pretrainedWeights(session.records);
  const notes = chosen.note === undefined ? {} : { notes: [chosen.note] };
  const base: TracedModel = { ...emptyModel(request), name: chosen.name, line: chosen.line, pretrained, ...notes };
  let run: Run;
  let described: TracedModel = base;
  try {
    // `train` and `eval` of a model of Keras are methods of the code's own.
    if (isKerasLayer(root)) session.interpreter.callMethod(root, '_set_mode', [request.mode === 'train']);
    else session.interpreter.callMethod(root, request.mode === 'train' ? 'train' : 'eval');
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
      run = { ...run, ...callForward(prepared, run.arguments, run.batch) };
    }
    if (pretrained.length > 0) described = { ...described, pretrained: pretrainedWeights(session.records, root) };
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
    ...(run.guessed === true && isKerasLayer(root)
      ? { notes: [...(described.notes ?? []), guessNote(run)], guessed: [`input ${sampleText(run)}`] }
      : {}),
    inputs: tracedInputs(run).filter((each) => !(forward.loss?.targets ?? []).includes(each)),
    batch: run.batch,
    output: forward.output,
    outputNode,
    loss: forward.loss,
    ...(forward.lossStopped === undefined ? {} : { lossStopped: forward.lossStopped }),
    layers: describeLayers(session, chosen, run.calls),
    stochastic: torchContext(session.interpreter).stochastic.length > 0,
    ...handDerivative(session),
    changedLeaves: [...torchContext(session.interpreter).changedLeaves],
  };
  if (outputNode === undefined)
    return {
      ...traced,
      stopped: { ...stoppedAt(file, ''), ...whyWithoutOutput(session, chosen.name, run.result) },
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

/** Weights of a model of Keras that was not built are as large as its input makes them. */
const guessNote = (run: Run): string =>
  `nothing says what the model takes: its input is a guess, ${sampleText(run)} for each sample, from which sizes of weights follow; --input says another`;

const sampleText = (run: Run): string =>
  tracedInputs(run)
    .map(({ shape }) => shape.slice(1).join('×'))
    .join(' and ');

/** The first function applied in `forward` whose derivative is its own. */
function handDerivative({ interpreter, file }: Session): Pick<TracedModel, 'handDerivative'> {
  const [first] = torchContext(interpreter).handDerivatives;
  if (first === undefined) return {};
  const reason = `${first.name} defines its own derivative, which is not followed`;
  const hint = 'Write the function with differentiable operations.';
  return { handDerivative: { ...(first.span ?? stoppedAt(file, reason)), reason, hint } };
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
    if (!asked && !isCompiled(interpreter, root)) return { ...traced, ...likelyFor(session, root) };
    const given = asked ? askedLoss(session, spec) : undefined;
    const description = lossText(interpreter, given ?? root.attributes.get('loss'));
    const data = typeof spec?.target === 'object' ? spec.target : undefined;
    const loss = kerasLoss(interpreter, {
      root,
      result: run.result,
      description,
      float,
      classWeight: classWeightOf(session, root),
      ...(given === undefined ? {} : { loss: given }),
      ...(data === undefined ? {} : { data }),
    });
    return { ...traced, loss, compiled: !asked };
  } catch (error) {
    const stopped = reasonOf(error, session.file);
    return asked
      ? { ...traced, stopped }
      : { ...traced, lossStopped: stopped, compiled: false, ...likelyFor(session, root) };
  }
}

function likelyFor({ interpreter }: Session, root: PyInstance): Pick<TracedModel, 'likelyLoss'> {
  const likely = likelyLoss(interpreter, root);
  return likely === undefined ? {} : { likelyLoss: likely };
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
