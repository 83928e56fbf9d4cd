import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DiagnosticSeverity } from 'vscode-languageserver/node';
import { Editor, program, uriOf, workspaceWith } from './editor';
import { modelText, project, trainText } from './project';

const workspace = workspaceWith({
  ...project,
  'environment/site/blocks/__init__.py': modelText.replace('class Net', 'class Wide'),
  'wide.py': modelText.replace('nn.Linear(hidden, 3)', 'nn.Linear(hidden + 1, 3)'),
});
const other = workspaceWith({ 'net.py': modelText });
const storage = workspace.path('.storage');
let editor: Editor;

beforeAll(async () => {
  editor = await Editor.inBand({ folders: [workspace.folder, other.folder], storage });
});
afterAll(async () => {
  await editor.stop();
  workspace.remove();
  other.remove();
});

describe('static reading', () => {
  it('says what it can do', () => {
    const { capabilities } = editor.answer;
    expect(capabilities.diagnosticProvider).toBeDefined();
    expect(capabilities.codeLensProvider?.resolveProvider).toBe(true);
    for (const provider of [
      'hoverProvider',
      'inlayHintProvider',
      'codeActionProvider',
      'documentLinkProvider',
    ] as const)
      expect(capabilities[provider], provider).toBeTruthy();
    expect(capabilities.positionEncoding).toBe('utf-16');
  });

  it('shows shapes where values are assigned and parameters where layers are made', async () => {
    const uri = workspace.uri('model.py');
    await editor.open(uri, modelText);
    const hints = await editor.hints(uri);
    const lines = modelText.split('\n');
    const at = (part: string): string[] =>
      hints
        .filter(({ position }) => lines[position.line]?.includes(part))
        .map(({ label }) => (typeof label === 'string' ? label : ''));
    expect(at('hidden = torch.tanh')).toEqual([': B×6']);
    expect(at('self.first = ')).toEqual(['30 parameters']);
    expect(at('self.second = ')).toEqual(['21 parameters']);
    const firstLines = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
    expect((await editor.hints(uri, firstLines)).every(({ position }) => position.line <= 9)).toBe(true);
  });

  it('offers the analysis over the class and counts parameters', async () => {
    const titles = await editor.lensTitles(workspace.uri('model.py'));
    expect(titles).toContain('Analyze Hessian');
    expect(titles.some((title) => title.startsWith('51 parameters'))).toBe(true);
  });

  it('explains a layer before any analysis', async () => {
    const uri = workspace.uri('model.py');
    const text = await editor.hover(uri, editor.positionOf(uri, 'self.first = ', 6));
    expect(text).toContain('Linear');
    expect(text).toContain('B×6');
  });

  it('says at an optimizer what goes on around it, before any analysis', async () => {
    const uri = workspace.uri('groups.py');
    const text = trainText
      .replace(
        'model.parameters(), lr=80.0',
        "[{'params': model.first.parameters()}, {'params': model.second.parameters(), 'lr': 8.0}], lr=80.0",
      )
      .replace('    optimizer.step', '    nn.utils.clip_grad_norm_(model.parameters(), 1.5)\n    optimizer.step');
    await editor.open(uri, text);
    const hover = await editor.hover(uri, editor.positionOf(uri, 'optimizer = torch', 14));
    expect(hover).toContain('**SGD**');
    expect(hover).toContain('- 2 groups of parameters: as given for all; lr 8');
    expect(hover).toMatch(/- gradients are clipped, norm 1\.5 \(groups\.py:\d+\)/);
    await editor.close(uri);
  });

  it('finds the layer that does not fit, at its call, and keeps still when nothing changed', async () => {
    const uri = workspace.uri('wide.py');
    const text = modelText.replace('nn.Linear(hidden, 3)', 'nn.Linear(hidden + 1, 3)');
    await editor.open(uri, text);
    const found = await editor.diagnostics(uri);
    expect(found.length).toBeGreaterThan(0);
    const [first] = found;
    expect(first?.source).toBe('Hessian Lens');
    expect(String(first?.code)).toMatch(/^HL4\d\d$/);
    const [line] = text.slice(0, text.indexOf('return self.second')).split('\n').slice(-1);
    expect(line).toBeDefined();
    expect(first?.range.start.line).toBe(text.slice(0, text.indexOf('return self.second')).split('\n').length - 1);
    const report = await editor.ask<{ resultId: string }>('textDocument/diagnostic', { textDocument: { uri } });
    const again = await editor.ask<{ kind: string }>('textDocument/diagnostic', {
      textDocument: { uri },
      previousResultId: report.resultId,
    });
    expect(again.kind).toBe('unchanged');
    await editor.replace(uri, 'hidden + 1', 'hidden');
    expect(await editor.diagnostics(uri)).toEqual([]);
  });

  it('tells of a syntax error where it is', async () => {
    const uri = workspace.uri('broken.py');
    await editor.open(uri, `${modelText}\nx = (1 +\n`);
    const errors = (await editor.diagnostics(uri)).filter(({ code }) => code === 'syntax');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.severity).toBe(DiagnosticSeverity.Error);
    expect(errors[0]?.range.start.line).toBeGreaterThan(modelText.split('\n').length - 2);
    await editor.close(uri);
  });

  it('counts columns in UTF-16 units, also behind emoji and with CRLF', async () => {
    const uri = workspace.uri('emoji.py');
    const text = modelText
      .replace('hidden = torch.tanh(self.first(x))', 'a = "🙂🙂"; hidden = torch.tanh(self.first(x))')
      .replaceAll('\n', '\r\n');
    await editor.open(uri, text);
    const hint = (await editor.hints(uri)).find(({ label }) => label === ': B×6');
    expect(hint).toBeDefined();
    if (hint === undefined) return;
    const start = { ...hint.position, character: hint.position.character - 'hidden'.length };
    expect(editor.textAt(uri, { start, end: hint.position })).toBe('hidden');
    await editor.close(uri);
  });

  it('reads documents that are in no file, and those of virtual file systems', async () => {
    for (const uri of ['untitled:Untitled-1', 'vscode-vfs://github/someone/project/net.py']) {
      await editor.open(uri, modelText);
      expect((await editor.hints(uri)).map(({ label }) => label)).toContain(': B×6');
      await editor.close(uri);
    }
  });

  it('an earlier version of a file that is shown beside it is not taken for the file', async () => {
    const uri = workspace.uri('model.py');
    const earlier = `git:${workspace.path('model.py')}?ref=HEAD`;
    await editor.open(earlier, modelText.replace('hidden=6', 'hidden=8'));
    expect((await editor.hints(earlier)).map(({ label }) => label)).toContain(': B×8');
    expect((await editor.hints(uri)).map(({ label }) => label)).toContain(': B×6');
    const user =
      'from model import Net\nimport torch\nimport torch.nn as nn\n\n\nclass Twice(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.net = Net()\n\n    def forward(self, x):\n        return self.net(x)\n';
    await editor.open(workspace.uri('twice.py'), user);
    expect((await editor.lensTitles(workspace.uri('twice.py'))).join()).toContain('51 parameters');
    await editor.close(workspace.uri('twice.py'));
    await editor.close(earlier);
  });

  it('reads models of every folder, and of folders that come later', async () => {
    await editor.open(other.uri('net.py'), modelText);
    expect((await editor.hints(other.uri('net.py'))).length).toBeGreaterThan(0);
    const third = workspaceWith({ 'net.py': modelText });
    const event = { added: [{ uri: uriOf(third.folder), name: 'third' }], removed: [] };
    await editor.connection.sendNotification('workspace/didChangeWorkspaceFolders', { event });
    await editor.open(third.uri('net.py'), modelText);
    expect((await editor.hints(third.uri('net.py'))).length).toBeGreaterThan(0);
    await editor.close(third.uri('net.py'));
    third.remove();
  });

  it('follows an edit of an imported document that is not saved', async () => {
    const layers = 'import torch.nn as nn\n\nWIDTH = 6\n';
    const user = modelText
      .replace('import torch.nn as nn', 'import torch.nn as nn\nfrom widths import WIDTH')
      .replace('hidden=6', 'hidden=WIDTH');
    await editor.open(workspace.uri('widths.py'), layers);
    await editor.open(workspace.uri('user.py'), user);
    const shapes = async (): Promise<unknown[]> =>
      (await editor.hints(workspace.uri('user.py'))).map((hint) => hint.label);
    expect(await shapes()).toContain(': B×6');
    await editor.replace(workspace.uri('widths.py'), 'WIDTH = 6', 'WIDTH = 9');
    expect(await shapes()).toContain(': B×9');
    await editor.close(workspace.uri('widths.py'));
    await editor.close(workspace.uri('user.py'));
  });

  it('answers about cells of a notebook, joined', async () => {
    const [first = '', second = ''] = modelText.split(/(?=# hessian-lens)/);
    const cells = [`%matplotlib inline\n${first}`, second, 'net = Net()\n!ls'];
    const notebook = workspace.uri('play.ipynb');
    const uris = cells.map((_, i) => `vscode-notebook-cell:${workspace.path('play.ipynb')}#c${i}`);
    await editor.connection.sendNotification('notebookDocument/didOpen', {
      notebookDocument: {
        uri: notebook,
        notebookType: 'jupyter-notebook',
        version: 1,
        cells: uris.map((document) => ({ kind: 2, document })),
      },
      cellTextDocuments: uris.map((uri, i) => ({ uri, languageId: 'python', version: 1, text: cells[i] })),
    });
    const hints = await editor.hints(uris[1] ?? '');
    const shape = hints.find(({ label }) => label === ': B×6');
    expect(shape?.position.line).toBe(second.split('\n').findIndex((line) => line.includes('torch.tanh')));
    expect(await editor.diagnostics(uris[0] ?? '')).toEqual([]);
    expect(await editor.lensTitles(uris[1] ?? '')).toContain('Analyze Hessian');
    await editor.connection.sendNotification('notebookDocument/didClose', {
      notebookDocument: { uri: notebook },
      cellTextDocuments: uris.map((uri) => ({ uri })),
    });
  });

  it('has nothing to say about data, giant files and deep nests, and lives on', async () => {
    const hostile = {
      'giant.py': 'x = 1\n'.repeat(1_800_000),
      'binary.py': Array.from({ length: 20_000 }, (_, i) => String.fromCharCode((i * 7919) % 0xd000)).join(''),
      'nested.py': `x = ${'['.repeat(50_000)}${']'.repeat(50_000)}\n`,
      'calls.py': `x = ${'f('.repeat(20_000)}\n`,
      'blocks.py': Array.from({ length: 900 }, (_, i) => `${' '.repeat(i)}if x:`).join('\n'),
    };
    for (const [name, text] of Object.entries(hostile)) {
      const uri = workspace.uri(name);
      await editor.open(uri, text);
      await editor.diagnostics(uri);
      expect(await editor.hints(uri)).toEqual([]);
      await editor.close(uri);
    }
    expect((await editor.hints(workspace.uri('model.py'))).length).toBeGreaterThan(0);
  });
});

describe('settings', () => {
  it('takes what it can use and leaves the rest', async () => {
    const uri = workspace.uri('model.py');
    const change = async (settings: unknown): Promise<void> => {
      editor.settings = settings;
      const before = editor.refreshes;
      await editor.connection.sendNotification('workspace/didChangeConfiguration', { settings: {} });
      await editor.until(() => editor.refreshes > before);
    };
    await change({ inlayHints: { shapes: false }, codeLens: { parameters: false }, diagnostics: 7, analysis: null });
    const labels = (await editor.hints(uri)).map(({ label }) => label);
    expect(labels).toContain('30 parameters');
    expect(labels).not.toContain(': B×6');
    expect((await editor.lensTitles(uri)).some((title) => title.includes('parameters'))).toBe(false);
    await change({
      inlayHints: { shapes: 'yes' },
      diagnostics: { severity: { HL401: 'loud' } },
      analysis: { samples: -3 },
    });
    expect((await editor.hints(uri)).map(({ label }) => label)).toContain(': B×6');
  });

  it('can silence a finding or change how loud it is', async () => {
    const uri = workspace.uri('wide.py');
    await editor.replace(uri, 'nn.Linear(hidden, 3)', 'nn.Linear(hidden + 1, 3)');
    const [finding] = await editor.diagnostics(uri);
    expect(finding).toBeDefined();
    const code = String(finding?.code);
    for (const [level, expected] of [
      ['hint', [DiagnosticSeverity.Hint]],
      ['off', []],
    ] as const) {
      editor.settings = { diagnostics: { severity: { [code]: level } } };
      const before = editor.refreshes;
      await editor.connection.sendNotification('workspace/didChangeConfiguration', { settings: {} });
      await editor.until(() => editor.refreshes > before);
      const found = (await editor.diagnostics(uri)).filter((each) => each.code === code);
      expect(found.map(({ severity }) => severity)).toEqual(expected);
    }
    editor.settings = null;
  });
});

describe('the setting sitePackages', () => {
  it('makes a reading find the packages of that folder', async () => {
    const text =
      'import torch.nn as nn\nfrom blocks import Wide\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.wide = Wide()\n\n    def forward(self, x):\n        return self.wide(x)\n';
    const uri = workspace.uri('packaged.py');
    await editor.open(uri, text);
    expect((await editor.lensTitles(uri)).some((title) => title.startsWith('51 parameters'))).toBe(false);
    editor.settings = { sitePackages: ['environment/site'] };
    const before = editor.refreshes;
    await editor.connection.sendNotification('workspace/didChangeConfiguration', { settings: {} });
    await editor.until(() => editor.refreshes > before);
    expect((await editor.lensTitles(uri)).some((title) => title.startsWith('51 parameters'))).toBe(true);
    editor.settings = null;
    await editor.close(uri);
  });
});

describe('an editor that is sent diagnostics', () => {
  it('gets them after every change, and none for a closed document', async () => {
    const receiver = await Editor.inBand({ folders: [workspace.folder], storage, pulls: false });
    const uri = workspace.uri('wide.py');
    const wrong = modelText.replace('nn.Linear(hidden, 3)', 'nn.Linear(hidden + 1, 3)');
    await receiver.open(uri, wrong);
    await receiver.until(() => (receiver.published.get(uri)?.length ?? 0) > 0);
    await receiver.setText(uri, modelText);
    await receiver.until(() => receiver.published.get(uri)?.length === 0);
    await receiver.setText(uri, wrong);
    await receiver.until(() => (receiver.published.get(uri)?.length ?? 0) > 0);
    await receiver.close(uri);
    await receiver.until(() => receiver.published.get(uri)?.length === 0);
    await receiver.stop();
  });
});

describe('as a program', () => {
  for (const command of [
    [program('server.js'), '--stdio'],
    [program('cli.js'), 'lsp', '--stdio'],
  ])
    it(`${command[0]?.split('/').at(-1)} speaks over its standard streams and ends when told`, async () => {
      const spawned = await Editor.spawned(command, { folders: [workspace.folder], storage });
      const uri = workspace.uri('model.py');
      await spawned.open(uri, modelText);
      expect((await spawned.hints(uri)).map(({ label }) => label)).toContain(': B×6');
      await spawned.stop();
      expect(spawned.child?.exitCode).toBe(0);
    });
});
