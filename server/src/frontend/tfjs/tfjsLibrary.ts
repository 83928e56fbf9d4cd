/** `@tensorflow/tfjs` for the interpreter: Python source of our own over the layers of Keras; names it lacks are unknown, not absent. */
import { javascriptModules } from '../../javascript/runtime';
import { PyModule, Unknown } from '../../python/values';
import type { ModuleMaker } from '../torch/nnLibrary';
import tfjs from './library/tfjs.py';

const tensorflow: ModuleMaker = (interpreter) => {
  const source = interpreter.runLibrarySource(tfjs, '<tfjs>/tfjs.py', '_tfjs');
  return new PyModule(
    'tfjs',
    undefined,
    (name) =>
      source.attributes.get(name) ??
      (name.startsWith('__') ? undefined : new Unknown(`tf.${name} is not read`, interpreter.currentSpan)),
  );
};

export const createTfjsModules = (): Map<string, ModuleMaker> => new Map([...javascriptModules, ['tfjs', tensorflow]]);
