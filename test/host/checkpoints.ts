import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { contributions, until, workspaceFile } from './extension';

const viewType = 'hessianLens.checkpoint';

export function checkpoints(): void {
  describe('the checkpoint editor', () => {
    it('opens a checkpoint of PyTorch', async () => {
      await vscode.commands.executeCommand('vscode.openWith', workspaceFile('digits/digits.pt'), viewType);
      const input = await until(() => {
        const active = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
        return active instanceof vscode.TabInputCustom ? active : undefined;
      });
      assert.equal(input.viewType, viewType);
      assert.equal(vscode.window.tabGroups.activeTabGroup.activeTab?.isDirty, false);
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    });

    it('leaves generic endings to their own editors by default', () => {
      const generic = contributions().customEditors.filter(({ selector }) =>
        selector.some(({ filenamePattern }) => /\.(bin|pt|pth|ckpt|npz)$/.test(filenamePattern)),
      );
      assert.ok(generic.length > 0);
      assert.ok(generic.every(({ priority }) => priority === 'option'));
    });
  });
}
