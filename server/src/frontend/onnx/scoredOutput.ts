/** Which output of a graph a loss is put on, and what of it: the output itself, or the scores behind its softmax or sigmoid. */
import type { Node } from '../../graph/node';
import { transpose } from '../../graph/operations';
import { logSoftmax } from '../compositions/softmax';
import type { LossSpec, TracedInput, TracedLoss } from '../model';
import { attachLoss, LossError } from '../torch/attachLoss';
import { nameOfLoss } from '../torch/lossTable';
import type { Session } from '../torch/session';
import { OnnxStop } from './onnxStop';
import { isSequence, type OnnxValue } from './operatorCall';
import type { SquashedOutput, SquashedOutputs } from './squashedOutputs';

export interface NamedOutput {
  readonly name: string;
  readonly value: OnnxValue;
}

interface FloatOutput {
  readonly name: string;
  readonly node: Node;
}

/** The output that is looked at, and a note where others could be meant. */
export interface ChosenOutput extends FloatOutput {
  readonly notes: readonly string[];
}

const shown = ({ name, value }: NamedOutput): string =>
  isSequence(value) ? `${name} (a sequence)` : `${name} ${value.dtype} [${value.shape.join(', ')}]`;

/**
 * The output `wanted`, which must be one of floating numbers; else, without a loss (`isScored` false), a single number, which
 * is one already; else 'logits'; else the first output of floating numbers. Throws `OnnxStop`.
 */
export function chosenOutput(
  outputs: readonly NamedOutput[],
  wanted: string | undefined,
  isScored: boolean,
): ChosenOutput {
  const floats = outputs.flatMap(({ name, value }): FloatOutput[] =>
    !isSequence(value) && value.dtype === 'float' ? [{ name, node: value }] : [],
  );
  const hint = `It has ${outputs.map(shown).join('; ')}.`;
  if (wanted !== undefined) {
    const found = floats.find(({ name }) => name === wanted);
    if (found !== undefined) return { ...found, notes: [] };
    const isThere = outputs.some(({ name }) => name === wanted);
    throw new OnnxStop(
      isThere ? `the output '${wanted}' is no floating tensor` : `there is no output '${wanted}'`,
      hint,
    );
  }
  const single = floats.filter(({ node }) => node.shape.length === 0);
  const others = floats.filter(({ node }) => node.shape.length > 0);
  const scores = others.find(({ name }) => name === 'logits') ?? others[0];
  const chosen = isScored ? (scores ?? single[0]) : (single[0] ?? scores);
  if (chosen === undefined) throw new OnnxStop('it has no output of floating numbers', hint);
  if (floats.length === 1) return { ...chosen, notes: [] };
  const because =
    chosen === single[0]
      ? 'a single number'
      : chosen.name === 'logits'
        ? 'by its name'
        : 'the first of floating numbers';
  const rest = floats.filter((each) => each !== chosen).map(({ name }) => name);
  return { ...chosen, notes: [`output '${chosen.name}' (${because}); --output names another: ${rest.join(', ')}`] };
}

/** What a loss is given in place of an output that ends in a softmax or sigmoid. */
interface Scored {
  readonly node: Node;
  readonly spec: LossSpec;
  readonly note?: string;
}

/** Losses of scores that a softmax turns into probabilities, and of their logarithms. */
const ofScores: ReadonlySet<string | undefined> = new Set(['cross_entropy']);
const ofLogarithms: ReadonlySet<string | undefined> = new Set(['nll', 'kl_div']);
/** Losses of scores that a sigmoid turns into probabilities. */
const ofSigmoidScores: ReadonlySet<string | undefined> = new Set(['bce_with_logits', 'multilabel_soft_margin']);

/** The last name that a loss calls: `nn.CrossEntropyLoss(weight=w)` is cross entropy. */
const lossOf = (spec: LossSpec): string | undefined => {
  if (spec.kind === 'own') return undefined;
  const called = spec.kind === 'name' ? spec.name : (/([A-Za-z_]\w*)\s*(?:\(|$)/.exec(spec.text)?.[1] ?? '');
  return nameOfLoss(called);
};

function matched(output: Node, name: string, end: SquashedOutput, spec: LossSpec): Scored {
  const { by, scores } = end;
  const loss = lossOf(spec);
  const note = `output '${name}' ends in a ${by}: the loss is computed from the scores before it`;
  if (by === 'sigmoid') {
    if (ofScores.has(loss) || ofLogarithms.has(loss))
      throw new LossError(
        `output '${name}' ends in a sigmoid: its numbers are probabilities by themselves, not those of classes that ${loss} compares; use --loss bce`,
      );
    if (ofSigmoidScores.has(loss)) return { node: scores, spec, note };
    // The same function, without the logarithm of a number that rounds to 0.
    if (loss === 'bce' && spec.kind === 'name')
      return { node: scores, spec: { ...spec, name: 'bce_with_logits' }, note };
    return { node: output, spec };
  }
  if (by === 'softmax' && ofScores.has(loss)) return { node: scores, spec, note };
  if (by === 'softmax' && ofLogarithms.has(loss) && end.axis !== undefined)
    return { node: logSoftmax(scores, end.axis), spec, note };
  return { node: output, spec };
}

/** Classes along the axis that softmax says, where the loss would look for them elsewhere: to the second one. */
function withClassesSecond(node: Node, axis: number | undefined, isOfTokens: boolean): Node {
  const rank = node.shape.length;
  if (axis === undefined || axis <= 1 || (isOfTokens && axis === rank - 1)) return node;
  const rest = node.shape.map((_, i) => i).filter((i) => i !== axis);
  return transpose(node, [rest[0] ?? 0, axis, ...rest.slice(1)]);
}

/** Whole numbers 0 and 1 in the output's own shape are the probabilities of classes; PyTorch wants them as floating ones. */
function withTargetType(spec: LossSpec, output: Node): LossSpec {
  const { target } = spec;
  const isOneHot =
    typeof target === 'object' &&
    target.dtype !== 'float' &&
    output.shape.length === 2 &&
    (output.shape[1] ?? 1) > 1 &&
    target.sample.join() === output.shape.slice(1).join();
  return isOneHot && lossOf(spec) === 'cross_entropy' ? { ...spec, target: { ...target, dtype: 'float' } } : spec;
}

/** An output with a loss on it. */
export interface OutputLoss {
  readonly outputNode: Node;
  readonly loss: TracedLoss;
  readonly notes: readonly string[];
}

/** Throws `LossError`, or what the interpreter throws when the loss does not fit the output. */
export function lossOnOutput(
  session: Session,
  inputs: readonly TracedInput[],
  { name, node: output }: FloatOutput,
  squashed: SquashedOutputs,
  spec: LossSpec,
  precision: 'float32' | 'float64' | undefined,
): OutputLoss {
  const end = squashed.behind(output);
  const { node, spec: used, note } = end === undefined ? { node: output, spec } : matched(output, name, end, spec);
  const isOfClasses = ofScores.has(lossOf(spec)) || ofLogarithms.has(lossOf(spec));
  const scored = isOfClasses ? withClassesSecond(node, end?.axis, inputs[0]?.dtype === 'int') : node;
  const loss = attachLoss(session, inputs, scored, withTargetType(used, scored), precision);
  return { outputNode: scored, loss, notes: note === undefined ? [] : [note] };
}

/** A loss that an output's last operator makes likely. */
const likely: Readonly<Record<SquashedOutput['by'], string>> = {
  softmax: 'cross_entropy',
  'log-softmax': 'nll',
  sigmoid: 'bce',
};

export function likelyLossOf(
  output: Node,
  squashed: SquashedOutputs,
): { readonly name: string; readonly because: string } | undefined {
  const end = squashed.behind(output);
  return end === undefined ? undefined : { name: likely[end.by], because: `the output ends in a ${end.by}` };
}
