/** sorted(): stable, with Python's comparisons. */
import type { Interpreter } from './interpreter';
import { compare } from './operators';
import { PyContainer, PyDict, PyList, PySet, PyTuple, Unknown } from './values';
import type { PyValue } from './values';

/** Items of a built-in container, whatever a derived class's `__iter__` says; others by the protocol. */
export function containerItemsOf(interpreter: Interpreter, value: PyValue): Iterable<PyValue> {
  if (value instanceof PyList || value instanceof PyTuple) return value.items;
  if (value instanceof PyDict) return value.keys();
  if (value instanceof PySet) return value.items();
  return value instanceof PyContainer ? [] : interpreter.iterate(value);
}

/** a < b */
export function isLess(interpreter: Interpreter, a: PyValue, b: PyValue): boolean {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b;
  const less = compare(interpreter, '<', a, b);
  if (less instanceof Unknown)
    return interpreter.stopAtUnknown('the order depends on a value that the source does not determine', less);
  return interpreter.truth(less);
}

export function sortValues(
  interpreter: Interpreter,
  items: readonly PyValue[],
  key: PyValue,
  reverse: boolean,
): PyValue[] {
  const keyed = items.map((item) => ({ item, key: key === null ? item : interpreter.call(key, [item]) }));
  // Reversed order keeps equal items as they are, so the comparison is turned, not the result.
  return mergeSort(keyed, (a, b) => {
    interpreter.step();
    return reverse ? isLess(interpreter, a.key, b.key) : isLess(interpreter, b.key, a.key);
  }).map(({ item }) => item);
}

/** `after(a, b)`: a belongs after b. Uses only this one question, as Python uses only `<`. */
function mergeSort<T>(items: readonly T[], after: (a: T, b: T) => boolean): readonly T[] {
  if (items.length < 2) return items;
  const middle = items.length >> 1;
  const [left, right] = [mergeSort(items.slice(0, middle), after), mergeSort(items.slice(middle), after)];
  const merged: T[] = [];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    const [a, b] = [left[i], right[j]];
    if (a === undefined || b === undefined) break;
    if (after(a, b)) {
      merged.push(b);
      j++;
    } else {
      merged.push(a);
      i++;
    }
  }
  return [...merged, ...left.slice(i), ...right.slice(j)];
}
