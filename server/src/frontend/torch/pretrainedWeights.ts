import { PyInstance } from '../../python/values';
import type { PretrainedWeights } from '../model';
import { keyText } from './keyText';
import type { LibraryCall, ModuleRecords } from './moduleRecords';
import { stateEntries } from './stateDict';

/** Published weights that the code asked for while it ran: of each model once, however often it was made. `root`: the model whose parts they belong to. */
export function pretrainedWeights({ libraryCalls }: ModuleRecords, root?: PyInstance): PretrainedWeights[] {
  const found = new Map<string, PretrainedWeights>();
  for (const call of libraryCalls) {
    if (call.kind !== 'pretrained') continue;
    const model = keyText(call.args.get('model'));
    const kept = root === undefined ? undefined : keptIn(call, root);
    const isBetter = (kept?.variables.length ?? 0) > 0 && (found.get(model)?.kept?.variables.length ?? 0) === 0;
    if (!found.has(model) || isBetter)
      found.set(model, { model, span: call.span, ...(kept === undefined ? {} : { kept }) });
  }
  return [...found.values()];
}

/** The file in which the library keeps them, and the variables of the traced model that they are for. */
function keptIn({ args, instance }: LibraryCall, root: PyInstance): PretrainedWeights['kept'] {
  const file = args.get('file');
  if (typeof file !== 'string' || !(instance instanceof PyInstance)) return undefined;
  const storages = new Map<PyInstance, string>();
  for (const { name, tensor } of stateEntries(root)) if (!storages.has(tensor)) storages.set(tensor, name);
  const variables = stateEntries(instance).flatMap(({ name, kind, tensor }) => {
    const storage = storages.get(tensor);
    return storage === undefined ? [] : [{ own: name, storage, isTrained: kind === 'parameter' }];
  });
  return { file, variables };
}
