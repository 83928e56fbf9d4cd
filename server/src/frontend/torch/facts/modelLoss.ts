/** A loss that is a method of the model and takes all that `forward` gives: `model.loss_function(*outputs, weight=0.1)["loss"]`. */
import { PyInstance } from '../../../python/values';
import { valueText } from '../callText';
import { keyText } from '../keyText';
import type { LibraryCall } from '../moduleRecords';
import { callAt, walk } from '../syntaxSearch';
import type { LossFact } from './facts';
import type { ScriptReader } from './scriptReader';

/** Undefined where no such method is called, or gives several things of which none is named. */
export function modelLoss(reader: ScriptReader, model: PyInstance | undefined): LossFact | undefined {
  for (const call of reader.calls('method')) {
    const method = keyText(call.args.get('method')).split('.').at(-1) ?? '';
    if (call.instance !== model || call.span === undefined || !/loss|elbo|objective|criterion/i.test(method)) continue;
    const options = optionsOf(call, reader);
    const value = `lambda model, output: model.${method}(*output${options})${entryOf(call, reader)}`;
    return { value, span: call.span, certain: reader.calls('method').length === 1 };
  }
  return undefined;
}

/** Keyword arguments that are known; the others say where the training is. */
function optionsOf({ args }: LibraryCall, { session }: ScriptReader): string {
  const texts = [...args].flatMap(([name, value]) => {
    const text = name === 'method' ? undefined : valueText(session, value);
    return text === undefined ? [] : [`, ${name}=${text}`];
  });
  return texts.join('');
}

/** `["loss"]` of `terms = model.loss(…)` … `return terms["loss"]`. */
function entryOf({ span }: LibraryCall, reader: ScriptReader): string {
  const tree = span === undefined ? undefined : reader.tree(span.file);
  const call = tree === undefined || span === undefined ? undefined : callAt(tree, span);
  for (const part of call === undefined ? [] : walk(tree?.body)) {
    if (part.kind !== 'Assign' || part.value.start !== call?.start) continue;
    const names = part.targets.flatMap((target) => (target.kind === 'Name' ? [target.name] : []));
    for (const other of walk(tree?.body)) {
      const isEntry =
        other.kind === 'Subscript' &&
        other.start > part.end &&
        other.object.kind === 'Name' &&
        names.includes(other.object.name);
      if (isEntry && other.index.kind === 'Constant' && typeof other.index.value === 'string')
        return `[${JSON.stringify(other.index.value)}]`;
    }
  }
  return '';
}
