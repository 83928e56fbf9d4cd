import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import type { Stage } from './stage';

/** What a user sees after opening a file, with nothing run yet. */
export function reading({ workbench }: Stage): void {
  describe('opening a file', () => {
    it('shows shapes, the parameter count and the offer to analyse', async () => {
      await workbench.openFile('digits/model.py', 21);
      await workbench.lens('Analyze Hessian').first().waitFor();
      await workbench
        .lens(/16[,.\s]?794/)
        .first()
        .waitFor();
      await workbench.line(' = self.blocks(x)').filter({ hasText: '32×4×4' }).waitFor();
      await workbench.screenshot('model opened');
    });

    it('says the shape in a hover, by mouse', async () => {
      await workbench.openFile('digits/model.py', 34);
      const text = await workbench.hover(' = x.mean', 'x', '×');
      assert.match(text, /32/);
      await workbench.screenshot('shape hover');
      await workbench.escape();
    });

    it('underlines what cannot run and says why', async () => {
      await workbench.openFile('broken/model.py', 14);
      await workbench.squiggle('error').or(workbench.squiggle('warning')).first().waitFor();
      await workbench.page.keyboard.press('F8');
      await workbench.page.locator('.zone-widget').filter({ hasText: '16384' }).waitFor();
      await workbench.screenshot('broken model');
      await workbench.escape();
    });

    it('offers nothing in a file without models', async () => {
      await workbench.openFile('notes/plain.py');
      const rows = await workbench.paletteRows('Hessian Lens: ');
      await workbench.escape();
      assert.deepEqual(
        rows.filter((row) => row.includes('Analyze Hessian') || row.includes('Show Spectrum')),
        [],
      );
      assert.equal(await workbench.lens(/./).count(), 0);
    });
  });
}
