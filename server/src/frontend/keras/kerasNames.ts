/** Names that Keras gives to layers and variables: paths of name scopes, `sequential/conv2d/kernel`. */
import { PyClass, PyDict, PyInstance } from '../../python/values';
import type { PyValue } from '../../python/values';

const homes = /^keras\._(layer|models)$/;

const isKind = ({ resolutionOrder }: PyClass, kind: 'Layer' | 'Model' | 'Sequential'): boolean =>
  resolutionOrder.some(({ name, module }) => name === kind && homes.test(module?.name ?? ''));

/** Is this a layer or model of Keras? */
export const isKerasLayer = ({ cls }: PyInstance): boolean => isKind(cls, 'Layer');

/** Is this a model of Keras (functional, Sequential or a subclass)? */
export const isKerasModel = (value: PyValue | undefined): value is PyInstance =>
  value instanceof PyInstance && isKind(value.cls, 'Model');

/** Is this a Sequential model? */
export const isSequential = ({ cls }: PyInstance): boolean => isKind(cls, 'Sequential');

/** Is this a layer and no model? */
export const isKerasPart = (value: PyInstance): boolean => isKerasLayer(value) && !isKerasModel(value);

/** Is this a class of layers, which are parts of models? */
export const isLayerClass = (value: PyValue | undefined): boolean =>
  value instanceof PyClass && isKind(value, 'Layer') && !isKind(value, 'Model');

/** Layers that code prepares its data with: they have no weights. */
const preparing = /^(Rescaling|Resizing|CenterCrop|Random[A-Z]\w*|Pipeline)$/;

/** Is this a layer that prepares data, or a chain of such? */
export function isPreparation(module: PyInstance): boolean {
  if (!isKerasLayer(module)) return false;
  const inside = module.attributes.get('_modules');
  const layers = inside instanceof PyDict ? inside.values() : [];
  if (module.cls.name !== 'Sequential') return preparing.test(module.cls.name);
  return layers.length > 0 && layers.every((each) => each instanceof PyInstance && isPreparation(each));
}

const text = (value: PyValue | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

/** The path of a layer that was built, else its own name; undefined for what is none of Keras. */
export const layerPath = (module: PyInstance): string | undefined =>
  isKerasLayer(module) ? (text(module.attributes.get('_path')) ?? text(module.attributes.get('name'))) : undefined;

/** The path of a variable that Keras made. */
export const variablePath = (tensor: PyInstance): string | undefined => text(tensor.attributes.get('path'));

/**
 * Variables of a model once each, and under different names: Keras allows two layers of nested models to have one path.
 */
export function distinctPaths<T extends { readonly name: string; readonly tensor: PyInstance }>(
  entries: readonly T[],
): T[] {
  const tensors = new Set<PyInstance>();
  const uses = new Map<string, number>();
  return entries.flatMap((entry) => {
    if (tensors.has(entry.tensor)) return [];
    tensors.add(entry.tensor);
    const count = (uses.get(entry.name) ?? 0) + 1;
    uses.set(entry.name, count);
    return [count === 1 ? entry : { ...entry, name: `${entry.name}#${count}` }];
  });
}
