import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import type { Stage } from './stage';

/** A study, from the palette to its charts. */
export function studies({ workbench }: Stage): void {
  describe('a study', () => {
    it('plans bit widths from the palette, draws its charts, and takes a budget', async function () {
      this.timeout(500_000);
      await workbench.closeAllEditors();
      await workbench.openFile('digits/model.py', 21);
      await workbench.lens('Analyze Hessian').first().waitFor();
      await workbench.command('Hessian Lens: Plan Quantisation');
      await workbench.tab('Hessian Lens: DigitNet').waitFor();
      const frame = workbench.webview();
      await frame.locator('.study-figure svg.chart').first().waitFor({ timeout: 280_000 });
      const slider = frame.getByRole('slider', { name: 'Bits per weight on average' });
      const said = frame.locator('.bit-budget [role=status]');
      await slider.press('Home');
      assert.match(await said.innerText(), /At most 2 bits per weight: 2 used/);
      const least = await said.innerText();
      await slider.press('End');
      assert.match(await said.innerText(), /At most 8 bits per weight/);
      assert.notEqual(await said.innerText(), least);
      await workbench.notification('Plan quantisation').waitFor({ state: 'detached', timeout: 200_000 });
      await frame.locator('.bit-budget').scrollIntoViewIfNeeded();
      await workbench.screenshot('study');
    });
  });
}
