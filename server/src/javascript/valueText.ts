/** Values as text of JavaScript that gives them again. */
import { PyFunction, PyList, PyTuple, type PyDict } from '../python/values';
import type { PyValue } from '../python/values';
import { fieldsOf } from './operators';

/** Undefined for what has no such text. */
export function javaScriptText(value: PyValue): string | undefined {
  if (value === null) return 'undefined';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof PyList || value instanceof PyTuple) {
    const items = value.items.map(javaScriptText);
    return items.every((item) => item !== undefined) ? `[${items.join(', ')}]` : undefined;
  }
  if (value instanceof PyFunction) return /^\w+$/.test(value.syntax.name) ? value.syntax.name : undefined;
  const fields = fieldsOf(value);
  return fields && objectText(fields);
}

function objectText(fields: PyDict): string | undefined {
  const entries = fields.entries().map(([key, value]) => {
    const text = javaScriptText(value);
    return typeof key === 'string' && text !== undefined ? `${JSON.stringify(key)}: ${text}` : undefined;
  });
  return entries.every((entry) => entry !== undefined) ? `{${entries.join(', ')}}` : undefined;
}
