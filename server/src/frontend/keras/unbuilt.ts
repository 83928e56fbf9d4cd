/** A model of Keras as it was before a call that failed: what the call built is of sizes that are not the model's. */
import { PyDict, PyList } from '../../python/values';
import type { PyInstance, PyValue } from '../../python/values';
import { namedModules } from '../torch/stateDict';

/** Gives what brings back the state of all layers as it is now. */
export function savedState(root: PyInstance): () => void {
  const saved = namedModules(root, false).map(({ module: { attributes } }) => {
    const before = [...attributes];
    const contents = before.map(([, value]) => contentOf(value));
    return (): void => {
      attributes.clear();
      for (const [name, value] of before) attributes.set(name, value);
      for (const restore of contents) restore();
    };
  });
  return () => {
    for (const restore of saved) restore();
  };
}

function contentOf(value: PyValue): () => void {
  if (value instanceof PyList) {
    const items = [...value.items];
    return () => {
      value.items.splice(0, Infinity, ...items);
    };
  }
  if (value instanceof PyDict) {
    const entries = value.entries();
    return () => {
      value.clear();
      for (const [key, item] of entries) value.set(key, item);
    };
  }
  return () => undefined;
}
