/**
 * `torch.nn` and its relatives: Python source of our own (library/*.py), run by the interpreter when a class of it
 * is first used. That gives defaults, keyword arguments, subclassing and attribute names for free.
 */
import type { Interpreter } from '../../python/interpreter';
import type { PyModule } from '../../python/values';
import activation from './library/activation.py';
import adaptive from './library/adaptive.py';
import attention from './library/attention.py';
import batchnorm from './library/batchnorm.py';
import container from './library/container.py';
import complexTensors from './library/complex.py';
import conv from './library/conv.py';
import data from './library/utils/data.py';
import distributions from './library/distributions.py';
import distance from './library/distance.py';
import dropout from './library/dropout.py';
import einops from './library/einops.py';
import einopsLayers from './library/einops_layers.py';
import fft from './library/fft.py';
import flatten from './library/flatten.py';
import fold from './library/fold.py';
import instancenorm from './library/instancenorm.py';
import lazy from './library/lazy.py';
import lightning from './library/lightning.py';
import linear from './library/linear.py';
import loss from './library/loss.py';
import lrScheduler from './library/optim/lr_scheduler.py';
import module from './library/module.py';
import normalization from './library/normalization.py';
import optimizers from './library/optim/optimizers.py';
import padding from './library/padding.py';
import parallel from './library/parallel.py';
import parametrizations from './library/utils/parametrizations.py';
import parametrize from './library/utils/parametrize.py';
import pixelshuffle from './library/pixelshuffle.py';
import pooling from './library/pooling.py';
import rnn from './library/rnn.py';
import sizes from './library/sizes.py';
import sparse from './library/sparse.py';
import timmLayers from './library/timm_layers.py';
import timmTraining from './library/timm_training.py';
import timmVisionTransformer from './library/timm_vision_transformer.py';
import transformer from './library/transformer.py';
import upsampling from './library/upsampling.py';
import utils from './library/utils/utils.py';
import yacsConfig from './library/yacs_config.py';
import utilsRnn from './library/utils/rnn.py';
import { definedNames, gatheringModule, submodules } from './gatheringModule';
import { createRegistryModule } from './moduleRegistry';
import type { ModuleRecords } from './moduleRecords';
import { numpyModules } from './numpyLibrary';

/** Modules of `torch.nn.modules`, by PyTorch's own names. */
const layerSources: Readonly<Record<string, string>> = {
  activation,
  adaptive,
  batchnorm,
  container,
  conv,
  distance,
  dropout,
  flatten,
  fold,
  instancenorm,
  lazy,
  linear,
  loss,
  module,
  normalization,
  padding,
  pixelshuffle,
  pooling,
  rnn,
  sparse,
  transformer,
  upsampling,
  utils: sizes,
};

const layerModule = (name: string): string => `torch.nn.modules.${name}`;

/** Public class name → module of torch.nn.modules that defines it. */
const homeOf = new Map<string, string>(
  Object.entries(layerSources)
    .filter(([name]) => name !== 'utils')
    .flatMap(([name, source]) =>
      definedNames(source)
        .filter((defined) => !defined.startsWith('_'))
        .map((defined) => [defined, layerModule(name)] as const),
    ),
);

/** `=name` marks a submodule instead of a member. */
const nnHomes = new Map<string, string>([
  ...homeOf,
  ['Parameter', 'torch.nn.parameter'],
  ['Buffer', 'torch.nn.parameter'],
  ['UninitializedParameter', 'torch.nn.parameter'],
  ['UninitializedBuffer', 'torch.nn.parameter'],
  ['DataParallel', 'torch.nn.parallel'],
  ['functional', '=torch.nn.functional'],
  ['init', '=torch.nn.init'],
  ['parameter', '=torch.nn.parameter'],
  ['modules', '=torch.nn.modules'],
  ['utils', '=torch.nn.utils'],
  ['parallel', '=torch.nn.parallel'],
  ['attention', '=torch.nn.attention'],
]);

const distributionHomes = definedNames(distributions).map((name) => [name, 'torch._distributions'] as const);

/** Modules of `torch.distributions`, which is one source here. */
const distributionModules = [
  'distribution',
  'normal',
  'laplace',
  'uniform',
  'bernoulli',
  'categorical',
  'one_hot_categorical',
  'independent',
  'kl',
];

/** Packages of which only a part is written here: what else they have is not known to be absent. */
const isPartial = (name: string): boolean => /^(timm|torch\.distributions)(\.|$)/.test(name);

const gathered: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  'torch.nn': nnHomes,
  'torch.nn.modules': new Map([...homeOf, ...submodules('torch.nn.modules', Object.keys(layerSources))]),
  'torch.nn.utils': new Map([
    ...definedNames(utils).map((name) => [name, 'torch.nn.utils.utils'] as const),
    ...submodules('torch.nn.utils', ['rnn', 'parametrize', 'parametrizations']),
    ['clip_grad', '=torch.nn.utils.utils'],
    ['weight_norm', 'torch.nn.utils.utils'],
    ['spectral_norm', 'torch.nn.utils.utils'],
  ]),
  'einops.layers': new Map(submodules('einops.layers', ['torch'])),
  timm: new Map([
    ...submodules('timm', ['layers', 'models', 'optim', 'scheduler', 'loss']),
    ['create_model', 'timm.layers'],
  ]),
  'timm.models': new Map([
    ['layers', '=timm.layers'],
    ['registry', '=timm.layers'],
    ['register_model', 'timm.layers'],
    ['create_model', 'timm.layers'],
    ['vision_transformer', '=timm.models.vision_transformer'],
    ['VisionTransformer', 'timm.models._vision_transformer'],
  ]),
  'timm.models.vision_transformer': new Map([
    ...definedNames(timmVisionTransformer).map((name) => [name, 'timm.models._vision_transformer'] as const),
    ...definedNames(timmLayers).map((name) => [name, 'timm.layers'] as const),
  ]),
  ...Object.fromEntries(
    ['timm.optim', 'timm.scheduler', 'timm.loss'].map((name) => [
      name,
      new Map(definedNames(timmTraining).map((member) => [member, 'timm._training'] as const)),
    ]),
  ),
  'timm.models.efficientnet_blocks': new Map([['SqueezeExcite', 'timm.layers']]),
  'torch.distributions': new Map([...distributionHomes, ...submodules('torch.distributions', distributionModules)]),
  ...Object.fromEntries(distributionModules.map((name) => [`torch.distributions.${name}`, new Map(distributionHomes)])),
  yacs: new Map(submodules('yacs', ['config'])),
  'torch.optim': new Map([
    ...definedNames(optimizers).map((name) => [name, 'torch.optim.optimizer'] as const),
    ...submodules('torch.optim', ['lr_scheduler', 'optimizer']),
    ['swa_utils', '=torch.optim.lr_scheduler'],
  ]),
};

const sources: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(layerSources).map(([name, source]) => [layerModule(name), source])),
  einops,
  'einops.layers.torch': einopsLayers,
  'timm._training': timmTraining,
  'timm.layers': timmLayers,
  'timm.models._vision_transformer': timmVisionTransformer,
  'lightning._parts': lightning,
  'torch._complex': complexTensors,
  'torch._distributions': distributions,
  'torch.fft': fft,
  'torch.nn.attention': attention,
  'torch.nn.parallel': parallel,
  'torch.nn.utils.utils': utils,
  'torch.nn.utils.rnn': utilsRnn,
  'torch.nn.utils.parametrize': parametrize,
  'torch.nn.utils.parametrizations': parametrizations,
  'torch.optim.optimizer': optimizers,
  'torch.optim.lr_scheduler': lrScheduler,
  'torch.utils.data': data,
  'yacs.config': yacsConfig,
};

/** Lightning under the names it has had; what is not written here is unknown. */
const lightningPackages = ['pytorch_lightning', 'lightning.pytorch', 'lightning'];
const lightningHomes = new Map([
  ...definedNames(lightning)
    .filter((name) => !name.startsWith('_'))
    .map((name) => [name, 'lightning._parts'] as const),
]);

/** Other names of the same modules. */
const aliases: Readonly<Record<string, string>> = {
  'timm.models.layers': 'timm.layers',
  'timm.models.registry': 'timm.layers',
  'timm.optim.optim_factory': 'timm.optim',
  'timm.scheduler.scheduler_factory': 'timm.scheduler',
  'timm.models._efficientnet_blocks': 'timm.models.efficientnet_blocks',
  'torch.nn.attention.flex_attention': 'torch.nn.attention',
  'torch.nn.utils.clip_grad': 'torch.nn.utils.utils',
  'torch.nn.utils.convert_parameters': 'torch.nn.utils.utils',
  'torch.nn.utils.weight_norm': 'torch.nn.utils.utils',
  'torch.nn.utils.spectral_norm': 'torch.nn.utils.utils',
  'torch.nn.parallel.distributed': 'torch.nn.parallel',
  'torch.nn.parallel.data_parallel': 'torch.nn.parallel',
  'torch.utils.data.dataloader': 'torch.utils.data',
  'torch.utils.data.dataset': 'torch.utils.data',
  'torch.utils.data.distributed': 'torch.utils.data',
  'torch.utils.data.sampler': 'torch.utils.data',
  'torch.optim.sgd': 'torch.optim.optimizer',
  'torch.optim.adam': 'torch.optim.optimizer',
  'torch.optim.adamw': 'torch.optim.optimizer',
};

const lightningSubmodules = (name: string): [string, string][] =>
  name === 'lightning' ? [['pytorch', '=lightning.pytorch']] : [];

export type ModuleMaker = (interpreter: Interpreter) => PyModule;

/** The modules written here, for `InterpreterOptions.libraries`. `torch`, `torch.nn.functional`, … come from functions/. */
export function createNnModules(records: ModuleRecords): Map<string, ModuleMaker> {
  const modules = new Map<string, ModuleMaker>();
  modules.set('torch._registry', (interpreter) => createRegistryModule(interpreter, records));
  for (const [name, source] of Object.entries(sources))
    modules.set(name, (interpreter) => interpreter.runModule(source, `<torch>/${name}.py`, name));
  for (const [name, homes] of Object.entries(gathered))
    modules.set(name, (interpreter) => gatheringModule(interpreter, name, homes, { isOpen: isPartial(name) }));
  for (const name of lightningPackages)
    modules.set(name, (interpreter) =>
      gatheringModule(interpreter, name, new Map([...lightningHomes, ...lightningSubmodules(name)]), { isOpen: true }),
    );
  for (const [name, make] of numpyModules()) modules.set(name, make);
  for (const [name, target] of Object.entries(aliases))
    modules.set(name, (interpreter) => interpreter.importModule(target));
  return modules;
}
