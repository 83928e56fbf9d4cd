import { describe, expect, it } from 'vitest';
import { configuredFor, parseConfiguration } from '../../../server/src/project/configuration';
import { parsePragma, pragmaAt } from '../../../server/src/project/pragma';
import { SettingsError } from '../../../server/src/project/settings';
import { parseToml, TomlError } from '../../../server/src/project/toml';

// Expected values follow the TOML 1.0 specification and the documented keys.
describe('TOML', () => {
  it('reads tables, dotted keys, all kinds of strings, numbers, arrays and inline tables', () => {
    const document = parseToml(
      [
        'title = "a \\"b\\" \\u00e9" # comment',
        "[tool.'hessian-lens']",
        'a.b = 1_000',
        "raw = 'C:\\dir'",
        'list = [1, 2.5e-1, # inside',
        '  true, ]',
        'point = { x = 0x10, y = -3 }',
        'text = """',
        'two',
        'lines"""',
        '[[rows]]',
        'n = 1',
        '[[rows]]',
        'n = 2',
      ].join('\n'),
    );
    expect(document.get('title')).toBe('a "b" é');
    const tool = document.get('tool');
    const own = tool instanceof Map ? tool.get('hessian-lens') : undefined;
    if (!(own instanceof Map)) throw new Error('no table');
    expect(own.get('a')).toEqual(new Map([['b', 1000]]));
    expect(own.get('raw')).toBe('C:\\dir');
    expect(own.get('list')).toEqual([1, 0.25, true]);
    expect(own.get('point')).toEqual(
      new Map([
        ['x', 16],
        ['y', -3],
      ]),
    );
    expect(own.get('text')).toBe('two\nlines');
    expect(document.get('rows')).toEqual([new Map([['n', 1]]), new Map([['n', 2]])]);
  });

  it.each([
    ['a = ', 1],
    ['ok = 1\nb = "open', 2],
    ['a = 1\na = 2', 2],
    ['a = word', 1],
    ['[open', 1],
    ['a = [1,\n2,', 2],
  ])('names the line of a mistake in %j', (text, line) => {
    expect(() => parseToml(text)).toThrow(TomlError);
    try {
      parseToml(text);
    } catch (error) {
      expect(error instanceof TomlError && error.line).toBe(line);
    }
  });
});

describe('configuration', () => {
  const text =
    '[project]\nname = "x"\n[tool.hessian-lens]\nbatch = 64\nloss = "mse"\n[tool.hessian-lens.models.Net]\nloss = "nll"\ninput = ["3x8x8"]\n';

  it("lets a model's own table win over the project's", () => {
    const configuration = parseConfiguration(text, 'pyproject.toml');
    expect(configuredFor(configuration, 'Net')).toEqual({ batch: 64, loss: 'nll', input: ['3x8x8'] });
    expect(configuredFor(configuration, 'Other')).toEqual({ batch: 64, loss: 'mse' });
  });

  it('is absent where the file does not configure the tool', () => {
    expect(parseConfiguration('[project]\nname = "x"\n', 'pyproject.toml')).toBeUndefined();
  });

  it('names file and key of a mistake', () => {
    expect(() => parseConfiguration('[tool.hessian-lens]\nbatchsize = 3\n', 'a/pyproject.toml')).toThrow(
      /a\/pyproject\.toml.*"batchsize"/,
    );
    expect(() => parseConfiguration('[tool.hessian-lens]\nbatch = -1\n', 'p')).toThrow(SettingsError);
  });
});

describe('pragma', () => {
  it('reads quoted and bare values', () => {
    expect(parsePragma('checkpoint=runs/best.pt data="my data.npz" loss=mse batch=8 mode=train', 'f:1')).toEqual({
      checkpoint: 'runs/best.pt',
      data: 'my data.npz',
      loss: 'mse',
      batch: 8,
      mode: 'train',
    });
  });

  it('applies to the definition below, across decorators and comments, and the nearest wins', () => {
    const source = [
      '# hessian-lens: loss=mse batch=4',
      '# other',
      '@decorated',
      'class A:  # hessian-lens: batch=8',
      '    pass',
      '',
      'class B:',
    ].join('\n');
    expect(pragmaAt(source, 4, 'f.py')).toEqual({ loss: 'mse', batch: 8 });
    expect(pragmaAt(source, 7, 'f.py')).toBeUndefined();
  });

  it('names the place of a mistake', () => {
    expect(() => pragmaAt('# hessian-lens: nonsense\nclass A:', 2, 'f.py')).toThrow(/f\.py:1/);
  });
});
