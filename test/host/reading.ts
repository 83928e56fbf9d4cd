import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { diagnosticsOf, hintsOf, hoverAt, labelOf, lensTitles, openDocument, positionOf, until } from './extension';

/** What reading a file shows without any analysis. */
export function reading(): void {
  describe('reading a model', () => {
    it('shows the shape of every intermediate as an inlay hint', async () => {
      const document = await openDocument('digits/model.py');
      const onLine = await until(async () => {
        const hints = await hintsOf(document);
        const line = positionOf(document, 'x = self.blocks(x)').line;
        const here = hints.filter(({ position }) => position.line === line).map(labelOf);
        return here.length > 0 ? here : undefined;
      });
      // 8×8 digits, one block of stride 2, 2·16 channels.
      assert.ok(
        onLine.some((label) => label.includes('32×4×4')),
        onLine.join(' | '),
      );
    });

    it('counts the parameters of the main model over its class', async () => {
      const document = await openDocument('digits/model.py');
      // Four 3×3 convolutions, group norms of 16, 16, 32, 32 channels, a linear head 32 → 10: by hand.
      const convolutions = 9 * (1 * 16 + 16 * 16 + 16 * 32 + 32 * 32);
      const total = convolutions + 2 * (16 + 16 + 32 + 32) + 32 * 10 + 10;
      assert.equal(total, 16794);
      const title = await until(async () =>
        (await lensTitles(document, 'class DigitNet')).find((text) => /16[,.\u202f ]?794/.test(text)),
      );
      assert.ok(title.length > 0);
    });

    it('offers the analysis over the class and not over a file without models', async () => {
      const document = await openDocument('chargpt/model.py');
      await until(async () => {
        const titles = await lensTitles(document, 'class GPT(');
        return titles.find((text) => text.includes('Analyze Hessian'));
      });
      const plain = await openDocument('notes/plain.py');
      assert.deepEqual(await lensTitles(plain), []);
      assert.deepEqual(diagnosticsOf(plain), []);
    });

    it('says the shape of an expression in a hover', async () => {
      const document = await openDocument('digits/model.py');
      const text = await until(async () => {
        const hover = await hoverAt(document, positionOf(document, 'x = x.mean(dim=(2, 3))'));
        return hover.includes('×') ? hover : undefined;
      });
      assert.ok(text.includes('32'), text);
    });

    it('marks the expression that cannot run, at its place', async () => {
      const document = await openDocument('broken/model.py');
      const found = await until(() => diagnosticsOf(document).at(0));
      assert.equal(found.range.start.line, positionOf(document, 'return self.head(x)').line);
      assert.ok(found.message.includes('16384') && found.message.includes('16'), found.message);
      const code = typeof found.code === 'object' ? found.code.value : found.code;
      assert.match(String(code), /^HL4\d\d$/);
    });

    it('clears the mark once the text is right, without saving', async () => {
      const document = await openDocument('broken/model.py');
      await until(() => diagnosticsOf(document).at(0));
      const edit = new vscode.WorkspaceEdit();
      const start = positionOf(document, 'nn.Linear(16, 10)');
      edit.replace(
        document.uri,
        new vscode.Range(start, start.translate(0, 'nn.Linear(16, 10)'.length)),
        'nn.Linear(16 * 32 * 32, 10)',
      );
      assert.ok(await vscode.workspace.applyEdit(edit));
      await until(() => (diagnosticsOf(document).length === 0 ? true : undefined));
      assert.equal(document.isDirty, true);
      await vscode.commands.executeCommand('workbench.action.files.revert');
    });

    it('links the checkpoint and data that a script names', async () => {
      const document = await openDocument('digits/train.py');
      const targets = await until(async () => {
        const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>(
          'vscode.executeLinkProvider',
          document.uri,
        );
        const names = links.flatMap(({ target }) => (target === undefined ? [] : [target.path.split('/').at(-1)]));
        return names.includes('digits.npz') ? names : undefined;
      });
      assert.ok(targets.includes('digits.npz'));
    });

    it('reads the cells of a notebook', async () => {
      const [folder] = vscode.workspace.workspaceFolders ?? [];
      assert.ok(folder);
      const notebook = await vscode.workspace.openNotebookDocument(
        vscode.Uri.joinPath(folder.uri, 'notes', 'model.ipynb'),
      );
      await vscode.window.showNotebookDocument(notebook);
      const cell = notebook.cellAt(1).document;
      const labels = await until(async () => {
        const found = (await hintsOf(cell)).map(labelOf);
        return found.length > 0 ? found : undefined;
      });
      // A 3×3 convolution without padding on 8×8.
      assert.ok(labels.length > 0, labels.join(' | '));
    });

    it('reads a file that was never saved', async () => {
      const document = await vscode.workspace.openTextDocument({
        language: 'python',
        content:
          'import torch.nn as nn\n\n# hessian-lens: input=7\nclass Fresh(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.only = nn.Linear(7, 3)\n\n    def forward(self, x):\n        y = self.only(x)\n        return y\n',
      });
      await vscode.window.showTextDocument(document);
      const labels = await until(async () => {
        const found = (await hintsOf(document)).map(labelOf);
        return found.length > 0 ? found : undefined;
      });
      assert.ok(
        labels.some((label) => /B×3/.test(label)),
        labels.join(' | '),
      );
    });
  });
}
