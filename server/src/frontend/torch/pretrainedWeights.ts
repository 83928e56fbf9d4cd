import type { PretrainedWeights } from '../model';
import { keyText } from './keyText';
import type { ModuleRecords } from './moduleRecords';

/** Published weights that the code asked for while it ran: of each model once, however often it was made. */
export function pretrainedWeights({ libraryCalls }: ModuleRecords): PretrainedWeights[] {
  const found = new Map<string, PretrainedWeights>();
  for (const { kind, args, span } of libraryCalls) {
    const model = keyText(args.get('model'));
    if (kind === 'pretrained' && !found.has(model)) found.set(model, { model, span });
  }
  return [...found.values()];
}
