/** Packages of Keras, TensorFlow and what adds to them, under their old and new names: which modules of the library have their names. */
import { kerasSets } from '../../dataset/keras/catalogue';
import { sources } from './librarySources';

const layerSources = Object.keys(sources).filter((name) => name.startsWith('layers.'));

/** A package as code imports it: the modules whose names it has, and its own submodules. */
export interface Package {
  readonly from: readonly string[];
  readonly children?: readonly string[];
  /** Names that stand for others of the modules. */
  readonly aliases?: Readonly<Record<string, string>>;
}

const layers: Package = { from: [...layerSources, '_layer'] };
/** Where Keras 2 has its merging layers and their base class. */
const merges: Package = { ...layers, aliases: { _Merge: 'OwnMerge' } };
const modelPackage: Package = { from: ['_models', '_configurations', '_written_models', ...layerSources, '_layer'] };
export const operations: Package = { from: ['_ops', '_ops_nn', '_ops_loops', '_ops_arrays', '_activations'] };
/** What `tensorflow.experimental.numpy` calls otherwise than `keras.ops`. */
export const namesOfNumpy = { asarray: 'convert_to_tensor' } as const;
/** TensorFlow's own modules of initialisers, which programs import from inside of it. */
export const internalInitializers: Package = {
  from: ['_initializers'],
  aliases: { glorot_normal_initializer: 'GlorotNormal', glorot_uniform_initializer: 'GlorotUniform' },
};
export const nothing: Package = { from: [] };
/** Where Keras 2 has its functions of layouts. */
const layouts: Package = {
  from: ['_image_layout', '_backend'],
  aliases: { normalize_data_format: 'standardize_data_format' },
};

export const architectures = Object.keys(sources).filter((name) => name.startsWith('applications.'));

/** Modules of keras.applications, and what their `preprocess_input` does to pixels. */
export const publishedModels: Readonly<Record<string, string>> = {
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

export const publishedPackages = (above: string): Record<string, Package> =>
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
export const packages: Readonly<Record<string, Package>> = {
  activations: { from: ['_activations'] },
  applications: { from: architectures, children: Object.keys(publishedModels) },
  ...publishedPackages('applications.'),
  backend: { from: ['_backend', '_variable'], children: ['common', 'tensorflow_backend'] },
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
  initializations: { from: ['_initializations', '_initializers'] },
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
  'layers.merge': merges,
  'layers.merging': merges,
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
  // `keras.ops.backend`, `core` and `math` are modules that code reaches through the package.
  ops: { ...operations, children: ['backend', 'core', 'image', 'linalg', 'math', 'nn', 'numpy'] },
  'ops.backend': operations,
  'ops.core': operations,
  'ops.math': operations,
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
  random: { from: ['_random'] },
  regularizers: { from: ['_regularizers'] },
  saving: { from: ['_utils', '_written_models'] },
  utils: { from: ['_utils', '_sequences', '_image_directories'], children: utilities },
  ...Object.fromEntries(utilities.map((name) => [`utils.${name}`, { ...layouts, from: ['_utils', ...layouts.from] }])),
};

const contributed = (children: readonly string[]): Package => ({
  from: ['_addons'],
  children,
  aliases: { InstanceNormalization: 'ContribInstanceNormalization' },
});

export const root: Package = {
  from: ['_models', '_layer', '_symbolic', '_naming', 'layers._core', '_variable'],
  children: ['src', ...Object.keys(packages).filter((name) => !name.includes('.'))],
};

/** Packages that add layers to Keras 2. */
export const addedPackages: Readonly<Record<string, Package>> = {
  tensorflow_addons: { from: [], children: ['activations', 'layers', 'optimizers'] },
  'tensorflow_addons.activations': { from: ['_activations'] },
  'tensorflow_addons.layers': { from: ['_addons', 'layers._pooling', 'layers._normalization'] },
  'tensorflow_addons.optimizers': { from: ['_addons'] },
  keras_contrib: { from: [], children: ['layers'] },
  'keras_contrib.layers': contributed(['normalization']),
  'keras_contrib.layers.normalization': contributed(['instancenormalization']),
  'keras_contrib.layers.normalization.instancenormalization': contributed([]),
};

/** TensorFlow's own names of packages of its Keras. */
export const sharedPackages = ['initializers', 'losses', 'metrics', 'optimizers'];

/** Names of the package in old and new installations. */
export const packageNames = [
  ...['keras', 'keras_core', 'tf_keras', 'tensorflow.keras', 'tensorflow.python.keras', 'tensorflow.contrib.keras'],
  ...['tensorflow.compat.v1.keras', 'tensorflow.compat.v2.keras', 'keras.src', 'tf_keras.src'],
];
