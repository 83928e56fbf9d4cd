/** Names of attributes, for dir() and vars(). */
import { PyClass, PyContainer, PyFunction, PyInstance, PyModule } from '../values';
import type { PyValue } from '../values';
import { typeOf } from './types';

/** Own attributes that `vars(value)` shows; undefined for values without a `__dict__`. */
export function ownAttributes(value: PyValue): Map<string, PyValue> | undefined {
  if (
    value instanceof PyInstance ||
    value instanceof PyModule ||
    value instanceof PyClass ||
    value instanceof PyFunction
  )
    return value.attributes;
  return value instanceof PyContainer ? value.attributes : undefined;
}

/** Sorted names that dir(value) lists. */
export function attributeNames(value: PyValue): string[] {
  const cls = value instanceof PyClass ? value : typeOf(value);
  const names = new Set([
    ...(ownAttributes(value)?.keys() ?? []),
    ...((value instanceof PyModule && value.latent?.()) || []),
  ]);
  if (!(value instanceof PyModule))
    for (const base of cls.resolutionOrder) for (const name of base.attributes.keys()) names.add(name);
  return [...names].sort();
}
