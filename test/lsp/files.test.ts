import { copyFileSync, cpSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileChangeType } from 'vscode-languageserver/node';
import { methods, type Candidates, type CheckpointAppeared } from '../../server/src/protocol/editor';
import { Editor, uriOf, workspaceWith } from './editor';

const digits = resolve(__dirname, '..', '..', 'examples', 'digits');
const workspace = workspaceWith({});
const project = workspace.path('digits');
const path = (name: string): string => join(project, name);
const uri = (name: string): string => uriOf(path(name));
let editor: Editor;

const tell = (changes: { uri: string; type: FileChangeType }[]): Promise<void> =>
  editor.connection.sendNotification('workspace/didChangeWatchedFiles', { changes });

beforeAll(async () => {
  cpSync(digits, project, { recursive: true });
  editor = await Editor.inBand({ folders: [workspace.folder], storage: workspace.path('.storage'), client: 'vscode' });
  for (const name of ['model.py', 'train.py']) await editor.open(uri(name), readFileSync(path(name), 'utf8'));
});
afterAll(async () => {
  await editor.stop();
  workspace.remove();
});

const fitLens = async (): Promise<string | undefined> =>
  (await editor.lensTitles(uri('model.py'))).find((title) => title.includes('parameters'));

describe('files of the workspace', () => {
  it('a checkpoint that fits is named over the class', async () => {
    await editor.until(async () => (await fitLens())?.includes('digits.pt fits') === true);
  });

  it('strings that name files lead to them', async () => {
    const links = await editor.ask<{ range: never; target: string }[]>('textDocument/documentLink', {
      textDocument: { uri: uri('train.py') },
    });
    const data = links.find(({ target }) => target === uri('digits.npz'));
    expect(data).toBeDefined();
    if (data !== undefined) expect(editor.textAt(uri('train.py'), data.range)).toBe('digits.npz');
  });

  it('a checkpoint in a string says whether it fits', async () => {
    const text = await editor.hover(uri('train.py'), editor.positionOf(uri('train.py'), '"digits.pt"', 3));
    expect(text).toContain('digits.pt');
    expect(text).toContain('Fits DigitNet');
    const data = await editor.hover(uri('train.py'), editor.positionOf(uri('train.py'), '"digits.npz"', 3));
    expect(data).toContain('1797×1×8×8');
  });

  it('a new checkpoint is offered when it fits, once', async () => {
    copyFileSync(path('digits.pt'), path('better.pt'));
    const offers = (): CheckpointAppeared[] =>
      editor.notifications
        .filter(({ method }) => method === methods.checkpointAppeared)
        .map(({ params }) => params as CheckpointAppeared);
    await tell([{ uri: uri('better.pt'), type: FileChangeType.Created }]);
    await editor.until(() => offers().length > 0);
    expect(offers()[0]?.file).toBe(path('better.pt'));
    expect(offers()[0]?.fits).toContainEqual({ uri: uri('model.py'), model: 'DigitNet' });
    workspace.write('digits/wrong.pt', 'no checkpoint');
    await tell([{ uri: uri('wrong.pt'), type: FileChangeType.Created }]);
    await tell([{ uri: uri('better.pt'), type: FileChangeType.Changed }]);
    const found = await editor.ask<Candidates>(methods.candidates, { uri: uri('model.py') });
    const fits = Object.fromEntries(
      found.checkpoints.map(({ file, fit }): [string, string] => [file.split('/').at(-1) ?? '', fit.kind]),
    );
    expect(fits).toMatchObject({ 'digits.pt': 'fits', 'better.pt': 'fits', 'wrong.pt': 'unreadable' });
    expect(found.data.map(({ file }) => file)).toContain(path('digits.npz'));
    expect(offers()).toHaveLength(1);
  });

  it('a choice lasts, also over a restart', async () => {
    await editor.ask(methods.choose, { uri: uri('model.py'), checkpoint: path('better.pt') });
    expect(await fitLens()).toContain('better.pt fits');
    const again = await Editor.inBand({ folders: [workspace.folder], storage: workspace.path('.storage') });
    await again.open(uri('model.py'), editor.textOf(uri('model.py')));
    const { current } = await again.ask<Candidates>(methods.candidates, { uri: uri('model.py') });
    expect(current.checkpoint).toBe(path('better.pt'));
    await again.stop();
    await editor.ask(methods.choose, { uri: uri('model.py'), checkpoint: null });
    expect(await fitLens()).not.toContain('better.pt fits');
  });

  it('a file that is deleted is no longer offered', async () => {
    for (const name of ['better.pt', 'wrong.pt', 'digits.pt']) rmSync(path(name));
    await tell(
      ['better.pt', 'wrong.pt', 'digits.pt'].map((name) => ({ uri: uri(name), type: FileChangeType.Deleted })),
    );
    await editor.until(async () => (await fitLens())?.includes('.pt') === false);
  });

  it('an imported file that changes on disk is read again', async () => {
    const user =
      'import torch.nn as nn\nfrom sizes import N\n\n\nclass A(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(N, 2)\n\n    def forward(self, x):\n        return self.a(x)\n';
    workspace.write('digits/sizes.py', 'N = 3\n');
    await editor.open(uri('user.py'), user);
    const labels = async (): Promise<unknown[]> => (await editor.hints(uri('user.py'))).map(({ label }) => label);
    expect(await labels()).toContain('8 parameters');
    workspace.write('digits/sizes.py', 'N = 4\n');
    await tell([{ uri: uri('sizes.py'), type: FileChangeType.Changed }]);
    expect(await labels()).toContain('10 parameters');
  });
});
