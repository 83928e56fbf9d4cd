/** Packages around a training of which the sizes and settings of models follow: environments and trackers of experiments. */
import gym from './library/gym.py';
import wandb from './library/wandb.py';
import type { ModuleMaker } from './nnLibrary';

const sources: Readonly<Record<string, string>> = { gym, wandb };

/** Other names, and submodules, which have the members of the package. */
const aliases: Readonly<Record<string, string>> = {
  gymnasium: 'gym',
  'gym.spaces': 'gym',
  'gymnasium.spaces': 'gym',
  'gym.wrappers': 'gym',
  'gymnasium.wrappers': 'gym',
  'wandb.keras': 'wandb',
  'wandb.integration': 'wandb',
  'wandb.integration.keras': 'wandb',
};

/** For `InterpreterOptions.libraries`. */
export function createExperimentModules(): Map<string, ModuleMaker> {
  const modules = new Map<string, ModuleMaker>();
  for (const [name, source] of Object.entries(sources))
    modules.set(name, (interpreter) => interpreter.runModule(source, `<${name}>/${name}.py`, name));
  for (const [name, target] of Object.entries(aliases))
    modules.set(name, (interpreter) => interpreter.importModule(target));
  return modules;
}
