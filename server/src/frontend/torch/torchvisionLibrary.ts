/**
 * torchvision's model families and building blocks: Python source of our own (library/torchvision/), written from the
 * published architectures, with torchvision's names of classes, arguments and attributes.
 */
import api from './library/torchvision/models/_api.py';
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
import utils from './library/torchvision/models/_utils.py';
import weights from './library/torchvision/models/_weights.py';
import misc from './library/torchvision/ops/misc.py';
import stochasticDepth from './library/torchvision/ops/stochastic_depth.py';
import { definedNames, gatheringModule, submodules } from './gatheringModule';
import type { ModuleMaker } from './nnLibrary';

const familySources: Readonly<Record<string, string>> = {
  alexnet,
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

const operatorSources: Readonly<Record<string, string>> = { misc, stochastic_depth: stochasticDepth };

const publicNames = (module: string, sources: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(sources).flatMap(([name, source]) =>
    definedNames(source)
      .filter((defined) => !defined.startsWith('_'))
      .map((defined): [string, string] => [defined, `${module}.${name}`]),
  );

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
  ]);
  const operators = packageOf('torchvision.ops', operatorSources);
  const source =
    (name: string, text: string): ModuleMaker =>
    (interpreter) =>
      interpreter.runModule(text, `<torchvision>/${name}.py`, name);
  const all: [string, string][] = [
    ...Object.entries(familySources).map(([name, text]): [string, string] => [`torchvision.models.${name}`, text]),
    ...Object.entries(operatorSources).map(([name, text]): [string, string] => [`torchvision.ops.${name}`, text]),
    ['torchvision.models._api', api],
    ['torchvision.models._utils', utils],
    ['torchvision.models._weights', weights],
    ['torchvision.models._divisible', divisible],
  ];
  return new Map<string, ModuleMaker>([
    ...all.map(([name, text]): [string, ModuleMaker] => [name, source(name, text)]),
    [
      'torchvision.models',
      (interpreter) => gatheringModule(interpreter, 'torchvision.models', models, { isOpen: true, ruled: isWeights }),
    ],
    ['torchvision.ops', (interpreter) => gatheringModule(interpreter, 'torchvision.ops', operators, { isOpen: true })],
  ]);
}
