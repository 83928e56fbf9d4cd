/** What TensorFlow.js has is read, or refused with a reason; the documentation lists both. */
import * as tf from '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { refusedNames, whyRefused } from '../../../../server/src/frontend/tfjs/refusedNames';
import { openSession } from '../../../../server/src/frontend/torch/session';
import { PyDict, PyInstance, Unknown } from '../../../../server/src/python/values';
import type { PyValue } from '../../../../server/src/python/values';

const { interpreter } = openSession({
  file: 'names.js',
  source: `import * as tf from '@tensorflow/tfjs';`,
  sources: { read: () => undefined, resolveModule: () => undefined },
  seed: 0,
});
const library = interpreter.importModule('tfjs');

const own = (name: string): PyValue => interpreter.getAttribute(library, name);

/** Names of an object such as `tf.layers`. */
function fieldsOf(group: string): string[] {
  const value = own(group);
  const fields = value instanceof PyInstance ? value.attributes.get('fields') : undefined;
  return fields instanceof PyDict ? fields.entries().flatMap(([name]) => (typeof name === 'string' ? [name] : [])) : [];
}

const isRead = (path: string): boolean => {
  const [group = '', name] = path.split('.');
  return name === undefined ? !(own(group) instanceof Unknown) : fieldsOf(group).includes(name);
};

const isRefused = (path: string): boolean =>
  whyRefused(path) !== undefined || whyRefused(path.split('.')[0] ?? '') !== undefined;

const functions = Object.entries(tf)
  .filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name))
  .map(([name]) => name);
const grouped = (group: string, holder: object): string[] => Object.keys(holder).map((name) => `${group}.${name}`);
const groups = [
  'constraints',
  'fused',
  'image',
  'initializers',
  'layers',
  'linalg',
  'losses',
  'metrics',
  'regularizers',
  'signal',
  'spectral',
  'train',
] as const;
const everything = [...functions, ...groups.flatMap((group) => grouped(group, tf[group]))];

describe('names of TensorFlow.js', () => {
  test('are read or refused, and never both', () => {
    expect(everything.length).toBeGreaterThan(350);
    expect(everything.filter((path) => !isRead(path) && !isRefused(path))).toEqual([]);
    expect(everything.filter((path) => isRead(path) && isRefused(path))).toEqual([]);
  });

  test('are listed in the documentation', () => {
    const documentation = readFileSync('docs/tensorflowjs.md', 'utf8');
    for (const list of [functions, Object.keys(tf.layers)])
      expect(documentation).toContain(
        list
          .filter((name) => !isRefused(name))
          .sort()
          .join(', '),
      );
    for (const { reason, names } of refusedNames)
      expect(documentation).toContain(`| ${names.join(', ')} | ${reason} |`);
  });

  test('that are refused say why', () => {
    expect(own('fft')).toMatchObject({ reason: 'tf.fft is not read: complex numbers' });
  });
});
