/**
 * Keras under all its names (`keras`, `tensorflow.keras`, `keras_core`, …) and what model code uses of TensorFlow: Python
 * source of our own (library/*.py) on the tensors that torch.nn is written with, as Keras's own PyTorch backend is.
 */
import type { Interpreter } from '../../python/interpreter';
import { PyList, PyModule, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import { kerasSets } from '../../dataset/keras/catalogue';
import type { ModuleRecords } from '../torch/moduleRecords';
import type { ModuleMaker } from '../torch/nnLibrary';
import { openModule } from '../torch/openModule';
import activations from './library/activations.py';
import convnext from './library/applications/convnext.py';
import densenet from './library/applications/densenet.py';
import efficientnet from './library/applications/efficientnet.py';
import imagenet from './library/applications/imagenet.py';
import inception from './library/applications/inception.py';
import mobilenet from './library/applications/mobilenet.py';
import mobilenetV3 from './library/applications/mobilenet_v3.py';
import nasnet from './library/applications/nasnet.py';
import resnet from './library/applications/resnet.py';
import vgg from './library/applications/vgg.py';
import xception from './library/applications/xception.py';
import backend from './library/backend.py';
import callbacks from './library/callbacks.py';
import configurations from './library/configurations.py';
import constraints from './library/constraints.py';
import datasets from './library/datasets.py';
import fitting from './library/fitting.py';
import functionalGraph from './library/functional_graph.py';
import imageDirectories from './library/image_directories.py';
import imageLayout from './library/image_layout.py';
import initializers from './library/initializers.py';
import layer from './library/layer.py';
import activationLayers from './library/layers/activation.py';
import attention from './library/layers/attention.py';
import augmentation from './library/layers/augmentation.py';
import convRecurrent from './library/layers/conv_recurrent.py';
import convolutional from './library/layers/convolutional.py';
import core from './library/layers/core.py';
import merging from './library/layers/merging.py';
import normalization from './library/layers/normalization.py';
import pooling from './library/layers/pooling.py';
import recurrent from './library/layers/recurrent.py';
import recurrentCells from './library/layers/recurrent_cells.py';
import regularization from './library/layers/regularization.py';
import reshaping from './library/layers/reshaping.py';
import separable from './library/layers/separable.py';
import unreadLayers from './library/layers/unread.py';
import lossFunctions from './library/loss_functions.py';
import losses from './library/losses.py';
import metrics from './library/metrics.py';
import mixedPrecision from './library/mixed_precision.py';
import models from './library/models.py';
import naming from './library/naming.py';
import oldNames from './library/old_names.py';
import ops from './library/ops.py';
import opsArrays from './library/ops_arrays.py';
import opsImage from './library/ops_image.py';
import opsLoops from './library/ops_loops.py';
import opsNn from './library/ops_nn.py';
import optimizers from './library/optimizers.py';
import reductions from './library/reductions.py';
import regularizers from './library/regularizers.py';
import resizing from './library/resizing.py';
import schedules from './library/schedules.py';
import scoring from './library/scoring.py';
import sequences from './library/sequences.py';
import symbolic from './library/symbolic.py';
import tensorflow from './library/tensorflow.py';
import tfData from './library/tf_data.py';
import tfFunctions from './library/tf_functions.py';
import tfImage from './library/tf_image.py';
import tfNn from './library/tf_nn.py';
import training from './library/training.py';
import utils from './library/utils.py';
import { createStructureModule } from './nestedStructure';
import { createResamplingModule } from './resamplingModule';
import { createStoredModule } from './storedModule';

/** Modules written here, below `keras`. */
const sources: Readonly<Record<string, string>> = {
  _activations: activations,
  'applications._convnext': convnext,
  'applications._densenet': densenet,
  'applications._efficientnet': efficientnet,
  'applications._imagenet': imagenet,
  'applications._inception': inception,
  'applications._mobilenet': mobilenet,
  'applications._mobilenet_v3': mobilenetV3,
  'applications._nasnet': nasnet,
  'applications._resnet': resnet,
  'applications._vgg': vgg,
  'applications._xception': xception,
  _backend: backend,
  _callbacks: callbacks,
  _configurations: configurations,
  _constraints: constraints,
  _datasets: datasets,
  _fitting: fitting,
  _functional_graph: functionalGraph,
  _image_directories: imageDirectories,
  _image_layout: imageLayout,
  _initializers: initializers,
  _layer: layer,
  'layers._activation': activationLayers,
  'layers._attention': attention,
  'layers._augmentation': augmentation,
  'layers._conv_recurrent': convRecurrent,
  'layers._convolutional': convolutional,
  'layers._core': core,
  'layers._merging': merging,
  'layers._normalization': normalization,
  'layers._pooling': pooling,
  'layers._recurrent': recurrent,
  'layers._recurrent_cells': recurrentCells,
  'layers._regularization': regularization,
  'layers._reshaping': reshaping,
  'layers._separable': separable,
  'layers._unread': unreadLayers,
  _loss_functions: lossFunctions,
  _losses: losses,
  _metrics: metrics,
  _mixed_precision: mixedPrecision,
  _models: models,
  _naming: naming,
  _old_names: oldNames,
  _ops: ops,
  _ops_arrays: opsArrays,
  _ops_image: opsImage,
  _ops_loops: opsLoops,
  _ops_nn: opsNn,
  _optimizers: optimizers,
  _reductions: reductions,
  _regularizers: regularizers,
  _resizing: resizing,
  _schedules: schedules,
  _scoring: scoring,
  _sequences: sequences,
  _symbolic: symbolic,
  _tensorflow: tensorflow,
  _tf_data: tfData,
  _tf_functions: tfFunctions,
  _tf_image: tfImage,
  _tf_nn: tfNn,
  _training: training,
  _utils: utils,
};

const layerSources = Object.keys(sources).filter((name) => name.startsWith('layers.'));

/** A package as code imports it: the modules whose names it has, and its own submodules. */
interface Package {
  readonly from: readonly string[];
  readonly children?: readonly string[];
  /** Names that stand for others of the modules. */
  readonly aliases?: Readonly<Record<string, string>>;
}

const layers: Package = { from: [...layerSources, '_layer'] };
const modelPackage: Package = { from: ['_models', '_configurations', ...layerSources, '_layer'] };
const operations: Package = { from: ['_ops', '_ops_nn', '_ops_loops', '_ops_arrays', '_activations'] };
const nothing: Package = { from: [] };
/** Where Keras 2 has its functions of layouts. */
const layouts: Package = {
  from: ['_image_layout', '_backend'],
  aliases: { normalize_data_format: 'standardize_data_format' },
};

const architectures = Object.keys(sources).filter((name) => name.startsWith('applications.'));

/** Modules of keras.applications, and what their `preprocess_input` does to pixels. */
const publishedModels: Readonly<Record<string, string>> = {
  convnext: 'unchanged',
  densenet: 'standardised',
  efficientnet: 'unchanged',
  efficientnet_v2: 'unchanged',
  imagenet_utils: 'preprocess_input',
  inception_resnet_v2: 'scaled_to_one',
  inception_v3: 'scaled_to_one',
  mobilenet: 'scaled_to_one',
  mobilenet_v2: 'scaled_to_one',
  mobilenet_v3: 'unchanged',
  nasnet: 'scaled_to_one',
  resnet: 'centred_bgr',
  resnet50: 'centred_bgr',
  resnet_v2: 'scaled_to_one',
  vgg16: 'centred_bgr',
  vgg19: 'centred_bgr',
  xception: 'scaled_to_one',
};

/** Modules of keras.utils in Keras 1 and 2. */
const utilities = (
  'conv_utils data_utils generic_utils io_utils layer_utils losses_utils multi_gpu_utils np_utils tf_utils ' +
  'training_utils vis_utils visualize_util'
).split(' ');

const publishedPackages = (above: string): Record<string, Package> =>
  Object.fromEntries(
    Object.entries(publishedModels).map(([name, preprocessing]) => [
      `${above}${name}`,
      {
        from: [...architectures, '_layer'],
        aliases: { preprocess_input: preprocessing, _obtain_input_shape: 'obtain_input_shape' },
      },
    ]),
  );

/** Submodules of `keras`, those of Keras 1 and 2 included; what they do not have is unknown, not absent. */
const packages: Readonly<Record<string, Package>> = {
  activations: { from: ['_activations'] },
  applications: { from: architectures, children: Object.keys(publishedModels) },
  ...publishedPackages('applications.'),
  backend: { from: ['_backend'], children: ['common', 'tensorflow_backend'] },
  'backend.common': layouts,
  'backend.tensorflow_backend': { from: ['_backend'] },
  callbacks: { from: ['_callbacks'] },
  config: { from: ['_image_layout', '_backend'] },
  constraints: { from: ['_constraints'] },
  datasets: { from: [], children: Object.keys(kerasSets) },
  engine: { ...modelPackage, children: ['topology', 'training', 'base_layer', 'network'] },
  'engine.base_layer': modelPackage,
  'engine.base_layer_v1': modelPackage,
  'engine.input_layer': modelPackage,
  'engine.network': modelPackage,
  'engine.sequential': modelPackage,
  'engine.topology': modelPackage,
  'engine.training': modelPackage,
  experimental: nothing,
  initializations: { from: ['_initializers'] },
  initializers: { from: ['_initializers'] },
  layers: {
    ...layers,
    children: [
      'core',
      'convolutional',
      'convolutional_recurrent',
      'local',
      'pooling',
      'normalization',
      'recurrent',
      'embeddings',
      'advanced_activations',
      'noise',
      'wrappers',
      'experimental',
    ],
  },
  'layers.advanced_activations': layers,
  'layers.convolutional': layers,
  'layers.convolutional_recurrent': layers,
  'layers.core': layers,
  'layers.embeddings': layers,
  'layers.experimental': { ...layers, children: ['preprocessing'] },
  'layers.experimental.preprocessing': layers,
  'layers.local': layers,
  'layers.merge': layers,
  'layers.merging': layers,
  'layers.noise': layers,
  'layers.normalization': layers,
  'layers.pooling': layers,
  'layers.recurrent': layers,
  'layers.wrappers': layers,
  losses: { from: ['_losses'] },
  metrics: { from: ['_metrics', '_losses'] },
  mixed_precision: { from: ['_mixed_precision'], children: ['experimental'] },
  'mixed_precision.experimental': { from: ['_mixed_precision'] },
  dtype_policies: { from: ['_mixed_precision'] },
  models: modelPackage,
  objectives: { from: ['_losses'] },
  ops: { ...operations, children: ['image', 'linalg', 'nn', 'numpy'] },
  'ops.image': { from: ['_ops_image'] },
  'ops.linalg': operations,
  'ops.nn': operations,
  'ops.numpy': operations,
  optimizers: { from: ['_optimizers'], children: ['schedules', 'legacy'] },
  'optimizers.legacy': { from: ['_optimizers'] },
  'optimizers.schedules': { from: ['_schedules'] },
  preprocessing: { from: ['_image_directories'], children: ['sequence', 'image'] },
  'preprocessing.image': { from: ['_image_directories'] },
  'preprocessing.sequence': { from: ['_sequences'] },
  random: nothing,
  regularizers: { from: ['_regularizers'] },
  saving: { from: ['_utils'] },
  utils: { from: ['_utils', '_sequences', '_image_directories'], children: utilities },
  ...Object.fromEntries(utilities.map((name) => [`utils.${name}`, { ...layouts, from: ['_utils', ...layouts.from] }])),
};

const root: Package = {
  from: ['_models', '_layer', '_symbolic', '_naming', 'layers._core'],
  children: ['src', ...Object.keys(packages).filter((name) => !name.includes('.'))],
};

/** TensorFlow's own names of packages of its Keras. */
const sharedPackages = ['initializers', 'losses', 'metrics', 'optimizers'];

/** Names of the package in old and new installations. */
const packageNames = [
  ...['keras', 'keras_core', 'tf_keras', 'tensorflow.keras', 'tensorflow.python.keras', 'tensorflow.contrib.keras'],
  ...['tensorflow.compat.v1.keras', 'tensorflow.compat.v2.keras', 'keras.src', 'tf_keras.src'],
];

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

/** The modules of Keras and TensorFlow, for `InterpreterOptions.libraries`. */
export function createKerasModules(records: ModuleRecords): Map<string, ModuleMaker> {
  const modules = new Map<string, ModuleMaker>([
    ['keras._stored', createStoredModule(records)],
    ['keras._structure', createStructureModule],
    ['keras._resampling', createResamplingModule],
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
    tensorflow: { ...functions, children: [...(functions.children ?? []), 'python', 'compat', 'contrib'] },
    'tensorflow.compat': { from: [], children: ['v1', 'v2'] },
    'tensorflow.compat.v1': functions,
    'tensorflow.compat.v2': functions,
    'tensorflow.contrib': { from: [], children: ['keras'] },
    'tensorflow.python': { from: [], children: ['keras'] },
  };
  for (const above of ['tensorflow', 'tensorflow.compat.v1', 'tensorflow.compat.v2'])
    for (const name of sharedPackages)
      modules.set(`${above}.${name}`, gathering(`${above}.${name}`, packages[name] ?? nothing));
  for (const [name, each] of Object.entries(tensorflowPackages)) modules.set(name, gathering(name, each));
  return modules;
}
