/** Puts a loss on a model's output: makes the targets it needs and calls it as the training code would. */
import type { Node } from '../../graph/node';
import { mul, reduceSum, reshape, scale } from '../../graph/operations';
import { elementCount } from '../../graph/node';
import type { DType, Shape } from '../../graph/primitives';
import { PyClass, PyInstance } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { LossSpec, TargetOfData, TorchDtype, TracedInput, TracedLoss } from '../model';
import type { Session } from './session';
import { expressionScope, graphInput } from './traceScope';
import { makeTensor, payloadOf } from './tensor/tensor';

/** The loss is unknown, or does not fit the output. */
export class LossError extends Error {
  override readonly name = 'LossError';
}

/** What a loss compares the output with. */
type TargetKind = 'classes' | 'values' | 'probabilities' | 'signs' | 'counts' | 'labels';

interface LossRow {
  readonly target: TargetKind | TargetOfData;
  /** How it is called: `(output, target)`. */
  readonly callable: string;
}

/** Names of `--loss`, and the functions and classes of torch that they stand for. */
const losses: Readonly<Record<string, LossRow>> = {
  cross_entropy: { target: 'classes', callable: 'F.cross_entropy' },
  nll: { target: 'classes', callable: 'F.nll_loss' },
  mse: { target: 'values', callable: 'F.mse_loss' },
  l1: { target: 'values', callable: 'F.l1_loss' },
  smooth_l1: { target: 'values', callable: 'F.smooth_l1_loss' },
  huber: { target: 'values', callable: 'F.huber_loss' },
  bce: { target: 'probabilities', callable: 'F.binary_cross_entropy' },
  bce_with_logits: { target: 'probabilities', callable: 'F.binary_cross_entropy_with_logits' },
  kl_div: { target: 'probabilities', callable: 'F.kl_div' },
  poisson_nll: { target: 'counts', callable: 'F.poisson_nll_loss' },
  hinge_embedding: { target: 'signs', callable: 'F.hinge_embedding_loss' },
  soft_margin: { target: 'signs', callable: 'F.soft_margin_loss' },
  multi_margin: { target: 'classes', callable: 'F.multi_margin_loss' },
  multilabel_soft_margin: { target: 'probabilities', callable: 'F.multilabel_soft_margin_loss' },
};

/** Class and function names in code → row of `losses`. */
const namesInCode: Readonly<Record<string, string>> = {
  CrossEntropyLoss: 'cross_entropy',
  NLLLoss: 'nll',
  NLLLoss2d: 'nll',
  MSELoss: 'mse',
  L1Loss: 'l1',
  SmoothL1Loss: 'smooth_l1',
  HuberLoss: 'huber',
  BCELoss: 'bce',
  BCEWithLogitsLoss: 'bce_with_logits',
  KLDivLoss: 'kl_div',
  PoissonNLLLoss: 'poisson_nll',
  HingeEmbeddingLoss: 'hinge_embedding',
  SoftMarginLoss: 'soft_margin',
  MultiMarginLoss: 'multi_margin',
  MultiLabelSoftMarginLoss: 'multilabel_soft_margin',
  nll_loss: 'nll',
  mse_loss: 'mse',
  l1_loss: 'l1',
  smooth_l1_loss: 'smooth_l1',
  huber_loss: 'huber',
  binary_cross_entropy: 'bce',
  binary_cross_entropy_with_logits: 'bce_with_logits',
  poisson_nll_loss: 'poisson_nll',
  hinge_embedding_loss: 'hinge_embedding',
  soft_margin_loss: 'soft_margin',
  multi_margin_loss: 'multi_margin',
  multilabel_soft_margin_loss: 'multilabel_soft_margin',
};

/** Names `--loss` accepts. */
export const lossNames: readonly string[] = ['sum_squares', ...Object.keys(losses)];

/** Whether `--loss` knows it: a name of `lossNames`, or PyTorch's own. */
export const isLossName = (name: string): boolean => lossNames.includes(name) || name in namesInCode;

/** mean(out²)/2: needs no targets; for trying a model out. */
function meanSquare(output: Node): TracedLoss {
  const squares = reduceSum(
    mul(output, output),
    output.shape.map((_, axis) => axis),
  );
  const node = scale(squares, 0.5 / elementCount(output.shape));
  return { node, targets: [], description: 'sum_squares: mean(output²)/2', reduction: 'mean' };
}

/** A loss's row from what is called: the last name of the callee, or of the class of a loss object. */
function rowOf(text: string, callable: PyValue, spec: LossSpec): LossRow {
  const called = callable instanceof PyInstance ? callable.cls.resolutionOrder.map(({ name }) => name) : [];
  const written =
    /([A-Za-z_]\w*)\s*(?:\(|$)/.exec(text.slice(text.lastIndexOf('.', firstParenthesis(text)) + 1))?.[1] ?? text;
  for (const candidate of [...called, written]) {
    const row = losses[namesInCode[candidate] ?? candidate];
    if (row !== undefined) return row;
  }
  if (spec.kind === 'expression' && spec.target !== undefined) return { target: spec.target, callable: text };
  throw new LossError(`the loss ${text} is not known by name; give one with --loss: ${lossNames.join(', ')}`);
}

const firstParenthesis = (text: string): number => {
  const at = text.indexOf('(');
  return at < 0 ? text.length : at;
};

/**
 * The output as the loss takes it, and the shape of its targets. Scores of tokens [N, T, V] of a model of token inputs
 * have their classes last, where `cross_entropy` wants them second: they are flattened as training code does.
 */
function classTargets(output: Node, tokenModel: boolean): { flatten: boolean; shape: Shape; classes: number } {
  const { shape } = output;
  if (shape.length === 1) return { flatten: false, shape: [], classes: shape[0] ?? 0 };
  if (tokenModel && shape.length === 3) return { flatten: true, shape: shape.slice(0, -1), classes: shape[2] ?? 0 };
  return { flatten: false, shape: [shape[0] ?? 0, ...shape.slice(2)], classes: shape[1] ?? 0 };
}

/** Throws `LossError`, or what the interpreter throws when the loss does not fit the output. */
export function attachLoss(
  session: Session,
  inputs: readonly TracedInput[],
  output: Node,
  spec: LossSpec,
  float: 'float32' | 'float64' = 'float32',
): TracedLoss {
  if (spec.kind === 'name' && spec.name === 'sum_squares') return meanSquare(output);
  const { interpreter } = session;
  const named = spec.kind === 'name' ? (losses[spec.name] ?? losses[namesInCode[spec.name] ?? '']) : undefined;
  if (spec.kind === 'name' && named === undefined)
    throw new LossError(`there is no loss "${spec.name}"; choose one of ${lossNames.join(', ')}`);
  const text = spec.kind === 'expression' ? spec.text : (named?.callable ?? '');
  const scope = expressionScope(session, text);
  if (spec.kind === 'expression' && spec.definedIn !== undefined) {
    const home = interpreter.importModule(spec.definedIn.name, spec.definedIn.fromFile);
    for (const [name, member] of home.attributes) if (!scope.attributes.has(name)) scope.attributes.set(name, member);
  }
  if (spec.kind === 'expression' && /^[A-Za-z_]\w*$/.test(text) && !scope.attributes.has(text))
    throw new LossError(`there is no loss "${text}", neither in ${session.file} nor among ${lossNames.join(', ')}`);
  const value = interpreter.evaluateExpression(text, scope);
  const callable = value instanceof PyClass ? interpreter.call(value) : value;
  const row = named ?? rowOf(text, callable, spec);
  const scores = makeTensor(interpreter, output, float);
  const tokenModel = inputs[0]?.dtype === 'int';
  const { loss, target } = targetFor(row.target);
  const node = payloadOf(loss)?.node;
  if (node === undefined || elementCount(node.shape) !== 1)
    throw new LossError(`${text} gives no single number (reduction='none'?); a loss must be a scalar`);
  return { node: reshape(node, []), targets: [target], description: text, reduction: reductionOf(callable) };

  function targetFor(kind: TargetKind | TargetOfData): { loss: PyValue; target: TracedInput } {
    if (typeof kind === 'object') return onData(kind);
    return kind === 'classes' ? onClasses() : onValues(kind);
  }

  function onData({ sample, dtype }: TargetOfData): { loss: PyValue; target: TracedInput } {
    const made = graphInput('target', [output.shape[0] ?? 0, ...sample], typeOfData(dtype, float), undefined);
    const target = makeTensor(interpreter, made.node, made.torchDtype);
    return { loss: interpreter.call(callable, [scores, target]), target: made };
  }

  function onClasses(): { loss: PyValue; target: TracedInput } {
    const { flatten, shape, classes } = classTargets(output, tokenModel);
    const made = { ...graphInput('target', shape, 'int64', classes), ...ignoredBy(callable) };
    const flat = (tensor: PyValue, ...sizes: number[]): PyValue =>
      flatten ? interpreter.callMethod(tensor, 'reshape', sizes.map(BigInt)) : tensor;
    const target = makeTensor(interpreter, made.node, made.torchDtype);
    return { loss: interpreter.call(callable, [flat(scores, -1, classes), flat(target, -1)]), target: made };
  }

  function onValues(kind: TargetKind): { loss: PyValue; target: TracedInput } {
    const range = kind === 'probabilities' ? 2 : undefined;
    const made = graphInput('target', output.shape, float, range);
    const target = makeTensor(interpreter, made.node, made.torchDtype);
    return { loss: interpreter.call(callable, [scores, target]), target: made };
  }
}

/** `ignore_index` of a loss object. */
function ignoredBy(callable: PyValue): Pick<TracedInput, 'ignored'> {
  const index = callable instanceof PyInstance ? callable.attributes.get('ignore_index') : undefined;
  return typeof index === 'bigint' ? { ignored: Number(index) } : {};
}

/** PyTorch's types for data of a file. */
export const typeOfData = (dtype: DType, float: 'float32' | 'float64'): TorchDtype =>
  ({ float, int: 'int64', bool: 'bool' } as const)[dtype];

function reductionOf(callable: PyValue): TracedLoss['reduction'] {
  const own = callable instanceof PyInstance ? callable.attributes.get('reduction') : 'mean';
  if (own === 'mean' || own === 'sum') return own;
  return 'other';
}
