import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import type { FrameLocator, Locator } from 'playwright-core';
import type { Stage } from './stage';

const tabTitles = ['Spectrum', 'Layers', 'Stability', 'Gradient noise', 'Comparison', 'Quantities'];

const numberIn = (text: string): number => Number(text.replace(/[,\s]/g, ''));

/** The panel of a model that has been analysed. Follows `analysis`, whose results it shows. */
export function panel({ workbench }: Stage): void {
  let frame: FrameLocator;
  const tab = (name: string): Locator => frame.getByRole('tab', { name, exact: true });
  const layers = (): Locator => frame.getByRole('grid', { name: 'Layers' });
  const parameters = async (): Promise<number[]> =>
    (await layers().locator('tbody tr td:nth-child(3)').allInnerTexts()).map(numberIn);

  describe('the panel', () => {
    it('opens from the palette beside the code', async () => {
      await workbench.closeAllEditors();
      await workbench.openFile('tiny/model.py', 4);
      await workbench.lens('λmax').first().waitFor();
      await workbench.command('Hessian Lens: Show Spectrum');
      await workbench.tab('Hessian Lens: Tiny').waitFor();
      frame = workbench.webview();
      await frame.getByRole('heading', { name: 'Tiny' }).waitFor();
      await frame.locator('svg').first().waitFor();
      await workbench.screenshot('panel');
    });

    it('shows every tab', async () => {
      for (const title of tabTitles) {
        await tab(title).click();
        await frame.locator('[role=tab][aria-selected=true]').filter({ hasText: title }).waitFor();
        await workbench.screenshot(`panel ${title}`);
      }
    });

    it('sorts the layers by a click on a header', async () => {
      await tab('Layers').click();
      const header = layers().getByRole('columnheader', { name: 'Parameters' });
      await header.click();
      assert.equal(await header.getAttribute('aria-sort'), 'descending');
      // 4·8 + 8 and 8·3 + 3.
      assert.deepEqual(await parameters(), [40, 27]);
      await header.click();
      assert.equal(await header.getAttribute('aria-sort'), 'ascending');
      assert.deepEqual(await parameters(), [27, 40]);
    });

    it('goes to the line of a layer by a click', async () => {
      await layers().locator('tbody tr').filter({ hasText: 'second' }).click();
      await workbench.statusItem('Ln 8,').waitFor();
      await workbench.page.locator('.monaco-editor[data-uri$="/tiny/model.py"]').waitFor();
    });

    it('goes to the line of a layer by the keyboard', async () => {
      await layers().locator('tbody tr').filter({ hasText: 'first' }).locator('td').first().focus();
      await workbench.page.keyboard.press('Enter');
      await workbench.statusItem('Ln 7,').waitFor();
    });

    it('walks its tabs by the arrow keys', async () => {
      await tab('Layers').focus();
      await workbench.page.keyboard.press('ArrowRight');
      await frame.locator('[role=tab][aria-selected=true]').filter({ hasText: 'Stability' }).waitFor();
      await workbench.page.keyboard.press('ArrowLeft');
      await frame.locator('[role=tab][aria-selected=true]').filter({ hasText: 'Layers' }).waitFor();
    });

    it('is as it was after the window was reloaded', async () => {
      // The web workbench writes its state down every five seconds, and a reload does not wait for it.
      await workbench.page.waitForTimeout(7_000);
      await workbench.reload();
      await workbench.tab('Hessian Lens: Tiny').click();
      frame = workbench.webview();
      await frame.locator('[role=tab][aria-selected=true]').filter({ hasText: 'Layers' }).waitFor();
      assert.deepEqual(await parameters(), [27, 40], 'the order of the table is kept too');
    });

    it('follows the theme', async () => {
      for (const [label, kind] of [
        ['Light Modern', 'vscode-light'],
        ['Dark High Contrast', 'vscode-high-contrast'],
        ['Light High Contrast', 'vscode-high-contrast-light'],
        ['Dark Modern', 'vscode-dark'],
      ] as const) {
        await workbench.theme(label);
        await frame.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
        for (const title of ['Layers', 'Spectrum']) {
          await tab(title).click();
          await workbench.screenshot(`panel ${title}, ${label}`);
        }
      }
    });
  });
}
