/** Configuration files read as PyYAML reads them: the expected values are PyYAML's own (snippets/generateYaml.py). */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Interpreter } from '../../../server/src/python/interpreter';
import { parseYaml } from '../../../server/src/python/library/yaml';

const cases = JSON.parse(readFileSync(new URL('./snippets/yaml.json', import.meta.url), 'utf8')) as [string, string][];

it.each(cases)('%j', (text, expected) => {
  const interpreter = new Interpreter();
  expect(interpreter.repr(parseYaml(interpreter, text))).toBe(expected);
});

it.each(['a: !!python/object:os.system x', 'a: [1, 2', 'a: *nope', 'a: 1\n   b: 2', 'a: "open', '[a]: b: c', 'x: @y'])(
  '%j is refused with its line',
  (text) => {
    expect(() => parseYaml(new Interpreter(), text)).toThrow(/YAML: .* in line \d/);
  },
);

it('is reached through open()', () => {
  let printed = '';
  const interpreter = new Interpreter({
    print: (text) => (printed += text),
    sources: { read: (path) => (path === 'c.yaml' ? 'lr: 0.5\n' : undefined), resolveModule: () => undefined },
  });
  const code =
    'import yaml\nwith open("c.yaml") as f: print(yaml.safe_load(f), yaml.load("[1]", Loader=yaml.FullLoader))';
  interpreter.runModule(code, 'm.py');
  expect(printed).toBe("{'lr': 0.5} [1]\n");
});

it('hostile nesting ends', () => {
  expect(() => parseYaml(new Interpreter(), '['.repeat(100_000))).toThrow(/too deep|expected/);
  expect(() => parseYaml(new Interpreter(), '- '.repeat(100_000))).toThrow(/too deep/);
});
