/**
 * Keras under all its names (`keras`, `tensorflow.keras`, `keras_core`, …) and what model code uses of TensorFlow: Python
 * source of our own (library/*.py) on the tensors that torch.nn is written with, as Keras's own PyTorch backend is.
 */
import type { Shape } from '../../graph/primitives';
import type { Interpreter } from '../../python/interpreter';
import { PyList, PyModule, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import { kerasSets } from '../../dataset/keras/catalogue';
import type { ModuleRecords } from '../torch/moduleRecords';
import type { ModuleMaker } from '../torch/nnLibrary';
import { openModule } from '../torch/openModule';
import { statedShapes } from '../statedShapes';
import { createStructureModule } from './nestedStructure';
import { openAxesModule } from './openAxes';
import { createResamplingModule } from './resamplingModule';
import { createStoredModule } from './storedModule';
import {
  addedPackages,
  architectures,
  internalInitializers,
  namesOfNumpy,
  nothing,
  operations,
  packageNames,
  packages,
  publishedModels,
  publishedPackages,
  root,
  sharedPackages,
  type Package,
} from './kerasPackages';
import { sources } from './librarySources';

const isPublic = (name: string): boolean => /^[^\W_]/.test(name);

/** What the sources import for their own use. */
const importedNames: ReadonlySet<string> = new Set([
  ...'annotations builtins functools inspect math re torch F init'.split(' '),
  ...'call flatten map_structure path_scope current_path join is_unknown label_classes note_call note_optimizer unknown'.split(
    ' ',
  ),
]);

/** `class Name`, `def name`, `a, b = …` or `a = b = …` at the beginning of a line. */
const definitions = /^(?:(?:class|def) (\w+)|((?:\w+(?:, | = ))*\w+) = )/gm;
const imports = /^from \S+ import (?:\(([^)]*)\)|(.+))/gm;

/** Public names of the top level of a source, which is not run for it: programs need few of the files. */
function definedNames(source: string): ReadonlySet<string> {
  const found = (pattern: RegExp): string[] =>
    [...source.matchAll(pattern)]
      .flatMap(([, ...parts]) => parts.flatMap((part: string | undefined) => part?.split(/,|=/) ?? []))
      .map((name) => name.trim().split(' as ').pop() ?? '')
      .filter(isPublic);
  return new Set([...found(definitions), ...found(imports).filter((name) => !importedNames.has(name))]);
}

const namesOfSource = new Map<string, ReadonlySet<string>>();

/** Known without running the source: programs need few of the files. */
function namesOf(home: string): ReadonlySet<string> {
  const known = namesOfSource.get(home) ?? definedNames(sources[home] ?? '');
  namesOfSource.set(home, known);
  return known;
}

/** A package that gathers the public names of modules; other names are unknown values. */
function gathering(name: string, { from, children = [], aliases = {} }: Package): ModuleMaker {
  return (interpreter: Interpreter): PyModule => {
    const find = (asked: string): PyValue | undefined => {
      const wanted = aliases[asked] ?? asked;
      if (wanted in sources) return interpreter.importModule(`keras.${wanted}`);
      if (children.includes(wanted)) return interpreter.importModule(`${name}.${wanted}`);
      const home = from.find((each) => namesOf(each).has(wanted));
      if (home !== undefined) return interpreter.importModule(`keras.${home}`).attributes.get(wanted);
      if (wanted.startsWith('__')) return undefined;
      return new Unknown(`${name}.${wanted} is not read`, interpreter.currentSpan);
    };
    const names = (): string[] => [...new Set(from.flatMap((home) => [...namesOf(home)]))];
    const made: PyModule = new PyModule(
      name,
      undefined,
      (wanted) => {
        const value = wanted === '__all__' ? new PyList(names()) : wanted === '__version__' ? '3.15.1' : find(wanted);
        if (value !== undefined) made.attributes.set(wanted, value);
        return value;
      },
      names,
    );
    return made;
  };
}

/** A module of `keras.datasets`, whose other functions are unknown. */
const dataSetModule =
  (module: string, set: string): ModuleMaker =>
  (interpreter) =>
    openModule(module, [], (member) =>
      member === 'load_data' ? interpreter.importModule('keras._datasets').attributes.get(set) : undefined,
    )(interpreter);

/** The modules of Keras and TensorFlow, for `InterpreterOptions.libraries`. `stated`: shapes of inputs that somebody who asks for a model says. */
export function createKerasModules(
  records: ModuleRecords,
  openAxes: 'short' | 'long',
  stated: readonly Shape[],
): Map<string, ModuleMaker> {
  const modules = new Map<string, ModuleMaker>([
    ['keras._stored', createStoredModule(records)],
    ['keras._structure', createStructureModule],
    ['keras._resampling', createResamplingModule],
    ['keras._open_axes', openAxesModule(openAxes)],
    ['keras._stated_shapes', statedShapes('keras._stated_shapes', stated)],
  ]);
  for (const [name, source] of Object.entries(sources))
    modules.set(`keras.${name}`, (interpreter) =>
      interpreter.runModule(source, `<keras>/${name.replaceAll('.', '/')}.py`, `keras.${name}`),
    );
  for (const packageName of packageNames) {
    modules.set(packageName, gathering(packageName, root));
    for (const [name, each] of Object.entries(packages))
      modules.set(`${packageName}.${name}`, gathering(`${packageName}.${name}`, each));
    for (const name of Object.keys(kerasSets))
      modules.set(`${packageName}.datasets.${name}`, dataSetModule(`${packageName}.datasets.${name}`, name));
  }
  modules.set(
    'keras_applications',
    gathering('keras_applications', { from: architectures, children: Object.keys(publishedModels) }),
  );
  for (const [name, each] of Object.entries(publishedPackages('')))
    modules.set(`keras_applications.${name}`, gathering(`keras_applications.${name}`, each));
  const functions: Package = { from: ['_tensorflow', '_tf_functions'], children: ['keras', ...sharedPackages] };
  const tensorflowPackages: Readonly<Record<string, Package>> = {
    tensorflow: {
      ...functions,
      children: [...(functions.children ?? []), 'python', 'compat', 'contrib', 'experimental'],
    },
    'tensorflow.experimental': { from: [], children: ['numpy'] },
    'tensorflow.experimental.numpy': { ...operations, aliases: namesOfNumpy },
    'tensorflow.compat': { from: [], children: ['v1', 'v2'] },
    'tensorflow.compat.v1': functions,
    'tensorflow.compat.v2': functions,
    'tensorflow.contrib': { from: [], children: ['keras'] },
    'tensorflow.python': { from: [], children: ['keras', 'ops'] },
    'tensorflow.python.ops': { from: [], children: ['array_ops', 'init_ops', 'init_ops_v2', 'math_ops', 'nn_ops'] },
    'tensorflow.python.ops.array_ops': functions,
    'tensorflow.python.ops.init_ops': internalInitializers,
    'tensorflow.python.ops.init_ops_v2': internalInitializers,
    'tensorflow.python.ops.math_ops': functions,
    'tensorflow.python.ops.nn_ops': { from: ['_tf_nn'] },
  };
  for (const [name, each] of Object.entries(addedPackages)) modules.set(name, gathering(name, each));
  for (const above of ['tensorflow', 'tensorflow.compat.v1', 'tensorflow.compat.v2'])
    for (const name of sharedPackages)
      modules.set(`${above}.${name}`, gathering(`${above}.${name}`, packages[name] ?? nothing));
  for (const [name, each] of Object.entries(tensorflowPackages)) modules.set(name, gathering(name, each));
  return modules;
}
