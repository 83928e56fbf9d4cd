import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import type { FrameLocator } from 'playwright-core';
import type { Stage } from './stage';

/** A checkpoint opened from the explorer, as a user opens one. */
export function checkpoint({ workbench }: Stage): void {
  let frame: FrameLocator;

  describe('a checkpoint', () => {
    it('opens from the menu of the explorer as a tree of tensors', async () => {
      await workbench.closeAllEditors();
      await workbench.explorerMenu('digits', 'digits.pt', 'Open in Checkpoint Editor');
      await workbench.tab('digits.pt').waitFor();
      frame = workbench.webview();
      const tree = frame.getByRole('treegrid', { name: 'Tensors' });
      await tree.waitFor();
      await tree.getByText('head').first().waitFor();
      await workbench.screenshot('checkpoint');
    });

    it('finds a tensor by its name and shows its numbers', async () => {
      const rows = frame.getByRole('treegrid', { name: 'Tensors' }).getByRole('row');
      await frame.getByRole('textbox').or(frame.locator('vscode-text-field')).first().click();
      await workbench.page.keyboard.type('head.weight');
      // The weights of a linear layer 32 → 10.
      await rows.filter({ hasText: '10 × 32' }).click();
      await frame.locator('svg').first().waitFor();
      await frame.getByText(/mean/i).first().waitFor();
      await workbench.screenshot('checkpoint tensor');
    });

    it('computes the singular values of a matrix on demand', async () => {
      await frame
        .getByText(/singular/i)
        .first()
        .waitFor();
      await frame
        .locator('vscode-button')
        .filter({ hasText: /singular/i })
        .first()
        .click();
      await frame
        .getByText(/spectral norm/i)
        .first()
        .waitFor();
      await workbench.screenshot('checkpoint singular values');
    });

    it('follows the theme', async () => {
      for (const label of ['Light Modern', 'Dark High Contrast', 'Dark Modern']) {
        await workbench.theme(label);
        await workbench.screenshot(`checkpoint, ${label}`);
      }
      assert.equal(await workbench.tab('digits.pt').count(), 1);
    });
  });
}
