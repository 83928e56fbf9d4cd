/** Puts a loss on a model's output: makes the targets it needs and calls it as the training code would. */
import type { Node } from '../../graph/node';
import { mul, reduceSum, reshape, scale } from '../../graph/operations';
import { elementCount } from '../../graph/node';
import type { DType } from '../../graph/primitives';
import { PyClass, PyFunction, PyInstance } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { LossSpec, TargetOfData, TorchDtype, TracedInput, TracedLoss } from '../model';
import { isOwnClass } from './moduleRegistry';
import { lossNames, lossRow, type LossRow, type TargetKind } from './lossTable';
import type { Session } from './session';
import { classLayout, valueLayout } from './targetLayout';
import type { TargetLayout } from './targetLayout';
import { expressionScope, graphInput } from './traceScope';
import { makeTensor, payloadOf } from './tensor/tensor';

/** The loss is unknown, or does not fit the output. */
export class LossError extends Error {
  override readonly name = 'LossError';
}

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
    const row = lossRow(candidate);
    if (row !== undefined) return row;
  }
  if (spec.kind === 'expression' && spec.target !== undefined) return { target: spec.target, callable: text };
  throw new LossError(`the loss ${text} is not known by name; give one with --loss: ${lossNames.join(', ')}`);
}

const firstParenthesis = (text: string): number => {
  const at = text.indexOf('(');
  return at < 0 ? text.length : at;
};

/** A function, or an object of a class, of the code's own: what it does with output and targets is its affair. */
function isOwn(callable: PyValue, text: string): boolean {
  if (callable instanceof PyInstance) return isOwnClass(callable.cls);
  // `lambda output, target: F.nll_loss(output, target, …)` hands both on as they are.
  return callable instanceof PyFunction && !/^lambda (\w+), (\w+): [\w.]+\(\1, \2[,)]/.test(text);
}

/** Throws `LossError`, or what the interpreter throws when the loss does not fit the output. */
export function attachLoss(
  session: Session,
  inputs: readonly TracedInput[],
  output: Node,
  spec: LossSpec,
  float: 'float32' | 'float64' = 'float32',
  run?: ForwardRun,
): TracedLoss {
  if (spec.kind === 'own') throw new LossError('the model has no loss of its own');
  if (spec.kind === 'name' && spec.name === 'sum_squares') return meanSquare(output);
  const { interpreter } = session;
  const named = spec.kind === 'name' ? lossRow(spec.name) : undefined;
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
  if (run !== undefined && takesModel(callable))
    return ofModel(interpreter.call(callable, [run.model, run.result]), text);
  const scores = makeTensor(interpreter, output, float);
  const batch = inputs[0]?.shape[0] ?? output.shape[0] ?? 0;
  const data = typeof spec.target === 'object' ? spec.target : undefined;
  const { loss, target } = scored();
  const node = payloadOf(loss)?.node;
  if (node === undefined || elementCount(node.shape) !== 1)
    throw new LossError(`${text} gives no single number (reduction='none'?); a loss must be a scalar`);
  return { node: reshape(node, []), targets: [target], description: text, reduction: reductionOf(callable) };

  /** The code's own losses take the data as they are; others what fits the output, if that is what the data hold. */
  function scored(): Scored {
    const row = named ?? rowOf(text, callable, spec);
    if (data === undefined) return onRow(row.target).scored();
    if (typeof row.target === 'object') return onData(data);
    if (isOwn(callable, text))
      try {
        return onData(data);
      } catch {
        // It may expect the targets as a training loop prepares them.
        return onRow(row.target).scored();
      }
    const fitting = onRow(row.target);
    // Class probabilities have the output's own shape.
    const asTheyAre = !fitting.fits && data.dtype === 'float' && data.sample.join() === output.shape.slice(1).join();
    return asTheyAre ? onData(data) : fitting.scored();
  }

  function onRow(kind: TargetKind | TargetOfData): { fits: boolean; scored: () => Scored } {
    if (typeof kind === 'object') return { fits: true, scored: () => onData(kind) };
    const tokenModel = inputs[0]?.dtype === 'int';
    const { layout, fits } =
      kind === 'classes'
        ? classLayout(output.shape, batch, tokenModel, data?.sample)
        : valueLayout(output.shape, batch, data?.sample);
    return { fits, scored: () => (kind === 'classes' ? onClasses(layout) : onValues(kind, layout)) };
  }

  function onData({ sample, dtype }: TargetOfData): Scored {
    const made = graphInput('target', [batch, ...sample], typeOfData(dtype, float), undefined);
    const target = makeTensor(interpreter, made.node, made.torchDtype);
    return { loss: interpreter.call(callable, [scores, target]), target: made };
  }

  function onClasses({ shape, arrange, classes }: TargetLayout): Scored {
    const made = { ...graphInput('target', shape, 'int64', classes), ...ignoredBy(callable) };
    const reshaped = (tensor: PyValue, wanted: boolean, ...sizes: number[]): PyValue =>
      wanted ? interpreter.callMethod(tensor, 'reshape', sizes.map(BigInt)) : tensor;
    const target = reshaped(makeTensor(interpreter, made.node, made.torchDtype), arrange !== 'asTheyAre', -1);
    return {
      loss: interpreter.call(callable, [reshaped(scores, arrange === 'rows', -1, classes), target]),
      target: made,
    };
  }

  function onValues(kind: TargetKind, { shape, arrange }: TargetLayout): Scored {
    const made = graphInput('target', shape, float, kind === 'probabilities' ? 2 : undefined);
    const node = arrange === 'flat' ? reshape(made.node, output.shape) : made.node;
    const target = makeTensor(interpreter, node, made.torchDtype);
    return { loss: interpreter.call(callable, [scores, target]), target: made };
  }
}

/** A model and all that its `forward` gave. */
export interface ForwardRun {
  readonly model: PyValue;
  readonly result: PyValue;
}

/** `lambda model, output: …`: a loss that is a method of the model and compares with nothing else. */
const takesModel = (callable: PyValue): boolean =>
  callable instanceof PyFunction && callable.syntax.parameters.map(({ name }) => name).join() === 'model,output';

function ofModel(loss: PyValue, text: string): TracedLoss {
  const node = payloadOf(loss)?.node;
  if (node === undefined || elementCount(node.shape) !== 1) throw new LossError(`${text} gives no single number`);
  return { node: reshape(node, []), targets: [], description: text, reduction: 'other' };
}

interface Scored {
  readonly loss: PyValue;
  readonly target: TracedInput;
}

/** `ignore_index` of a loss object. */
function ignoredBy(callable: PyValue): Pick<TracedInput, 'ignored'> {
  const index = callable instanceof PyInstance ? callable.attributes.get('ignore_index') : undefined;
  return typeof index === 'bigint' ? { ignored: Number(index) } : {};
}

/** PyTorch's types for data of a file. */
export const typeOfData = (dtype: DType, float: 'float32' | 'float64'): TorchDtype =>
  (({ float, int: 'int64', bool: 'bool' }) as const)[dtype];

function reductionOf(callable: PyValue): TracedLoss['reduction'] {
  const own = callable instanceof PyInstance ? callable.attributes.get('reduction') : 'mean';
  if (own === 'mean' || own === 'sum') return own;
  return 'other';
}
