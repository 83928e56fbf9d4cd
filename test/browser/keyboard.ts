import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'mocha';
import type { Stage } from './stage';

/** Everything once more without a mouse. Follows `analysis`: the small model has a result. */
export function keyboard({ workbench, folder }: Stage): void {
  const script = join(folder, 'tiny', 'train.py');
  const original = readFileSync(script, 'utf8');
  const { keyboard: keys } = workbench.page;

  describe('the keyboard alone', () => {
    after(() => writeFileSync(script, original));

    it('reaches a warning, reads it, and applies its quick fix', async () => {
      await workbench.commandByKeys('View: Close All Editors');
      await workbench.openFileByKeys('tiny/train.py');
      await workbench.squiggle('warning').first().waitFor();
      await keys.press('F8');
      await workbench.page.locator('.zone-widget').filter({ hasText: 'HL101' }).waitFor();
      await keys.press('Escape');
      const hover = await workbench.keyboardHover('stable');
      assert.match(hover, /HL101/);
      await keys.press('Escape');
      await workbench.quickFixes();
      await workbench.chooseFix('Set the learning rate to');
      const rate = await workbench.savedRate(script, 500);
      assert.ok(rate > 0 && rate < 10, `lr=${rate}`);
    });

    it('starts an analysis by its key and cancels it from the palette', async () => {
      await workbench.openFileByKeys('digits/model.py');
      await workbench.lens('Analyze Hessian').first().waitFor();
      await workbench.goTo(21);
      await keys.press('Control+Alt+h');
      await workbench.notification('Hessian of DigitNet').waitFor();
      await workbench.commandByKeys('Hessian Lens: Cancel Analysis');
      await workbench.notification('Hessian of DigitNet').waitFor({ state: 'detached' });
    });

    it('walks through the panel', async () => {
      await workbench.openFileByKeys('tiny/model.py');
      await workbench.lens('λmax').first().waitFor();
      await workbench.commandByKeys('Hessian Lens: Show Spectrum');
      const frame = workbench.webview();
      await frame.getByRole('heading', { name: 'Tiny' }).waitFor();
      const selected = frame.locator('[role=tab][aria-selected=true]');
      for (let pressed = 0; pressed < 20 && (await frame.locator('[role=tab]:focus').count()) === 0; pressed++)
        await keys.press('Tab');
      await frame.locator('[role=tab]:focus').waitFor();
      await keys.press('Home');
      await selected.filter({ hasText: 'Spectrum' }).waitFor();
      await keys.press('ArrowRight');
      await selected.filter({ hasText: 'Layers' }).waitFor();
      const inTable = frame.getByRole('grid', { name: 'Layers' }).locator(':focus');
      for (let pressed = 0; pressed < 20 && (await inTable.count()) === 0; pressed++) await keys.press('Tab');
      await inTable.waitFor();
      await workbench.screenshot('panel by keyboard');
      await keys.press('Control+Home');
      await keys.press('ArrowDown');
      await keys.press('Enter');
      await workbench.statusItem(/Ln [78],/).waitFor();
    });
  });
}
