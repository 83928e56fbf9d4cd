/** `@tensorflow/tfjs` for the interpreter: Python sources of our own over the layers of Keras; names they lack are unknown, not absent. */
import type { Shape } from '../../graph/primitives';
import { javascriptModules } from '../../javascript/runtime';
import { PyModule, Unknown } from '../../python/values';
import type { ModuleRecords } from '../torch/moduleRecords';
import type { ModuleMaker } from '../torch/nnLibrary';
import { createTablesModule } from './csvTable';
import argumentsOfLayers from './library/arguments.py';
import configurations from './library/configurations.py';
import data from './library/data.py';
import digits from './library/digits.py';
import functions from './library/functions.py';
import layers from './library/layers.py';
import losses from './library/losses.py';
import masks from './library/masks.py';
import models from './library/models.py';
import neural from './library/neural.py';
import pretrained from './library/pretrained.py';
import penalties from './library/penalties.py';
import resizing from './library/resizing.py';
import tensors from './library/tensors.py';
import tfjs from './library/tfjs.py';
import training from './library/training.py';
import utilities from './library/utilities.py';
import { whyRefused } from './refusedNames';
import { statedShapes } from '../statedShapes';

/** Modules by what follows `_tfjs_` in their names. */
const sources: Readonly<Record<string, string>> = {
  arguments: argumentsOfLayers,
  configurations,
  data,
  digits,
  functions,
  layers,
  losses,
  masks,
  models,
  neural,
  pretrained,
  penalties,
  resizing,
  tensors,
  training,
  utilities,
};

/** Names that few programs use, by the modules that have them, which are read when they are asked for. */
const seldom: Readonly<Record<string, string>> = { data: '_tfjs_data' };

const tensorflow: ModuleMaker = (interpreter) => {
  const source = interpreter.runLibrarySource(tfjs, '<tfjs>/tfjs.py', '_tfjs');
  const unread = (name: string): Unknown => {
    const reason = whyRefused(name);
    return new Unknown(`tf.${name} is not read${reason === undefined ? '' : `: ${reason}`}`, interpreter.currentSpan);
  };
  const module: PyModule = new PyModule('tfjs', undefined, (name) => {
    // What `import tf from` gives.
    if (name === 'default') return module;
    const home = seldom[name];
    if (home !== undefined) return interpreter.getAttribute(interpreter.importModule(home), name);
    return source.attributes.get(name) ?? (name.startsWith('__') ? undefined : unread(name));
  });
  return module;
};

/** `stated`: what somebody who asks for a model says of the shapes of its inputs. */
export const createTfjsModules = (records: ModuleRecords, stated: readonly Shape[]): Map<string, ModuleMaker> =>
  new Map([
    ...javascriptModules,
    ...Object.entries(sources).map(([name, text]): [string, ModuleMaker] => [
      `_tfjs_${name}`,
      (interpreter) => interpreter.runLibrarySource(text, `<tfjs>/${name}.py`, `_tfjs_${name}`),
    ]),
    ['_tfjs_inputs', statedShapes('_tfjs_inputs', stated)],
    ['_tfjs_tables', createTablesModule(records)],
    ['tfjs', tensorflow],
  ]);
