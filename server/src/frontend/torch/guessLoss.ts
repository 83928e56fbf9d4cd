/** A loss for a model for which nobody named one: from its output and, where known, from the data's targets. */
import type { DType, Shape } from '../../graph/primitives';
import type { LossSpec, TracedModel } from '../model';

export interface GuessedLoss {
  readonly spec: Extract<LossSpec, { kind: 'name' }>;
  /** Why, for the provenance: a guess is always shown as one. */
  readonly because: string;
}

const guess = (name: string, because: string): GuessedLoss => ({ spec: { kind: 'name', name }, because });

/**
 * `source`: text of the model's file. `target`: what the data set gives. Undefined if the model has no output.
 * Whole-number targets mean classes; else a last sigmoid means probabilities, several outputs per row mean classes.
 */
export function guessLoss(
  traced: TracedModel,
  source: string,
  target?: { readonly dtype: DType; readonly shape: Shape },
): GuessedLoss | undefined {
  const { outputNode, inputs, likelyLoss } = traced;
  if (outputNode === undefined) return undefined;
  if (likelyLoss !== undefined) return guess(likelyLoss.name, likelyLoss.because);
  const { shape } = outputNode;
  const last = traced.layers.at(-1)?.type;
  const columns = shape.at(-1) ?? 1;
  const logarithmic = last === 'LogSoftmax' || /log_softmax|LogSoftmax/.test(source);
  const classes = (because: string): GuessedLoss =>
    logarithmic ? guess('nll', `${because}, log-softmax output`) : guess('cross_entropy', because);
  if (target !== undefined && target.dtype !== 'float' && shape.length >= 2 && columns > 1)
    return classes('whole-number targets');
  if (last === 'Sigmoid' || (columns === 1 && /\bsigmoid\(|nn\.Sigmoid\(/.test(source) && last !== 'Linear'))
    return guess('bce', 'a sigmoid ends the model');
  if (target?.dtype === 'float') return guess('mse', 'floating targets');
  if (target !== undefined) return guess('bce_with_logits', 'whole-number targets for one output');
  const sameAsInput = inputs[0]?.shape.join() === shape.join();
  if (!sameAsInput && (logarithmic || (shape.length >= 2 && columns > 1)))
    return classes(`an output of ${columns} numbers per row`);
  return guess('mse', sameAsInput ? 'the output has the shape of the input' : 'one number per row');
}
