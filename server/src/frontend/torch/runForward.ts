/** Runs a model's `forward` on symbolic inputs: those that were asked for, or the usual sizes in turn. */
import { elementCount } from '../../graph/node';
import { LimitExceeded } from '../../python/errors';
import { PyFunction, PyInstance } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { InputSpec, TracedBuffer, TracedInput } from '../model';
import {
  callFunction,
  describedInputs,
  describedLayouts,
  indexedInputs,
  isCallOption,
  refuseUnknownShape,
  type KerasInput,
} from '../keras/kerasInputs';
import { isKerasLayer } from '../keras/kerasNames';
import { listedInputs, partLayouts } from '../keras/partInputs';
import { savedState } from '../keras/unbuilt';
import { typeOfData } from './attachLoss';
import { inputCandidates } from './inputCandidates';
import type { InputCandidate } from './inputCandidates';
import type { ModuleCall } from './moduleRecords';
import { stoppedBy } from './session';
import type { Session } from './session';
import { namedModules } from './stateDict';
import { concreteValue } from './tensor/concrete';
import { torchContext } from './tensor/context';
import { isFloating } from './tensor/dtype';
import { isTensor, makeTensor, requirePayload } from './tensor/tensor';
import { expressionScope, graphInput } from './traceScope';

/** A model instance ready to run, its tensors already graph inputs. */
export interface Prepared {
  readonly session: Session;
  readonly root: PyInstance;
  readonly batch: number | undefined;
  readonly buffers: readonly TracedBuffer[];
  /** Type of floating inputs. */
  readonly float: 'float32' | 'float64';
}

/** A positional argument of `forward`: a graph input, or a value that is no tensor. */
export type ForwardArgument = TracedInput | { readonly value: PyValue };

/** One run of `forward`. */
export interface Run {
  readonly arguments: readonly ForwardArgument[];
  readonly result: PyValue;
  readonly calls: readonly ModuleCall[];
  /** Size of axis 0 of the inputs. */
  readonly batch: number;
  /** The inputs are of usual sizes: nothing says which ones. */
  readonly guessed?: boolean;
}

interface ForwardParameter {
  readonly name: string;
  readonly required: boolean;
}

/** The function that decorators of `functools.wraps` are around. */
function undecorated(callable: PyValue | undefined): PyFunction | undefined {
  let found = callable;
  for (let inner = found; inner instanceof PyFunction; inner = inner.attributes.get('__wrapped__')) found = inner;
  return found instanceof PyFunction ? found : undefined;
}

/** The positional parameters of `forward`, without self; undefined if it is not Python or takes *args. */
export function forwardParameters(root: PyInstance): ForwardParameter[] | undefined {
  const forward = isKerasLayer(root)
    ? callFunction(root)
    : (root.attributes.get('forward') ?? root.cls.lookup('forward'));
  const written = undecorated(forward);
  if (written === undefined) return undefined;
  return written.syntax.parameters
    .slice(1)
    .filter(
      ({ kind, name }) =>
        (kind === 'positional' || kind === 'positionalOnly') && !(isKerasLayer(root) && isCallOption(name)),
    )
    .map(({ name, default: fallback }) => ({ name, required: fallback === undefined }));
}

const inputName = (root: PyInstance, index: number): string =>
  forwardParameters(root)?.[index]?.name ?? `input${index}`;

export function callForward({ session, root }: Prepared, args: readonly ForwardArgument[], batch: number): Run {
  session.records.calls.length = 0;
  session.records.active.length = 0;
  torchContext(session.interpreter).stochastic.length = 0;
  torchContext(session.interpreter).handDerivatives.length = 0;
  torchContext(session.interpreter).changedLeaves.length = 0;
  session.watch?.forwardBegins?.(session.interpreter);
  const result = session.interpreter.call(
    root,
    args.map((arg) => argumentValue(session, arg)),
  );
  return { arguments: args, result, calls: [...session.records.calls], batch };
}

/** A fresh tensor on the argument's node: `forward` may change the one it got. */
export function argumentValue(session: Session, arg: ForwardArgument): PyValue {
  return 'value' in arg ? arg.value : makeTensor(session.interpreter, arg.node, arg.torchDtype);
}

export const tracedInputs = (run: Run): TracedInput[] => run.arguments.flatMap((arg) => ('value' in arg ? [] : [arg]));

export function runForward(prepared: Prepared, specs: readonly InputSpec[] | undefined): Run {
  if (specs !== undefined && specs.length > 0) return runWithSpecs(prepared, specs);
  const { session, root } = prepared;
  const layouts = describedLayouts(root, session.interpreter);
  if (layouts === undefined) {
    refuseUnknownShape(root);
    return runWithCandidates(prepared);
  }
  const batch = prepared.batch ?? layouts[0]?.[0]?.batch ?? 2;
  const tries = layouts.map((inputs) => layoutInputs(prepared, inputs, batch));
  return firstThatRuns(prepared, tries, batch);
}

const layoutInputs = (prepared: Prepared, layout: readonly KerasInput[], batch: number): readonly TracedInput[] =>
  layout.map(({ name = 'input', sample, dtype, range }) =>
    graphInput(name, [batch, ...sample], typeOfData(dtype, prepared.float), range),
  );

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
  const batch = prepared.batch ?? (given === undefined ? 2 : (requirePayload(given).shape[0] ?? 2));
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
    const { shape, dtype, node } = requirePayload(value);
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
  tensor === undefined ? undefined : requirePayload(tensor).shape[0];

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

/** Tries the likely shapes in turn. */
function runWithCandidates(prepared: Prepared): Run {
  const { root, session } = prepared;
  const parameters = forwardParameters(root);
  const required = Math.max(1, parameters?.filter((each) => each.required).length ?? 1);
  const count = (isKerasLayer(root) ? listedInputs(root) : undefined) ?? required;
  const batch = prepared.batch ?? 2;
  const ofParts = partLayouts(root, session.interpreter).filter(({ length }) => required === 1 || length === required);
  const stated = ofParts.map((layout) => layoutInputs(prepared, layout, batch));
  const guesses = inputCandidates(root).map((candidate) => candidateInputs(prepared, candidate, count, batch));
  const run = firstThatRuns(prepared, [...stated, ...guesses], batch);
  return stated.some((inputs) => inputs === run.arguments) ? run : { ...run, guessed: true };
}

/** The failure of the likeliest arguments is the one reported. */
function firstThatRuns(prepared: Prepared, tries: readonly (readonly TracedInput[])[], batch: number): Run {
  const { records } = prepared.session;
  const restore = isKerasLayer(prepared.root) ? savedState(prepared.root) : undefined;
  let first: { readonly error: unknown; readonly active: PyInstance[]; readonly calls: ModuleCall[] } | undefined;
  for (const args of tries) {
    try {
      return callForward(prepared, args, batch);
    } catch (error) {
      stoppedBy(error, prepared.session.file);
      // What does not end for one shape does not for another either, and each try would take its whole time.
      if (error instanceof LimitExceeded) throw error;
      restore?.();
      first ??= { error, active: [...records.active], calls: [...records.calls] };
    }
  }
  // Where the likeliest stopped, not where the last one did.
  records.active.splice(0, Infinity, ...(first?.active ?? []));
  records.calls.splice(0, Infinity, ...(first?.calls ?? []));
  throw first?.error;
}

function candidateInputs(
  prepared: Prepared,
  candidate: InputCandidate,
  count: number,
  batch: number,
): readonly TracedInput[] {
  const dtype = typeOfData(candidate.dtype, prepared.float);
  return Array.from({ length: count }, (_, index) =>
    graphInput(inputName(prepared.root, index), [batch, ...candidate.sample], dtype, candidate.range),
  );
}
