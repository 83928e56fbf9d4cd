/** The numbers in the names of layers, which count what a program makes: what a trial in vain made does not count. */
import { PyDict, PyModule } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { Session } from '../torch/session';

/** Modules that count, each in a dictionary of this name. */
const COUNTING = ['_tfjs_arguments', 'keras._naming'];
const COUNTS = '_counts';

/** Remembers how far the numbers are; what is returned brings them back there. */
export function layerNumbers({ interpreter }: Session): () => void {
  const counts = (): [string, PyDict][] =>
    COUNTING.flatMap((name) => {
      const module = interpreter.modules.get(name);
      const found = module instanceof PyModule ? module.attributes.get(COUNTS) : undefined;
      return found instanceof PyDict ? [[name, found]] : [];
    });
  const before = new Map<string, readonly (readonly [PyValue, PyValue])[]>(
    counts().map(([name, found]) => [name, found.entries()]),
  );
  return () => {
    for (const [name, found] of counts()) {
      found.clear();
      for (const [key, value] of before.get(name) ?? []) found.set(key, value);
    }
  };
}
