import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { Range } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { Random } from '../../server/src/curvature/random';
import { Editor, program, workspaceWith } from './editor';

const EDITS = Number(process.env['HESSIAN_LENS_FUZZ'] ?? 300);
const SEED = Number(process.env['HESSIAN_LENS_FUZZ_SEED'] ?? 1);
/** Requests are sent after some of the edits only, as a user types faster than an editor asks. */
const ASKED = 0.3;
/** A text that grew beyond this is begun anew. */
const LARGEST = 60_000;

const examples = resolve(__dirname, '..', '..', 'examples');
const sources = ['digits/model.py', 'digits/train.py', 'chargpt/model.py', 'chargpt/train.py'].map((name) =>
  readFileSync(join(examples, name), 'utf8'),
);
const scraps = [
  '(',
  ')',
  '[',
  '"""',
  "f'{",
  '\t',
  '    ',
  '\r\n',
  '\n',
  '🙂',
  '\u0000',
  '\u2028',
  ':',
  '=',
  '#',
  '\\',
  'é',
];

/** One edit as users make them, and as they never would. */
function randomEdit(random: Random, document: TextDocument): { range: Range; text: string } {
  const whole = document.getText();
  const below = (n: number): number => Math.min(n - 1, Math.floor(random.uniform() * n));
  const rangeOf = (from: number, to: number): Range => ({
    start: document.positionAt(from),
    end: document.positionAt(to),
  });
  const at = below(whole.length + 1);
  const kind = random.uniform();
  if (kind < 0.45) return { range: rangeOf(at, Math.min(whole.length, at + 1 + below(3))), text: '' };
  if (kind < 0.75) return { range: rangeOf(at, at), text: scraps[below(scraps.length)] ?? '' };
  if (kind < 0.85) {
    const source = sources[below(sources.length)] ?? '';
    const half = Math.floor(source.length / 2);
    return { range: rangeOf(at, at), text: random.uniform() < 0.5 ? source.slice(0, half) : source.slice(half) };
  }
  if (kind < 0.92) return { range: rangeOf(at, Math.min(whole.length, at + below(400))), text: '' };
  // Back to something that can be read.
  return { range: rangeOf(0, whole.length), text: sources[below(sources.length)] ?? '' };
}

it(
  `survives ${EDITS} random edits and ends with what a fresh server says`,
  async () => {
    const workspace = workspaceWith({ 'model.py': sources[0] ?? '', 'train.py': sources[1] ?? '' });
    const options = { folders: [workspace.folder], storage: workspace.path('.storage') };
    const command = [program('server.js'), '--stdio'];
    const editor = await Editor.spawned(command, options);
    const uris = ['model.py', 'train.py', 'new.py'].map((name) => workspace.uri(name));
    for (const [i, uri] of uris.entries()) await editor.open(uri, sources[i] ?? '');
    const random = new Random(SEED);
    const asked: Promise<unknown>[] = [];
    const ask = (method: string, uri: string, more: object = {}): void => {
      // Superseded requests are refused: no failure.
      asked.push(editor.ask(method, { textDocument: { uri }, ...more }));
    };
    for (let i = 0; i < EDITS; i++) {
      const uri = uris[Math.floor(random.uniform() * uris.length)] ?? '';
      const document = editor.documents.get(uri);
      if (document === undefined) continue;
      if (document.getText().length > LARGEST) await editor.setText(uri, sources[0] ?? '');
      else await editor.change(uri, [randomEdit(random, document)]);
      if (random.uniform() > ASKED) continue;
      const position = { line: Math.floor(random.uniform() * document.lineCount), character: 6 };
      const range = { start: { line: 0, character: 0 }, end: position };
      ask('textDocument/diagnostic', uri);
      ask('textDocument/codeLens', uri);
      ask('textDocument/inlayHint', uri, { range });
      ask('textDocument/hover', uri, { position });
      ask('textDocument/documentLink', uri);
      ask('textDocument/codeAction', uri, { range, context: { diagnostics: [] } });
      if (asked.length > 60) await Promise.all(asked.splice(0));
    }
    await Promise.all(asked);
    const fresh = await Editor.spawned(command, { ...options, storage: workspace.path('.other') });
    for (const uri of uris) await fresh.open(uri, editor.textOf(uri));
    for (const uri of uris) {
      expect(await editor.diagnostics(uri), uri).toEqual(await fresh.diagnostics(uri));
      expect(await editor.hints(uri), uri).toEqual(await fresh.hints(uri));
    }
    expect(editor.messages.filter((message) => /internal error|unhandled|reading failed/i.test(message))).toEqual([]);
    expect(editor.child?.exitCode).toBeNull();
    await editor.stop();
    await fresh.stop();
    workspace.remove();
  },
  60_000 + 400 * EDITS,
);
