/** How many layers of each class a program has made: the numbers in their names. */
import type { Interpreter } from '../../python/interpreter';
import { PyDict, PyModule } from '../../python/values';

/** Modules that count, each in a dictionary of this name: TensorFlow.js has names of its own. */
const COUNTING = ['_tfjs_arguments', 'keras._naming'];
const COUNTS = '_counts';

/** The dictionaries of numbers by class, of the modules that are loaded. */
export const layerCounts = (interpreter: Interpreter): PyDict[] =>
  COUNTING.flatMap((name) => {
    const module = interpreter.modules.get(name);
    const found = module instanceof PyModule ? module.attributes.get(COUNTS) : undefined;
    return found instanceof PyDict ? [found] : [];
  });
