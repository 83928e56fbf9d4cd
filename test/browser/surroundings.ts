import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import { startCodeServer } from './codeServer';
import { Workbench } from './workbench';
import type { Stage } from './stage';

export interface OtherWindows {
  readonly browser: Browser;
  readonly vscode: string;
  readonly artefacts: string;
}

/** Windows that are not one trusted folder. */
export function surroundings({ folder, root }: Stage, { browser, vscode, artefacts }: OtherWindows): void {
  async function inWindow(
    options: { readonly folder?: string; readonly workspace?: string; readonly trusted?: boolean },
    use: (workbench: Workbench) => Promise<void>,
  ): Promise<void> {
    const { trusted = true, ...what } = options;
    const server = await startCodeServer({ vscode, trusted });
    let workbench: Workbench | undefined;
    try {
      workbench = await Workbench.open({ browser, server, extension: root, trusted, ...what }, artefacts);
      await use(workbench);
    } catch (error) {
      await workbench?.screenshot('failed in another window');
      throw error;
    } finally {
      await workbench?.close();
      await server.stop();
    }
  }

  describe('a window', () => {
    it('of a folder that is not trusted is read all the same', () =>
      inWindow({ folder, trusted: false }, async (workbench) => {
        await workbench.openFile('tiny/model.py', 4);
        await workbench.lens('Analyze Hessian').first().waitFor();
        await workbench.statusItem('Restricted Mode').waitFor();
        await workbench.screenshot('restricted mode');
        await workbench.command('Hessian Lens: Analyze Hessian');
        assert.match(await workbench.lensText('λmax'), /λmax [\d.]+/);
      }));

    it('of several folders shows each its own models', async () => {
      const workspace = join(folder, 'two.code-workspace');
      writeFileSync(workspace, JSON.stringify({ folders: [{ path: 'tiny' }, { path: 'digits' }] }));
      await inWindow({ workspace }, async (workbench) => {
        await workbench.openFile('digits/model.py', 21);
        await workbench.lens('Analyze Hessian').first().waitFor();
        await workbench.openFile('tiny/train.py');
        await workbench.openFile('tiny/model.py', 4);
        await workbench.command('Hessian Lens: Analyze Hessian');
        assert.match(await workbench.lensText('λmax'), /λmax [\d.]+/);
        await workbench.screenshot('two folders');
      });
    });
  });
}
