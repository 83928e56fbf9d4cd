/** The loss that a script minimises, as a callable of (output, target). */
import { PyClass, PyFunction, PyInstance } from '../../../python/values';
import type { PyValue } from '../../../python/values';
import type { ModuleName } from '../../model';
import { compilations, compiledLoss } from '../../keras/kerasFacts';
import { callText } from '../callText';
import { keyText } from '../keyText';
import { isLossModule, isOwnClass, isTorchModule } from '../moduleRegistry';
import type { LibraryCall } from '../moduleRecords';
import type { LossFact } from './facts';
import { modelLoss } from './modelLoss';
import { minimisedLoss } from './minimised';
import type { ScriptReader } from './scriptReader';

/** The loss that is called, else the only one that is made. */
export function lossFact(reader: ScriptReader, model: PyInstance | undefined): LossFact | null {
  const compiled = compiledLoss(reader.session);
  if (compiled !== undefined) {
    const { text, span, own } = compiled;
    const home = own === undefined ? {} : { definedIn: homeOf(own, reader) };
    return { value: text, span: span ?? reader.start(), certain: compilations(reader.session).length === 1, ...home };
  }
  const { constructions, registrations } = reader.session.records;
  const isLoss = (value: PyValue): value is PyInstance => isTorchModule(value) && isLossModule(value);
  const used = reader
    .calls('loss_module')
    .map(({ instance }) => instance)
    .filter(isLoss);
  const losses = [...constructions.keys()].filter(isLoss);
  // Parts of another loss are not it.
  const whole = losses.filter((loss) => !registrations.has(loss));
  const made = whole.length > 0 ? whole : losses;
  const functions = reader.calls('loss_function').filter(({ span }) => span !== undefined);
  const chosen = used[0] ?? (functions.length === 0 ? made[0] : undefined);
  const count = new Set([...(used.length > 0 ? used : made).map(({ cls }) => cls.name)]).size;
  const construction = chosen === undefined ? undefined : constructions.get(chosen);
  if (chosen !== undefined && construction?.span !== undefined) {
    const home = isOwnClass(chosen.cls) ? homeOf(chosen.cls, reader) : undefined;
    const name = home === undefined ? `nn.${chosen.cls.name}` : chosen.cls.name;
    const text = callText(reader.session, name, construction);
    const definedIn = home === undefined ? {} : { definedIn: home };
    if (text !== undefined) return { value: text, span: construction.span, certain: count === 1, ...definedIn };
  }
  const [call] = functions;
  if (call?.span === undefined) return modelLoss(reader, model) ?? minimisedLoss(reader);
  return {
    value: lossCallText(call),
    span: call.span,
    certain: new Set(functions.map(({ args }) => args.get('function'))).size === 1,
  };
}

/** How a class of the code's own is imported; the script itself by its file name. */
function homeOf({ module }: PyClass | PyFunction, { session }: ScriptReader): ModuleName {
  const { file } = session;
  const name = module === undefined || module.name === '__main__' ? undefined : module.name;
  return { name: name ?? /([^\\/]+?)(?:\.py)?$/.exec(file)?.[1] ?? file, fromFile: file };
}

/** A loss function with the options it was called with, as a callable of (output, target). */
function lossCallText({ args }: LibraryCall): string {
  const name = `F.${keyText(args.get('function'))}`;
  const options: string[] = [];
  for (const [option, usual] of [
    ['reduction', 'mean'],
    ['label_smoothing', 0],
    ['ignore_index', -100n],
    ['beta', 1],
    ['delta', 1],
  ] as const) {
    const value = args.get(option);
    if (value === undefined || value === null || value === usual || Number(value) === usual) continue;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      options.push(`${option}=${typeof value === 'string' ? JSON.stringify(value) : String(value)}`);
  }
  return options.length === 0 ? name : `lambda output, target: ${name}(output, target, ${options.join(', ')})`;
}
