// Drives the workbench in Chromium as a user does. Screenshots and failures are kept in test-results/ui;
// HESSIAN_LENS_UPDATE_SCREENSHOTS=1 also makes them the README's pictures.
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runMocha } from '../host/runMocha';
import { analysis } from './analysis';
import { checkpoint } from './checkpoint';
import { startChromium } from './chromium';
import { startCodeServer } from './codeServer';
import { faults } from './faults';
import { keyboard } from './keyboard';
import { languages } from './languages';
import { panel } from './panel';
import { panelStates } from './panelStates';
import { updatePictures } from './pictures';
import { reading } from './reading';
import { studies } from './studies';
import { surroundings } from './surroundings';
import { Workbench } from './workbench';
import { createWorkspace } from './workspace';
import type { Stage } from './stage';

export interface UiRun {
  readonly root: string;
  readonly vscode: string;
  readonly chromium: string;
  /** Runs only tests whose titles match. */
  readonly only?: string;
}

/** Returns the exit code. */
export async function run(options: UiRun): Promise<number> {
  const artefacts = join(options.root, 'test-results', 'ui');
  rmSync(artefacts, { recursive: true, force: true });
  mkdirSync(artefacts, { recursive: true });
  const workspace = createWorkspace(options.root);
  const server = await startCodeServer({ vscode: options.vscode });
  const browser = await startChromium(options.chromium);
  try {
    const workbench = await Workbench.open(
      { browser, server, folder: workspace.folder, extension: resolve(options.root) },
      artefacts,
    );
    const log = join(artefacts, 'console.log');
    writeFileSync(log, '');
    workbench.page.on('console', (message) => appendFileSync(log, `${message.type()}: ${message.text()}\n`));
    const stage: Stage = { workbench, folder: workspace.folder, root: options.root };
    const { passed, failed } = await runMocha(
      [
        () => reading(stage),
        () => analysis(stage),
        () => panel(stage),
        () => panelStates(stage),
        () => checkpoint(stage),
        () => languages(stage),
        () => keyboard(stage),
        () => faults(stage),
        // Its result of the digits stays, which the faults above must not find.
        () => studies(stage),
        () => surroundings(stage, { browser, vscode: options.vscode, artefacts }),
      ],
      (line) => console.log(line),
      {
        timeout: 120_000,
        ...(options.only === undefined ? {} : { only: options.only }),
        onFailure: async (title) => {
          await workbench.screenshot(`failed ${title.replace(/[^\w -]/g, '')}`.slice(0, 100));
          console.log((await workbench.seen()).replace(/^/gm, '      '));
        },
      },
    );
    writeFileSync(join(artefacts, 'server.log'), server.log());
    if (failed === 0 && process.env['HESSIAN_LENS_UPDATE_SCREENSHOTS'] === '1') updatePictures(artefacts, options.root);
    return failed > 0 || passed === 0 ? 1 : 0;
  } finally {
    await browser.close();
    await server.stop();
    workspace.remove();
  }
}
