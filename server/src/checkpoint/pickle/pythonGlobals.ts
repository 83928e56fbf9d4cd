import type { AllowedGlobal, AllowedGlobals, GlobalCall } from './machine';
import { cost } from './budget';
import { PickleDict, PickleSet, type PickleValue } from './values';

const call = (function_: GlobalCall): AllowedGlobal => ({ call: function_ });

/** `dict([(key, value), …])` and its subclasses; a leading factory (defaultdict) is not an entry list. */
const buildDict: GlobalCall = (args, context) => {
  const dict = new PickleDict();
  for (const source of args) {
    if (source instanceof PickleDict) {
      charge(context, source.size * cost.entry);
      for (const [key, value] of source.entries()) dict.set(key, value);
    } else if (Array.isArray(source)) {
      charge(context, source.length * cost.entry);
      for (const pair of source) if (Array.isArray(pair)) dict.set(pair[0] ?? null, pair[1] ?? null);
    }
  }
  return dict;
};

const charge = (context: Parameters<GlobalCall>[1], bytes: number): void => {
  const exhausted = context.budget.spend(bytes);
  if (exhausted !== undefined) context.fail(exhausted);
};

const buildList: GlobalCall = ([items = []], context) => {
  if (!Array.isArray(items)) return undefined;
  charge(context, items.length * cost.slot);
  return [...items];
};

const buildSet: GlobalCall = ([items = []], context) => {
  if (!Array.isArray(items)) return undefined;
  charge(context, items.length * cost.slot);
  const set = new PickleSet();
  for (const item of items) set.items.push(item);
  return set;
};

/** Protocol 2 writes bytes as text with its encoding: `_codecs.encode(text, 'latin1')`. */
const encodeText: GlobalCall = ([text, encoding]) => {
  if (typeof text !== 'string' || typeof encoding !== 'string') return undefined;
  const isLatin1 = /^(latin-?1|iso-?8859-1)$/i.test(encoding);
  return isLatin1 ? Uint8Array.from(Buffer.from(text, 'latin1')) : new TextEncoder().encode(text);
};

const buildBytes: GlobalCall = ([value, encoding], context) => {
  if (value === undefined) return new Uint8Array(0);
  if (typeof value === 'string') return encodeText([value, encoding ?? 'utf-8'], context);
  return value instanceof Uint8Array ? value : undefined;
};

/** `complex(re, im)` and paths read best as their text. */
const complexText: GlobalCall = ([re, im]) =>
  typeof re === 'number' && typeof im === 'number' ? `${re}${im < 0 ? '-' : '+'}${Math.abs(im)}j` : undefined;

const joinPath: GlobalCall = (parts) => {
  if (!parts.every((part): part is string => typeof part === 'string')) return undefined;
  const [root = '.', ...rest] = parts;
  return root.endsWith('/') ? root + rest.join('/') : [root, ...rest].join('/');
};

const first: GlobalCall = ([value]) => value;

/** The safe part of Python's own library. Namespaces and enums stay opaque objects with readable attributes. */
const table = new Map<string, AllowedGlobal>([
  ...['collections.OrderedDict', 'collections.defaultdict', 'collections.Counter', 'builtins.dict'].map(
    (name): [string, AllowedGlobal] => [name, call(buildDict)],
  ),
  ['builtins.list', call(buildList)],
  ['builtins.tuple', call(buildList)],
  ['builtins.set', call(buildSet)],
  ['builtins.frozenset', call(buildSet)],
  ['builtins.bytearray', call(buildBytes)],
  ['builtins.bytes', call(buildBytes)],
  ['builtins.complex', call(complexText)],
  ['builtins.int', call(numberOf)],
  ['builtins.float', call(numberOf)],
  ['builtins.bool', call(first)],
  ['builtins.str', call(first)],
  ['_codecs.encode', call(encodeText)],
  ...['Path', 'PosixPath', 'WindowsPath', 'PurePath', 'PurePosixPath', 'PureWindowsPath'].map(
    (name): [string, AllowedGlobal] => [`pathlib.${name}`, call(joinPath)],
  ),
]);

function numberOf(args: readonly PickleValue[]): PickleValue | undefined {
  return typeof args[0] === 'number' || typeof args[0] === 'bigint' ? args[0] : undefined;
}

export const pythonGlobals: AllowedGlobals = (module, name) =>
  table.get(`${module.replace(/^__builtin__$/, 'builtins').replace(/^pathlib\._local$/, 'pathlib')}.${name}`);
