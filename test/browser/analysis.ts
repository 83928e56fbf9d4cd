import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'mocha';
import type { Stage } from './stage';

/** From the command to a repaired learning rate. */
export function analysis({ workbench, folder }: Stage): void {
  const script = join(folder, 'tiny', 'train.py');
  const original = readFileSync(script, 'utf8');

  describe('an analysis', () => {
    after(() => writeFileSync(script, original));

    it('runs from the palette, shows its progress and can be cancelled', async () => {
      await workbench.openFile('digits/model.py', 21);
      await workbench.lens('Analyze Hessian').first().waitFor();
      await workbench.command('Hessian Lens: Analyze Hessian');
      const progress = workbench.notification('Hessian of DigitNet');
      await progress.filter({ hasText: /\d %/ }).waitFor();
      await workbench
        .lens(/Analyzing… \d+ %/)
        .first()
        .waitFor();
      await workbench.screenshot('progress');
      await progress.getByRole('button', { name: 'Cancel' }).click();
      await progress.waitFor({ state: 'detached' });
      await workbench.lens('Analyze Hessian').first().waitFor();
      // A cancelled analysis leaves no number over the class.
      await workbench.lens('λmax').first().waitFor({ state: 'detached' });
      assert.equal(await workbench.notification(/error|failed|not analysed/i).count(), 0, 'cancelling is no failure');
    });

    it('runs from its lens and puts the result over the class', async () => {
      await workbench.openFile('tiny/model.py', 4);
      await workbench.clickLens('Analyze Hessian', workbench.lens(/Analyzing|λmax/));
      assert.match(await workbench.lensText('λmax'), /λmax [\d.]+/);
      await workbench.screenshot('result over the class');
    });

    it('says in the hover of a layer what it has of the curvature', async () => {
      await workbench.analysisEnd('Tiny');
      await workbench.openFile('tiny/model.py', 8);
      const text = await workbench.hover('self.second = nn.Linear', 'Linear', '%');
      assert.match(text, /27/);
      await workbench.screenshot('layer hover');
      await workbench.escape();
    });

    it('warns on the learning rate, and the quick fix changes the file', async () => {
      await workbench.openFile('tiny/train.py', 8, original.split('\n')[7]?.indexOf('500') ?? 1);
      await workbench.squiggle('warning').first().waitFor();
      await workbench.screenshot('learning rate warning');
      await workbench.goTo(8, (original.split('\n')[7]?.indexOf('500.0') ?? 0) + 2);
      const fixes = await workbench.quickFixes();
      await fixes.filter({ hasText: 'Set the learning rate to' }).first().waitFor();
      await workbench.screenshot('quick fix');
      await workbench.chooseFix('Set the learning rate to');
      const rate = await workbench.savedRate(script, 500);
      assert.ok(rate > 0 && rate < 10, `lr=${rate}`);
      await workbench.squiggle('warning').first().waitFor({ state: 'detached' });
      await workbench.screenshot('repaired');
    });

    it('is there again, without running, after the window was reloaded', async () => {
      await workbench.reload();
      await workbench.openFile('tiny/model.py', 4);
      assert.match(await workbench.lensText('λmax'), /λmax [\d.]+/);
    });
  });
}
