/** The sources of the library, by the names of their modules below `keras`. */
import activations from './library/activations.py';
import addons from './library/addons.py';
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
import initializations from './library/initializations.py';
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
import random from './library/random.py';
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
import variable from './library/variable.py';
import writtenModels from './library/written_models.py';

export const sources: Readonly<Record<string, string>> = {
  _activations: activations,
  _addons: addons,
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
  _initializations: initializations,
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
  _random: random,
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
  _variable: variable,
  _written_models: writtenModels,
};
