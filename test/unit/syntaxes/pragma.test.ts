import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import oniguruma from 'vscode-oniguruma';
import textmate from 'vscode-textmate';
import type { IGrammar, IRawGrammar } from 'vscode-textmate';
import { parseModelSettings } from '../../../server/src/project/settings';

const injection = JSON.parse(readFileSync('syntaxes/pragma.injection.json', 'utf8')) as IRawGrammar & {
  readonly scopeName: string;
};
const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  contributes: { grammars: { scopeName: string; path: string; injectTo: string[] }[] };
};

/** Hosts with comments and strings, scoped as the grammars of VS Code scope them. */
const host = (scopeName: string, comment: string, start: string): IRawGrammar =>
  ({
    scopeName,
    patterns: [
      { name: 'string.quoted.double', begin: '"', end: '"' },
      { name: comment, begin: start, end: '$', beginCaptures: { '0': { name: 'punctuation.definition.comment' } } },
      { name: 'keyword.control', match: '\\b(class|pass)\\b' },
    ],
    repository: {},
  }) as unknown as IRawGrammar;

const grammars: Readonly<Record<string, IRawGrammar>> = {
  'source.python': host('source.python', 'comment.line.number-sign.python', '#'),
  'source.ts': host('source.ts', 'comment.line.double-slash.ts', '//'),
  [injection.scopeName]: injection,
};

const loaded = new Map<string, IGrammar>();

beforeAll(async () => {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns: string[]) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text: string) => new oniguruma.OnigString(text),
    }),
    loadGrammar: (scope) => Promise.resolve(grammars[scope] ?? null),
    getInjections: (scope) => (scope === injection.scopeName ? [] : [injection.scopeName]),
  });
  for (const scope of ['source.python', 'source.ts']) {
    const grammar = await registry.loadGrammar(scope);
    if (grammar !== null) loaded.set(scope, grammar);
  }
});

/** Pieces of a line with the innermost scope of this grammar, or '' where it has none. */
function pieces(line: string, language = 'source.python'): [string, string][] {
  const grammar = loaded.get(language);
  if (grammar === undefined) throw new Error(`no grammar ${language}`);
  return grammar.tokenizeLine(line, textmate.INITIAL).tokens.map(({ startIndex, endIndex, scopes }) => {
    const own = scopes.filter((scope) => scope.endsWith('.hessian-lens') && !scope.startsWith('meta.'));
    return [line.slice(startIndex, endIndex), (own.at(-1) ?? '').replace('.hessian-lens', '')];
  });
}

/** The scope of the piece that a text is in. */
function scopeOf(line: string, text: string, language?: string): string | undefined {
  return pieces(line, language).find(([piece]) => piece === text)?.[1];
}

describe('the pragma in a comment', () => {
  const line = '# hessian-lens: checkpoint=runs/best.pt batch=64 mode=train input="3x32x32" args=\'Block, 2\'';

  it('has its name as a directive', () => {
    expect(scopeOf(line, 'hessian-lens')).toBe('keyword.control.directive');
  });

  it('has keys, operators and values', () => {
    expect(scopeOf(line, 'checkpoint')).toBe('variable.parameter');
    expect(scopeOf(line, '=')).toBe('keyword.operator.assignment');
    expect(scopeOf(line, 'runs/best.pt')).toBe('string.unquoted');
    expect(scopeOf(line, '64')).toBe('constant.numeric');
    expect(scopeOf(line, 'train')).toBe('constant.language');
    expect(scopeOf(line, '"3x32x32"')).toBe('string.quoted');
    expect(scopeOf(line, "'Block, 2'")).toBe('string.quoted');
  });

  it('marks unknown keys and impossible values', () => {
    expect(scopeOf('# hessian-lens: chekpoint=a.pt', 'chekpoint')).toBe('invalid.illegal.unknown-key');
    expect(scopeOf('# hessian-lens: batch=many', 'many')).toBe('invalid.illegal.value');
    expect(scopeOf('# hessian-lens: mode=training', 'training')).toBe('invalid.illegal.value');
  });

  it('knows exactly the keys that the reader knows', () => {
    const message = ((): string => {
      try {
        parseModelSettings(new Map([['no-such-key', '']]), '');
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
      return '';
    })();
    const known = (/known: (.*)$/.exec(message)?.[1] ?? '').split(', ');
    expect(known.length).toBeGreaterThan(5);
    for (const key of known) expect(scopeOf(`# hessian-lens: ${key}=1`, key), key).toBe('variable.parameter');
    for (const key of known)
      expect(scopeOf(`# hessian-lens: ${key}x=1`, `${key}x`), key).toBe('invalid.illegal.unknown-key');
  });

  it('is found behind code', () => {
    expect(scopeOf('class Net: # hessian-lens: loss=mse', 'mse')).toBe('string.unquoted');
  });

  it('ends with its line', () => {
    const grammar = loaded.get('source.python');
    const first = grammar?.tokenizeLine('# hessian-lens: loss=mse', textmate.INITIAL);
    const next = grammar?.tokenizeLine('pass', first?.ruleStack ?? textmate.INITIAL).tokens[0];
    expect(next?.scopes).toEqual(['source.python', 'keyword.control']);
  });

  it('is found in TypeScript', () => {
    expect(scopeOf('// hessian-lens: checkpoint=a.npz', 'hessian-lens', 'source.ts')).toBe('keyword.control.directive');
    expect(scopeOf('// hessian-lens: checkpoint=a.npz', 'a.npz', 'source.ts')).toBe('string.unquoted');
  });
});

describe('other text', () => {
  it('is left alone', () => {
    for (const line of [
      '# about hessian-lens: checkpoint=a.pt',
      '"# hessian-lens: checkpoint=a.pt"',
      'hessian-lens: checkpoint=a.pt',
      '# hessian-lens checkpoint=a.pt',
    ])
      expect(
        pieces(line).every(([, scope]) => scope === ''),
        line,
      ).toBe(true);
  });

  it('keeps the scope of the comment around', () => {
    const grammar = loaded.get('source.python');
    const tokens = grammar?.tokenizeLine('# hessian-lens: loss=mse', textmate.INITIAL).tokens ?? [];
    expect(tokens.every(({ scopes }) => scopes.includes('comment.line.number-sign.python'))).toBe(true);
  });
});

it('the manifest injects the grammar into the languages that have it', () => {
  const [grammar] = contributes.grammars;
  expect(grammar?.scopeName).toBe(injection.scopeName);
  expect(grammar?.injectTo).toEqual(expect.arrayContaining(['source.python', 'source.ts']));
});
