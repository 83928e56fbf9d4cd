import { CheckpointError } from './checkpointError';
import type { CheckpointWarning, MetadataValue } from './checkpoint';
import { branch, plain, type ContentNode, type TensorLeaf } from './contents';
import { contiguousStrides, StridedTensor, type Layout, type Storage } from './stridedTensor';
import type { ElementType } from './elementType';
import { NumpyArray, NumpyDtype } from './pickle/numpyGlobals';
import { TorchDtype, TorchStorage, TorchTensor } from './pickle/torchGlobals';
import { GlobalReference, OpaqueObject, PickleDict, PickleSet, StoredBytes, type PickleValue } from './pickle/values';

/** Deepest nesting that is followed; real files stay below 100. */
const DEEPEST = 400;

/**
 * Turns unpickled values into content. Every object is converted once, so shared structures stay shared.
 * `storagePrefix` begins the key of every storage.
 */
export function pickledContents(
  root: PickleValue,
  file: string,
  warnings: CheckpointWarning[],
  storagePrefix: string,
): ContentNode {
  const converted = new Map<object, ContentNode>();
  const storageKeys = new StorageKeys(storagePrefix);
  const open = new Set<object>();

  const convert = (value: PickleValue, path: readonly string[]): ContentNode => {
    if (typeof value !== 'object' || value === null) return plain(scalar(value));
    const known = converted.get(value);
    if (known !== undefined) return known;
    if (open.has(value)) return plain('<cycle>');
    if (path.length > DEEPEST)
      throw new CheckpointError(
        `values are nested deeper than ${DEEPEST} levels`,
        file,
        `key '${path.slice(0, 5).join('.')}…'`,
      );
    open.add(value);
    const node = convertObject(value, path);
    open.delete(value);
    converted.set(value, node);
    return node;
  };

  const convertEntries = (
    entries: readonly (readonly [string, PickleValue])[],
    path: readonly string[],
  ): [string, ContentNode][] => entries.map(([key, value]) => [key, convert(value, [...path, key])]);

  const convertObject = (
    value: Exclude<PickleValue, null | boolean | number | bigint | string>,
    path: readonly string[],
  ): ContentNode => {
    if (Array.isArray(value)) return list(value, path);
    if (value instanceof PickleDict) return branch(convertEntries(keyed(value), path));
    if (value instanceof PickleSet) return list(value.items, path);
    if (value instanceof TorchTensor) return torchLeaf(value, path);
    if (value instanceof NumpyArray) return numpyLeaf(value);
    if (value instanceof OpaqueObject) return object(value, path);
    return plain(describe(value));
  };

  const list = (items: readonly PickleValue[], path: readonly string[]): ContentNode => {
    if (items.every((item) => typeof item !== 'object' || item === null)) return plain(items.map(scalar));
    return branch(
      convertEntries(
        items.map((item, index) => [String(index), item]),
        path,
      ),
      'list',
    );
  };

  const object = (value: OpaqueObject, path: readonly string[]): ContentNode => {
    const attributes = value.attributes() ?? stateInArguments(value);
    if (attributes !== undefined && isModule(attributes))
      return branch(convertEntries(moduleEntries(attributes), path), 'object', value.className);
    if (/^torch\._utils\._rebuild_/.test(value.className))
      warnings.push({
        code: 'HL403',
        message: `a tensor was saved in a form that is not read: ${value.className}`,
        where: `key '${path.join('.')}'`,
      });
    const entries = [
      ...(attributes === undefined ? [] : keyed(attributes)),
      ...keyed(value.dict),
      ...value.items.map((item, index): [string, PickleValue] => [String(index), item]),
    ];
    if (entries.length === 0)
      return plain(`${value.className}(${value.args.slice(0, 8).map(argumentText).join(', ')})`);
    return branch(convertEntries(entries, path), 'object', value.className);
  };

  const torchLeaf = (tensor: TorchTensor, path: readonly string[]): ContentNode => {
    const { storage, elementType } = tensor;
    const bytes = storage.resolve();
    if (elementType === undefined || bytes === undefined) {
      const reason =
        elementType === undefined
          ? `elements of type ${storage.typeName} are not read`
          : 'its storage is not in the file';
      warnings.push({ code: 'HL403', message: `tensor left out: ${reason}`, where: `key '${path.join('.')}'` });
      return plain(`<tensor ${storage.typeName} [${tensor.shape.join(', ')}]>`);
    }
    return leaf(
      elementType,
      { key: storageKeys.keyOf(storage, storage.key), bytes, littleEndian: storage.littleEndian },
      { shape: tensor.shape, strides: tensor.strides, offset: tensor.offset },
    );
  };

  const numpyLeaf = (array: NumpyArray): ContentNode => {
    const type = array.dtype?.elementType;
    if (type === undefined || array.bytes === undefined)
      return plain(`<numpy array of ${array.dtype?.code ?? 'unknown type'} [${array.shape.join(', ')}]>`);
    return leaf(
      type,
      { key: storageKeys.keyOf(array, 'numpy'), bytes: array.bytes, littleEndian: array.dtype?.littleEndian ?? true },
      { shape: array.shape, strides: numpyStrides(array), offset: 0 },
    );
  };

  return convert(root, []);
}

const leaf = (type: ElementType, storage: Storage, layout: Layout): TensorLeaf => ({
  kind: 'tensor',
  shape: layout.shape,
  typeName: type,
  named: (name) => new StridedTensor(name, type, storage, layout),
});

/** Fortran order: the first axis varies fastest. */
const numpyStrides = ({ shape, fortranOrder }: NumpyArray): number[] =>
  fortranOrder ? contiguousStrides([...shape].reverse()).reverse() : contiguousStrides(shape);

/** Distinct keys for distinct storages, also when nested files number theirs alike. */
class StorageKeys {
  constructor(private readonly prefix: string) {}
  private readonly keys = new Map<object, string>();
  private readonly uses = new Map<string, number>();
  keyOf(storage: object, wanted: string): string {
    const known = this.keys.get(storage);
    if (known !== undefined) return known;
    const use = (this.uses.get(wanted) ?? 0) + 1;
    this.uses.set(wanted, use);
    const key = this.prefix + (use === 1 ? wanted : `${wanted} (${use})`);
    this.keys.set(storage, key);
    return key;
  }
}

const keyed = (dict: PickleDict): [string, PickleValue][] =>
  dict.entries().map(([key, value]) => [keyText(key), value]);

type Scalar = null | boolean | number | bigint | string;

const scalar = (value: Scalar): MetadataValue => (typeof value === 'bigint' ? value.toString() : value);

function keyText(key: PickleValue): string {
  if (Array.isArray(key)) return `(${key.slice(0, 8).map(argumentText).join(', ')})`;
  return argumentText(key);
}

const argumentText = (value: PickleValue): string => {
  if (value === null) return 'None';
  if (typeof value !== 'object') return String(value);
  return Array.isArray(value) ? '(…)' : describe(value);
};

function describe(value: object): string {
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (value instanceof StoredBytes) return `<${value.source.size} bytes>`;
  if (value instanceof GlobalReference) return value.qualifiedName;
  if (value instanceof TorchDtype) return `torch.${value.dtypeName}`;
  if (value instanceof NumpyDtype) return `numpy.dtype('${value.code}')`;
  if (value instanceof OpaqueObject) return value.className;
  if (value instanceof TorchStorage) return `<${value.typeName} of ${value.elementCount}>`;
  return '<object>';
}

/** A pickled nn.Module keeps `_parameters`, `_buffers` and `_modules` in its state. */
const isModule = (attributes: PickleDict): boolean =>
  attributes.get('_parameters') instanceof PickleDict && attributes.get('_modules') instanceof PickleDict;

/** A traced graph module is rebuilt by a function that takes its state. */
function stateInArguments({ args }: OpaqueObject): PickleDict | undefined {
  const [state] = args;
  return state instanceof PickleDict && isModule(state) ? state : undefined;
}

/** Entries in the order of `state_dict()`: parameters, persistent buffers, then children. None is skipped as there. */
function moduleEntries(attributes: PickleDict): [string, PickleValue][] {
  const transient = attributes.get('_non_persistent_buffers_set');
  const skipped = new Set<PickleValue>(transient instanceof PickleSet ? transient.items : []);
  const section = (name: string): [string, PickleValue][] => {
    const dict = attributes.get(name);
    return dict instanceof PickleDict ? keyed(dict).filter(([, value]) => value !== null) : [];
  };
  return [
    ...section('_parameters'),
    ...section('_buffers').filter(([name]) => !skipped.has(name)),
    ...section('_modules'),
  ];
}
