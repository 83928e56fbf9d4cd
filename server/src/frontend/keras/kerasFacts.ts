/** What `compile` of a Keras model says of training: the model, its loss, and how arguments of optimizers are written. */
import { PyFunction, PyInstance } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { LibraryCall } from '../torch/moduleRecords';
import type { Session } from '../torch/session';
import type { SourceSpan } from '../../graph/node';
import { isKerasModel } from './kerasNames';

/** Calls of `compile` that gave a loss, the first of each place. */
export function compilations({ records }: Session): LibraryCall[] {
  return records.libraryCalls.filter(({ kind, instance }) => kind === 'compile' && isKerasModel(instance));
}

/** The model that was compiled first. */
export const compiledModel = (session: Session): PyInstance | undefined =>
  compilations(session)
    .map(({ instance }) => instance)
    .find((each): each is PyInstance => each instanceof PyInstance);

export interface CompiledLoss {
  /** A Python expression of what `compile` was given. */
  readonly text: string;
  readonly span: SourceSpan | undefined;
  /** A function of the code's own, which `text` names. */
  readonly own: PyFunction | undefined;
}

/** Undefined where there is none, or none that can be written. */
export function compiledLoss(session: Session): CompiledLoss | undefined {
  const [call] = compilations(session);
  const loss = call?.args.get('loss');
  const made = (text: string | undefined, own?: PyFunction): CompiledLoss | undefined =>
    text === undefined ? undefined : { text, span: call?.span, own };
  if (typeof loss === 'string') return made(JSON.stringify(loss));
  if (loss instanceof PyFunction && loss.module.name === 'keras._loss_functions') {
    const name = session.interpreter.getAttribute(loss, '__name__');
    return made(typeof name === 'string' ? `keras.losses.${name}` : undefined);
  }
  if (loss instanceof PyFunction && loss.syntax.name !== '<lambda>') return made(loss.syntax.name, loss);
  const isWritten = loss instanceof PyInstance && session.interpreter.findAttribute(loss, 'expression') !== undefined;
  const text = isWritten ? session.interpreter.callMethod(loss, 'expression') : undefined;
  return made(typeof text === 'string' ? text : undefined);
}

/** How Keras writes the argument that PyTorch calls `name`, and at which position; undefined for an optimizer of torch. */
export function kerasArgument(
  optimizer: PyValue,
  name: string,
): { readonly keywords: readonly string[]; readonly position: number | undefined } | undefined {
  if (
    !(optimizer instanceof PyInstance) ||
    !optimizer.cls.resolutionOrder.some(({ module }) => module?.name === 'keras._optimizers')
  )
    return undefined;
  // `compile(optimizer="adam")`: nothing of it is written.
  if (optimizer.attributes.get('by_name') === true) return { keywords: [], position: undefined };
  const keywords = { lr: ['learning_rate', 'lr'], betas: ['beta_1'], eps: ['epsilon'], alpha: ['rho'] }[name] ?? [name];
  return { keywords, position: name === 'lr' ? 0 : undefined };
}
