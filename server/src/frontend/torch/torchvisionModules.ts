/** The part of torchvision that training scripts state facts with: data sets by name, and the normalisation of inputs. */
import { native } from '../../python/native';
import { PyDict, PyTuple, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import { keyText } from './keyText';
import type { ModuleRecords } from './moduleRegistry';
import type { ModuleMaker } from './nnLibrary';
import { openModule } from './openModule';

const submodules = ['transforms', 'datasets', 'models', 'utils', 'ops', 'io'];

export function createTorchvisionModules(records: ModuleRecords): Map<string, ModuleMaker> {
  const nothing = (): undefined => undefined;
  /** A call that is noted and gives an unknown object. */
  const recorder = (kind: string, name: string, parameters: readonly string[]): PyValue =>
    native(`${name}(*args, **kwargs)`, ({ args, kwargs }, interpreter) => {
      const noted = new Map<string, PyValue>([['name', name]]);
      (args instanceof PyTuple ? args.items : []).forEach((value, i) => noted.set(parameters[i] ?? String(i), value));
      for (const [key, value] of kwargs instanceof PyDict ? kwargs.entries() : []) noted.set(keyText(key), value);
      records.libraryCalls.push({ kind, args: noted, span: interpreter.currentSpan, instance: null });
      return new Unknown(`torchvision's ${name}`, interpreter.currentSpan);
    });
  const transform = (name: string): PyValue | undefined =>
    name === 'Normalize' ? recorder('Normalize', name, ['mean', 'std']) : undefined;
  const dataset = (name: string): PyValue | undefined =>
    /^[A-Z]/.test(name) ? recorder('dataset', name, ['root', 'train']) : undefined;
  return new Map<string, ModuleMaker>([
    ['torchvision', openModule('torchvision', submodules, nothing)],
    ['torchvision.transforms', openModule('torchvision.transforms', ['functional', 'v2', 'transforms'], transform)],
    ['torchvision.transforms.transforms', openModule('torchvision.transforms.transforms', [], transform)],
    ['torchvision.transforms.v2', openModule('torchvision.transforms.v2', ['functional'], transform)],
    ['torchvision.datasets', openModule('torchvision.datasets', [], dataset)],
    ...['models', 'utils', 'ops', 'io', 'transforms.functional', 'transforms.v2.functional'].map(
      (name): [string, ModuleMaker] => [`torchvision.${name}`, openModule(`torchvision.${name}`, [], nothing)],
    ),
  ]);
}
