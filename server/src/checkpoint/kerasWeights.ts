/**
 * Keras's files of weights: which data set is which variable. Files of Keras 3 number the variables of a layer (`layers/dense/vars/0`,
 * the layer's name is an attribute of `vars`); older ones list layers and weights by name in attributes.
 */
import { branch, plain, type ContentNode } from './contents';
import type { Hdf5Contents, Hdf5Dataset } from './hdf5File';

/** The attribute of a file that is a model, and not weights alone. */
export const MODEL_CONFIG = 'model_config';

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];

const leaf = ({ shape, dtype, named }: Hdf5Dataset): ContentNode =>
  dtype === undefined ? plain('<data that are no numbers>') : { kind: 'tensor', shape, typeName: dtype, named };

/** Variables under `path/of/layers/name`, then what belongs to the optimizer. */
export function kerasContents(contents: Hdf5Contents): ContentNode {
  const { datasets } = contents;
  const isOptimizer = ({ path: [first = ''] }: Hdf5Dataset): boolean => /^optimizer/.test(first);
  const variables = withoutRepeatedKernels(datasets.filter((dataset) => !isOptimizer(dataset)));
  const named = listedByName(contents) ?? variables.map((dataset) => [keyOf(dataset, contents), dataset] as const);
  const optimizer = datasets.filter(isOptimizer).map((dataset) => [dataset.path.join('/'), leaf(dataset)] as const);
  const { keras_version: version, backend, model_config: configuration } = contents.attributes.get('') ?? {};
  return branch([
    ...named.map(([key, dataset]) => [key, leaf(dataset)] as const),
    ...(optimizer.length === 0 ? [] : [['optimizer', branch(optimizer)] as const]),
    ...(typeof version === 'string' ? [['keras_version', plain(version)] as const] : []),
    ...(typeof backend === 'string' ? [['backend', plain(backend)] as const] : []),
    ...(typeof configuration === 'string' ? [[MODEL_CONFIG, plain(classOf(configuration))] as const] : []),
  ]);
}

const normalised = /^(?:.*\/)?spectral_normalization(?:_\d+)?\/vars$/;

/** SpectralNormalization lists the kernel of its layer among its own variables, first: it is left out, and the others count from 0. */
function withoutRepeatedKernels(variables: readonly Hdf5Dataset[]): readonly Hdf5Dataset[] {
  return variables.flatMap((dataset) => {
    const [place, home] = [Number(dataset.path.at(-1)), dataset.path.slice(0, -1)];
    if (!normalised.test(home.join('/'))) return [dataset];
    return place === 0 ? [] : [{ ...dataset, path: [...home, String(place - 1)] }];
  });
}

/** The class of the model whose configuration this is: the whole text is long. */
const classOf = (configuration: string): string => /"class_name":\s*"(\w+)"/.exec(configuration)?.[1] ?? 'a model';

/** By the attributes `layer_names` and `weight_names`, in their order; undefined where there are none. */
function listedByName({ attributes, datasets }: Hdf5Contents): (readonly [string, Hdf5Dataset])[] | undefined {
  const home = ['model_weights', ''].find((path) => texts(attributes.get(path)?.['layer_names']).length > 0);
  if (home === undefined) return undefined;
  const byPath = new Map(datasets.map((dataset) => [dataset.path.join('/'), dataset]));
  const taken = new Set<string>();
  // A layer of the model that a nested model has, too, is listed in both: there the file has two layers.
  const keyIn = (layer: string, name: string): string => (taken.has(name) ? `${layer}/${name}` : name);
  return texts(attributes.get(home)?.['layer_names']).flatMap((layer) => {
    const group = home === '' ? layer : `${home}/${layer}`;
    return texts(attributes.get(group)?.['weight_names']).flatMap((weight) => {
      const dataset = byPath.get(`${group}/${weight}`);
      if (dataset === undefined) return [];
      const key = keyIn(layer, weight.replace(/:\d+$/, ''));
      taken.add(key);
      return [[key, dataset] as const];
    });
  });
}

/** The layers' names in place of the groups', lists of layers left out, and the number of the variable. */
function keyOf({ path }: Hdf5Dataset, { attributes }: Hdf5Contents): string {
  const at = path.lastIndexOf('vars');
  if (at < 0) return path.join('/');
  const names = path.slice(0, at).flatMap((_, i) => {
    const own = attributes.get([...path.slice(0, i + 1), 'vars'].join('/'));
    if (own === undefined) return [];
    return [typeof own['name'] === 'string' ? own['name'] : (path[i] ?? '')];
  });
  return [...names, ...path.slice(at + 1)].join('/');
}
