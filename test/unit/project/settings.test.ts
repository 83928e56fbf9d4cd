import { describe, expect, it } from 'vitest';
import { configuredFor, parseConfiguration } from '../../../server/src/project/configuration';
import { parsePragma, pragmaAt } from '../../../server/src/project/pragma';
import { SettingsError } from '../../../server/src/project/settings';

describe('configuration', () => {
  const text =
    '[project]\nname = "x"\n[tool.hessian-lens]\nbatch = 64\nloss = "mse"\n[tool.hessian-lens.models.Net]\nloss = "nll"\ninput = ["3x8x8"]\n';

  it("lets a model's own table win over the project's", () => {
    const configuration = parseConfiguration(text, 'pyproject.toml');
    expect(configuredFor(configuration, 'Net')).toEqual({ batch: 64, loss: 'nll', input: ['3x8x8'] });
    expect(configuredFor(configuration, 'Other')).toEqual({ batch: 64, loss: 'mse' });
  });

  it.each([
    ['a = ', 1],
    ['[tool.hessian-lens]\nloss = "open', 2],
  ])('names the line of a mistake in %j', (broken, line) => {
    expect(() => parseConfiguration(broken, 'pyproject.toml')).toThrow(new RegExp(`^pyproject\\.toml:${line}:`));
    expect(() => parseConfiguration(broken, 'pyproject.toml')).toThrow(SettingsError);
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
