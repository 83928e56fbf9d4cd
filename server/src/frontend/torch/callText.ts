/** Python text of calls and values that a script made, so that they can be made again elsewhere. */
import { PyClass, PyDict, PyFunction, PyInstance, PyList, PyTuple, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import { isJavaScript } from '../../javascript/isJavaScript';
import { javaScriptText } from '../../javascript/valueText';
import { isModuleInstance } from './moduleRegistry';
import type { Construction, FactoryCall } from './moduleRecords';
import type { Session } from './session';

/** `Name(arguments)` as text that gives the same again; undefined if an argument has no such text. */
export function callText(session: Session, name: string, { args, kwargs }: Construction): string | undefined {
  const parts = [
    ...args.map((arg) => valueText(session, arg)),
    ...kwargs.map(([key, value]) => {
      const text = valueText(session, value);
      return text === undefined ? undefined : `${key}=${text}`;
    }),
  ];
  return parts.every((part) => part !== undefined) ? `${name}(${parts.join(', ')})` : undefined;
}

/** Python text of a value: literals, containers, names of classes and functions, configuration objects. */
export function valueText(session: Session, value: PyValue): string | undefined {
  const { interpreter } = session;
  const all = (items: readonly PyValue[]): string[] | undefined => {
    const texts = items.map((item) => valueText(session, item));
    return texts.every((text) => text !== undefined) ? texts : undefined;
  };
  if (value === null || typeof value !== 'object') return interpreter.repr(value);
  if (value instanceof Unknown) return undefined;
  if (value instanceof PyTuple) {
    const items = all(value.items);
    return items === undefined ? undefined : `(${items.join(', ')}${items.length === 1 ? ',' : ''})`;
  }
  if (value instanceof PyList) {
    const items = all(value.items);
    return items === undefined ? undefined : `[${items.join(', ')}]`;
  }
  if (value instanceof PyDict) {
    const keys = all(value.entries().map(([key]) => key));
    const items = all(value.entries().map(([, item]) => item));
    if (keys === undefined || items === undefined) return undefined;
    const text = `{${keys.map((key, i) => `${key}: ${items[i]}`).join(', ')}}`;
    // A dictionary whose entries are attributes, too, of whichever class.
    return value.cls?.lookup('__getattr__') === undefined ? text : `yacs.config.CfgNode(${text})`;
  }
  if (value instanceof PyClass)
    return value.module?.name.startsWith('torch.nn') === true ? `nn.${value.name}` : value.name;
  if (value instanceof PyFunction) return value.syntax.name === '<lambda>' ? undefined : value.syntax.name;
  if (value instanceof PyInstance && isLibraryLayer(value)) return layerText(session, value);
  if (value instanceof PyInstance && (isDataclass(value) || isConfiguration(value))) {
    const name = isDataclass(value) ? value.cls.name : 'argparse.Namespace';
    // Options that are not known are left out: the model may not need them.
    const fields = [...value.attributes].flatMap(([key, item]) => {
      const text = valueText(session, item);
      return text === undefined ? [] : [`${key}=${text}`];
    });
    return `${name}(${fields.join(', ')})`;
  }
  return undefined;
}

const isDataclass = ({ cls }: PyInstance): boolean => cls.lookup('__dataclass_fields__') !== undefined;

/** Of a class of the code's own, too: what is read of a configuration are its attributes. */
const isConfiguration = (value: PyInstance): boolean =>
  value.cls.name === 'Namespace' ||
  (/(config|cfg|args|options|hparams|settings)|^opts?$/i.test(value.cls.name) && !isModuleInstance(value));

/** A module of torch.nn, whose call says all that it is. */
export const isLibraryLayer = (value: PyInstance): boolean =>
  isModuleInstance(value) && value.cls.module?.name.startsWith('torch.nn') === true;

/** `nn.Sequential(nn.Linear(4, 8), nn.ReLU())`; undefined where a part of it is not known. */
export function layerText(session: Session, layer: PyInstance): string | undefined {
  const construction = session.records.constructions.get(layer);
  return construction && callText(session, `nn.${layer.cls.name}`, construction);
}

/** The call of the code's own function that returned a module, each argument by its name where the language has names. */
export function factoryText(session: Session, { name, file, args }: FactoryCall): string | undefined {
  if (isJavaScript(file)) {
    const values = args.map(([, value]) => javaScriptText(value));
    return values.every((text) => text !== undefined) ? `${name}(${values.join(', ')})` : undefined;
  }
  const texts = argumentTexts(session, args);
  return texts.size === args.length ? `${name}(${[...texts].map((each) => each.join('=')).join(', ')})` : undefined;
}

/** Python text of arguments by name, of those that have one. */
export function argumentTexts(session: Session, args: FactoryCall['args']): Map<string, string> {
  return new Map(
    args.flatMap(([parameter, value]) => {
      const text = valueText(session, value);
      return text === undefined ? [] : [[parameter, text] as const];
    }),
  );
}
