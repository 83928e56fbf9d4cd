// Collects the client's messages into l10n/bundle.l10n.json, from which translations are made.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const sources = join(root, 'client', 'src');

/** First arguments of `vscode.l10n.t(…)`. */
function messagesIn(path) {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.getText(file) === 'vscode.l10n.t') {
      const [message] = node.arguments;
      if (message === undefined || !ts.isStringLiteralLike(message))
        throw new Error(`${path}: a message that is no literal cannot be translated`);
      found.push(message.text);
    }
    node.forEachChild(visit);
  };
  visit(file);
  return found;
}

const messages = readdirSync(sources, { recursive: true })
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) => messagesIn(join(sources, name)));
const bundle = Object.fromEntries([...new Set(messages)].sort().map((message) => [message, message]));
mkdirSync(join(root, 'l10n'), { recursive: true });
writeFileSync(join(root, 'l10n', 'bundle.l10n.json'), `${JSON.stringify(bundle, null, 2)}\n`);
