/** torchvision's modules: those that training scripts state facts with, the models, and the rest, whose members are unknown. */
import type { ModuleRecords } from './moduleRecords';
import type { ModuleMaker } from './nnLibrary';
import { openModule } from './openModule';
import { createTorchvisionDataModules } from './torchvisionData';
import { createTorchvisionModels } from './torchvisionLibrary';

const submodules = ['transforms', 'datasets', 'models', 'utils', 'ops', 'io'];

export function createTorchvisionModules(records: ModuleRecords): Map<string, ModuleMaker> {
  const nothing = (): undefined => undefined;
  return new Map<string, ModuleMaker>([
    ['torchvision', openModule('torchvision', submodules, nothing)],
    ...createTorchvisionDataModules(records),
    ...createTorchvisionModels(),
    ...['utils', 'io', 'transforms.functional', 'transforms.v2.functional'].map((name): [string, ModuleMaker] => [
      `torchvision.${name}`,
      openModule(`torchvision.${name}`, [], nothing),
    ]),
  ]);
}
