/** How a program made its modules, as calls that make them again in the file that defines what is called. */
import { PyFunction } from '../../../python/values';
import type { PyInstance } from '../../../python/values';
import { argumentTexts, callText, factoryText } from '../callText';
import { isOwnClass, partsOf } from '../moduleRegistry';
import type { Session } from '../session';
import type { ModelFact } from './facts';

/** Calls that are kept of one program. */
const MOST_CALLS = 64;

/** Those of whole models before those of their parts; each in the order in which the program made them. */
export function madeModels(session: Session): ModelFact[] {
  const modules = [...session.records.constructions.keys()];
  const parts = partsOf(modules);
  const inOrder = [...modules.filter((each) => !parts.has(each)), ...modules.filter((each) => parts.has(each))];
  const found = new Map<string, ModelFact>();
  for (const module of inOrder) {
    const made = ownCall(session, module);
    if (made?.call !== undefined || made?.arguments !== undefined)
      found.set(`${made.file}\n${made.call ?? made.name}`, parts.has(module) ? { ...made, isPart: true } : made);
    if (found.size === MOST_CALLS) break;
  }
  return [...found.values()];
}

/** The call of a class, function or method of the code's own that gives the module; undefined where there is none. */
export function ownCall(session: Session, module: PyInstance): ModelFact | undefined {
  const { cls } = module;
  if (cls.span === undefined || !isOwnClass(cls)) return makerCall(session, module) ?? attributeCall(session, module);
  const construction = session.records.constructions.get(module);
  return construction && { name: cls.name, file: cls.span.file, call: callText(session, cls.name, construction) };
}

/** The call of the function or method that gave the module. */
export function makerCall(session: Session, module: PyInstance): ModelFact | undefined {
  const factory = session.records.factories.get(module);
  if (factory === undefined) return undefined;
  const text = factoryText(session, factory);
  const { name, file, owner, args } = factory;
  if (owner === undefined)
    return { name, file, call: text, arguments: Object.fromEntries(argumentTexts(session, args)) };
  const made = ownerText(session, owner);
  const call = made === undefined || text === undefined ? undefined : `${made}.${text}`;
  return { name: `${owner.cls.name}.${name}`, file: owner.cls.span?.file ?? file, call };
}

/** A module that an object of the code's own keeps, by its attribute. */
export function attributeCall(session: Session, module: PyInstance): ModelFact | undefined {
  const holder = session.records.holders.get(module);
  const file = holder?.owner.cls.span?.file;
  const made = holder && ownerText(session, holder.owner);
  if (holder === undefined || file === undefined) return undefined;
  const name = `${holder.owner.cls.name}.${holder.attribute}`;
  return { name, file, call: made && `${made}.${holder.attribute}` };
}

/** The call that made an object of a class at the top level of its file. */
function ownerText(session: Session, owner: PyInstance): string | undefined {
  const { cls } = owner;
  if (cls.module?.attributes.get(cls.name) !== cls) return undefined;
  const call = session.records.owners.get(owner);
  if (call !== undefined) return factoryText(session, call);
  const constructor = cls.lookup('__init__');
  const isPlain = !(constructor instanceof PyFunction) || constructor.syntax.parameters.length === 1;
  return isPlain ? `${cls.name}()` : undefined;
}
