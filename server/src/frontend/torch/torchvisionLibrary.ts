/**
 * torchvision's model families and building blocks: Python source of our own (library/torchvision/), written from the
 * published architectures, with torchvision's names of classes, arguments and attributes.
 */
import api from './library/torchvision/models/_api.py';
import convnext from './library/torchvision/models/convnext.py';
import efficientnet from './library/torchvision/models/efficientnet.py';
import maxvit from './library/torchvision/models/maxvit.py';
import regnet from './library/torchvision/models/regnet.py';
import swin from './library/torchvision/models/swin_transformer.py';
import visionTransformer from './library/torchvision/models/vision_transformer.py';
import deeplabv3 from './library/torchvision/models/segmentation/deeplabv3.py';
import fcn from './library/torchvision/models/segmentation/fcn.py';
import lraspp from './library/torchvision/models/segmentation/lraspp.py';
import segmentationModel from './library/torchvision/models/segmentation/_utils.py';
import divisible from './library/torchvision/models/_divisible.py';
import alexnet from './library/torchvision/models/alexnet.py';
import densenet from './library/torchvision/models/densenet.py';
import googlenet from './library/torchvision/models/googlenet.py';
import inception from './library/torchvision/models/inception.py';
import mnasnet from './library/torchvision/models/mnasnet.py';
import mobilenetv2 from './library/torchvision/models/mobilenetv2.py';
import mobilenetv3 from './library/torchvision/models/mobilenetv3.py';
import resnet from './library/torchvision/models/resnet.py';
import shufflenetv2 from './library/torchvision/models/shufflenetv2.py';
import squeezenet from './library/torchvision/models/squeezenet.py';
import vgg from './library/torchvision/models/vgg.py';
import featureExtraction from './library/torchvision/models/feature_extraction.py';
import utils from './library/torchvision/models/_utils.py';
import weights from './library/torchvision/models/_weights.py';
import featurePyramid from './library/torchvision/ops/feature_pyramid_network.py';
import misc from './library/torchvision/ops/misc.py';
import stochasticDepth from './library/torchvision/ops/stochastic_depth.py';
import { definedNames, gatheringModule, submodules } from './gatheringModule';
import type { ModuleMaker } from './nnLibrary';

const familySources: Readonly<Record<string, string>> = {
  alexnet,
  convnext,
  efficientnet,
  maxvit,
  regnet,
  swin_transformer: swin,
  vision_transformer: visionTransformer,
  densenet,
  googlenet,
  inception,
  mnasnet,
  mobilenetv2,
  mobilenetv3,
  resnet,
  shufflenetv2,
  squeezenet,
  vgg,
};

const segmentationSources: Readonly<Record<string, string>> = { deeplabv3, fcn, lraspp };

const operatorSources: Readonly<Record<string, string>> = {
  misc,
  stochastic_depth: stochasticDepth,
  feature_pyramid_network: featurePyramid,
};

const publicNames = (module: string, sources: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(sources).flatMap(([name, source]) =>
    definedNames(source)
      .filter((defined) => !defined.startsWith('_'))
      .map((defined): [string, string] => [defined, `${module}.${name}`]),
  );

const inPackage = (module: string, sources: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(sources).map(([name, text]) => [`${module}.${name}`, text]);

/** A package: its submodules, and the public names of all of them, of which a function wins over the module it is in. */
const packageOf = (module: string, sources: Readonly<Record<string, string>>): Map<string, string> =>
  new Map([...submodules(module, Object.keys(sources)), ...publicNames(module, sources)]);

const isWeights = (name: string): string | undefined =>
  name.endsWith('_Weights') ? 'torchvision.models._weights' : undefined;

/** What is written here of `torchvision.models` and `torchvision.ops`; their other members are unknown values. */
export function createTorchvisionModels(): Map<string, ModuleMaker> {
  const models = new Map([
    ...packageOf('torchvision.models', familySources),
    ...publicNames('torchvision.models', { _api: api }),
    ...submodules('torchvision.models', ['segmentation', 'feature_extraction']),
  ]);
  const segmentation = packageOf('torchvision.models.segmentation', segmentationSources);
  const operators = packageOf('torchvision.ops', operatorSources);
  const source =
    (name: string, text: string): ModuleMaker =>
    (interpreter) =>
      interpreter.runModule(text, `<torchvision>/${name}.py`, name);
  const all: [string, string][] = [
    ...inPackage('torchvision.models', familySources),
    ...inPackage('torchvision.models.segmentation', segmentationSources),
    ...inPackage('torchvision.ops', operatorSources),
    ['torchvision.models.segmentation._utils', segmentationModel],
    ['torchvision.models._api', api],
    ['torchvision.models.feature_extraction', featureExtraction],
    ['torchvision.models._utils', utils],
    ['torchvision.models._weights', weights],
    ['torchvision.models._divisible', divisible],
  ];
  const gathering = (
    name: string,
    homes: ReadonlyMap<string, string>,
    ruled?: typeof isWeights,
  ): [string, ModuleMaker] => [
    name,
    (interpreter) =>
      gatheringModule(interpreter, name, homes, { isOpen: true, ...(ruled === undefined ? {} : { ruled }) }),
  ];
  return new Map<string, ModuleMaker>([
    ...all.map(([name, text]): [string, ModuleMaker] => [name, source(name, text)]),
    gathering('torchvision.models', models, isWeights),
    gathering('torchvision.models.segmentation', segmentation, isWeights),
    gathering('torchvision.ops', operators),
  ]);
}
