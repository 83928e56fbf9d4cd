/**
 * Snippets of Python print here what they print in CPython. The expected text was produced by running
 * snippets/generate.py with CPython 3.11; it is not output of this interpreter.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Interpreter } from '../../../server/src/python/interpreter';

const folder = new URL('./snippets/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const expected = JSON.parse(read('expected.json')) as Record<string, string>;

function run(code: string): string {
  let printed = '';
  const interpreter = new Interpreter({ print: (text) => (printed += text) });
  interpreter.runModule(code, 'snippet.py');
  return printed;
}

describe.each(['language', 'classes', 'builtins', 'library', 'models'])('%s', (file) => {
  const parts = read(`${file}.py`)
    .split(/^#: (.*)\n/m)
    .slice(1);
  const cases = parts.flatMap((title, i) => (i % 2 === 0 ? [[title, parts[i + 1] ?? ''] as const] : []));
  it.each(cases)('%s', (title, code) => {
    expect(run(code)).toBe(expected[`${file}: ${title}`]);
  });
});
