/** A dictionary key or name as text: the keys of modules, keyword arguments and outputs are strings or numbers. */
import type { PyValue } from '../../python/values';

export function keyText(key: PyValue | undefined): string {
  if (key === undefined) return '';
  return typeof key === 'object' ? (key?.typeName ?? 'None') : String(key);
}
