import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import type { Stage } from './stage';

/** What goes wrong during an analysis: told in one place, nothing left of it, and the next command works. */
export function faults({ workbench, folder, root }: Stage): void {
  const model = join(folder, 'digits', 'model.py');
  const original = readFileSync(model, 'utf8');
  const running = workbench.notification('Hessian of DigitNet');

  async function start(): Promise<void> {
    await workbench.openFile('digits/model.py', 21);
    await workbench.lens('Analyze Hessian').first().waitFor();
    await workbench.command('Hessian Lens: Analyze Hessian');
    await running.filter({ hasText: /\d %/ }).waitFor();
  }

  async function clearMessages(): Promise<void> {
    await workbench.command('Notifications: Clear All Notifications');
    await workbench.notifications.first().waitFor({ state: 'detached' });
  }

  async function nextAnalysisWorks(): Promise<void> {
    await clearMessages();
    await workbench.openFile('tiny/model.py', 4);
    await workbench.command('Hessian Lens: Analyze Hessian');
    await workbench.notification('Hessian of Tiny').waitFor();
    await workbench.analysisEnd('Tiny');
    assert.match(await workbench.lensText('λmax'), /λmax [\d.]+/);
    assert.equal(await workbench.notifications.count(), 0, 'a success needs no message');
  }

  describe('during an analysis', () => {
    afterEach(() => writeFileSync(model, original));

    it('the death of the worker is told once, and the next analysis works', async () => {
      await start();
      execFileSync('pkill', ['-KILL', '-f', join(root, 'dist', 'worker.js')]);
      await running.waitFor({ state: 'detached' });
      await workbench.notification('ended unexpectedly').waitFor();
      await workbench.screenshot('worker killed');
      assert.equal(await workbench.notification('ended unexpectedly').count(), 1);
      await workbench.lens('λmax').first().waitFor({ state: 'detached' });
      await workbench.lens('Analyze Hessian').first().waitFor();
      await nextAnalysisWorks();
    });

    it('an edit makes its result one of an earlier version', async () => {
      await workbench.openFile('tiny/model.py', 4);
      await workbench.command('Hessian Lens: Analyze Hessian');
      await workbench.notification('Hessian of Tiny').waitFor();
      const tiny = join(folder, 'tiny', 'model.py');
      const before = readFileSync(tiny, 'utf8');
      writeFileSync(tiny, before.replace('width=8', 'width=9'));
      await workbench.analysisEnd('Tiny');
      await workbench.lens('earlier version').first().waitFor();
      writeFileSync(tiny, before);
      await workbench.lens('earlier version').first().waitFor({ state: 'detached' });
    });

    it('a restart of the server ends it, and the next analysis works', async () => {
      await start();
      await workbench.command('Hessian Lens: Restart Server');
      await running.waitFor({ state: 'detached' });
      await workbench.lens('Analyze Hessian').first().waitFor();
      assert.equal(await workbench.lens('Analyzing').count(), 0);
      await nextAnalysisWorks();
    });
  });
}
