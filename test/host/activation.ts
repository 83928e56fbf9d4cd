import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { contributions, extension, openDocument } from './extension';

export function activation(): void {
  describe('activation', () => {
    it('happens when a Python file is opened', async () => {
      await openDocument('digits/model.py');
      await extension().activate();
      assert.equal(extension().isActive, true);
    });

    it('is the packaged one where a package is tested', () => {
      const installed = extension().extensionPath.includes('/extensions/hessian-lens.hessian-lens-');
      assert.equal(installed, process.env['HESSIAN_LENS_PACKAGED'] === '1');
    });

    it('registers every command of the manifest', async () => {
      const declared = contributions().commands.map(({ command }) => command);
      assert.ok(declared.length > 0, 'the manifest declares commands');
      const registered = new Set(await vscode.commands.getCommands(true));
      assert.deepEqual(
        declared.filter((command) => !registered.has(command)),
        [],
      );
    });
  });
}
