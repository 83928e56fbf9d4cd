import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { checkpointViews } from '../../client/src/checkpointViews';
import type { AnalyzeReply } from '../../server/src/protocol/editor';
import { contributions, until, workspaceFile } from './extension';

const viewType = checkpointViews.option;

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

    it('opens an ONNX model by default, which is then analysed from the menu', async () => {
      await vscode.commands.executeCommand('vscode.open', workspaceFile('onnx/tiny.onnx'));
      await until(() => {
        const active = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
        return active instanceof vscode.TabInputCustom && active.viewType === checkpointViews.default
          ? true
          : undefined;
      });
      // As from the palette: nothing is said of which file.
      const reply = await vscode.commands.executeCommand<AnalyzeReply>('hessianLens.analyze');
      assert.ok(reply.ok, reply.ok ? '' : reply.failure.message);
      assert.equal(reply.stored.model, 'tiny');
      assert.ok((reply.stored.result.spectrum.top[0]?.value ?? 0) > 0);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
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
