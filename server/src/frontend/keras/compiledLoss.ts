/** The loss of a Keras model: what `compile` was given, or what somebody asks for in its place, on the model's outputs. */
import { reshape } from '../../graph/operations';
import { SAMPLE_WEIGHT } from '../../dataset/sampleWeights';
import type { Shape } from '../../graph/primitives';
import type { Interpreter } from '../../python/interpreter';
import { PyDict, PyInstance, PyList, PyTuple } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { TargetOfData, TorchDtype, TracedInput, TracedLoss } from '../model';
import { typeOfData } from '../torch/attachLoss';
import { makeTensor, isTensor, payloadOf } from '../torch/tensor/tensor';
import type { Session } from '../torch/session';
import { graphInput } from '../torch/traceScope';
import { isKerasModel } from './kerasNames';

/** Was the model compiled with a loss, given to `compile` or by `add_loss`? Asked after a call, which may add losses. */
export function isCompiled(interpreter: Interpreter, root: PyInstance): boolean {
  if (!isKerasModel(root) || root.attributes.get('compiled') !== true) return false;
  const loss = root.attributes.get('loss');
  return (loss !== null && loss !== undefined) || addsLosses(interpreter, root);
}

const addsLosses = (interpreter: Interpreter, root: PyInstance): boolean =>
  interpreter.callMethod(root, '_adds_losses') === true;

interface Compared {
  readonly index: number;
  readonly loss: PyValue;
}

const scoring = (interpreter: Interpreter, name: string): PyValue =>
  interpreter.getAttribute(interpreter.importModule('keras._scoring'), name);

function comparedOutputs(interpreter: Interpreter, root: PyInstance, result: PyValue, given: PyValue): Compared[] {
  const wanted = interpreter.call(scoring(interpreter, 'wanted'), [root, result, given]);
  return (wanted instanceof PyList ? wanted.items : []).flatMap((each) => {
    const [index, loss] = each instanceof PyTuple ? each.items : [];
    return typeof index === 'bigint' && loss !== undefined ? [{ index: Number(index), loss }] : [];
  });
}

/** The weights of classes that `fit` was given for a model: a dictionary, or None. */
export const classWeightOf = ({ records }: Session, root: PyInstance): PyValue =>
  records.libraryCalls.find(({ kind, instance }) => kind === 'fit' && instance === root)?.args.get('class_weight') ??
  null;

function tensorsOf(value: PyValue): PyInstance[] {
  if (isTensor(value)) return [value];
  if (value instanceof PyTuple || value instanceof PyList) return value.items.flatMap(tensorsOf);
  return value instanceof PyDict ? value.values().flatMap(tensorsOf) : [];
}

interface Target {
  readonly shape: Shape;
  readonly dtype: TorchDtype;
  readonly range: number | undefined;
}

/** What a loss compares an output of a shape with, where no data say it. */
function usualTarget(kind: PyValue, output: Shape, float: 'float32' | 'float64'): Target {
  if (kind === 'classes') return { shape: output.slice(0, -1), dtype: 'int64', range: output.at(-1) };
  return { shape: output, dtype: float, range: kind === 'probabilities' ? 2 : undefined };
}

export interface KerasLossRequest {
  readonly root: PyInstance;
  /** What the model gave, as its call returned it: logits stay known behind a softmax. */
  readonly result: PyValue;
  /** In place of what `compile` was given. */
  readonly loss?: PyValue;
  readonly description: string;
  /** A dictionary of numbers by classes. */
  readonly classWeight?: PyValue;
  /** Of the first output. */
  readonly data?: TargetOfData;
  readonly float: 'float32' | 'float64';
}

/** Throws what the interpreter throws where the loss does not fit. Undefined if nothing is compared. */
export function kerasLoss(interpreter: Interpreter, request: KerasLossRequest): TracedLoss | undefined {
  const { root, result, loss: given = null, classWeight = null, data, float } = request;
  const outputs = tensorsOf(result);
  const compared = comparedOutputs(interpreter, root, result, given);
  if (compared.length === 0 && (given !== null || !addsLosses(interpreter, root))) return undefined;
  const targets = compared.map(({ index, loss }, i): TracedInput => {
    const output = payloadOf(outputs[index])?.shape ?? [];
    const kind = interpreter.call(scoring(interpreter, 'target_kind'), [loss]);
    const usual = usualTarget(kind, output, float);
    const name = i === 0 ? 'target' : `target_${i}`;
    if (data === undefined || i > 0) return graphInput(name, usual.shape, usual.dtype, usual.range);
    const range = data.dtype === 'int' && kind === 'classes' ? output.at(-1) : undefined;
    return graphInput(name, [output[0] ?? 0, ...data.sample], typeOfData(data.dtype, float), range);
  });
  const batch = payloadOf(outputs[0])?.shape[0] ?? 0;
  const weights = data?.weighted === true ? [graphInput(SAMPLE_WEIGHT, [batch], float, undefined)] : [];
  const tensorOf = ({ node, torchDtype }: TracedInput): PyInstance => makeTensor(interpreter, node, torchDtype);
  const [sampleWeight = null] = weights.map(tensorOf);
  const values = new PyList(targets.map(tensorOf));
  const total = interpreter.call(scoring(interpreter, 'score'), [
    root,
    result,
    values,
    given,
    classWeight,
    sampleWeight,
  ]);
  const node = payloadOf(total)?.node;
  if (node === undefined) return undefined;
  const weighted = sampleWeight === null ? (classWeight === null ? '' : ', weighted by class') : ', weighted by sample';
  const description = `${request.description}${weighted}`;
  return { node: reshape(node, []), targets: [...targets, ...weights], description, reduction: 'mean' };
}

/** How a loss is written: a name, a class with its options, a function. */
export function lossText(interpreter: Interpreter, loss: PyValue | undefined): string {
  if (typeof loss === 'string') return loss;
  if (loss instanceof PyInstance) return loss.cls.name;
  if (loss instanceof PyList || loss instanceof PyTuple)
    return loss.items.map((each) => lossText(interpreter, each)).join(' + ');
  if (loss instanceof PyDict)
    return loss
      .values()
      .map((each) => lossText(interpreter, each))
      .join(' + ');
  const name = loss === undefined ? undefined : interpreter.findAttribute(loss, '__name__');
  return typeof name === 'string' ? name : 'a loss of the code';
}

/** Names of `--loss` as expressions of Keras's. */
const expressions: Readonly<Record<string, string>> = {
  cross_entropy: 'keras.losses.SparseCategoricalCrossentropy(from_logits=True)',
  nll: 'keras.losses.SparseCategoricalCrossentropy(from_logits=True)',
  mse: 'keras.losses.MeanSquaredError()',
  l1: 'keras.losses.MeanAbsoluteError()',
  smooth_l1: 'keras.losses.Huber()',
  huber: 'keras.losses.Huber()',
  bce: 'keras.losses.BinaryCrossentropy()',
  bce_with_logits: 'keras.losses.BinaryCrossentropy(from_logits=True)',
  kl_div: 'keras.losses.KLDivergence()',
};

/** What `--loss` means for a Keras model; names that are none of its own are Keras's. */
export const kerasLossExpression = (name: string): string => expressions[name] ?? `keras.losses.get('${name}')`;

export interface LikelyLoss {
  readonly name: string;
  readonly because: string;
}

/** For a model that nobody compiled. */
export function likelyLoss(interpreter: Interpreter, root: PyInstance): LikelyLoss | undefined {
  if (!isKerasModel(root)) return undefined;
  const found = interpreter.call(scoring(interpreter, 'likely'), [root]);
  const [name, because] = found instanceof PyTuple ? found.items : [];
  return typeof name === 'string' && typeof because === 'string' ? { name, because } : undefined;
}
