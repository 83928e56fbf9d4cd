import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const bundle = JSON.parse(readFileSync('l10n/bundle.l10n.json', 'utf8')) as Readonly<Record<string, string>>;

/** First arguments of `vscode.l10n.t(…)` in a file; a message that is not a literal could not be translated. */
function messagesIn(path: string): string[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText(file) === 'vscode.l10n.t') {
      const [message] = node.arguments;
      if (message === undefined || !ts.isStringLiteralLike(message)) throw new Error(`${path}: not a literal message`);
      found.push(message.text);
    }
    node.forEachChild(visit);
  };
  visit(file);
  return found;
}

const files = readdirSync('client/src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('client/src', name));

describe('the bundle for translators', () => {
  it('holds exactly the messages of the client', () => {
    const messages = [...new Set(files.flatMap(messagesIn))].sort();
    expect(messages.length).toBeGreaterThan(20);
    expect(Object.keys(bundle).sort()).toEqual(messages);
  });

  it('is in English', () => {
    for (const [key, text] of Object.entries(bundle)) expect(text).toBe(key);
  });

  it('is where the manifest says', () => {
    const { l10n } = JSON.parse(readFileSync('package.json', 'utf8')) as { l10n: string };
    expect(existsSync(join(l10n, 'bundle.l10n.json'))).toBe(true);
  });
});
