// Opens the workbench in Chromium with the bundled suite inside its extension host, and ends as the suite ended.
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { startChromium } from '../browser/chromium';
import { startCodeServer } from '../browser/codeServer';
import { openPage } from '../browser/workbench';
import { createWorkspace } from '../browser/workspace';
import { marker } from './marker';

export interface HostRun {
  readonly root: string;
  readonly vscode: string;
  readonly chromium: string;
  /** The suite's bundle. */
  readonly suite: string;
  /** A packaged extension to install instead of the one in `root`. */
  readonly vsix?: string;
  /** Runs only tests whose titles match. */
  readonly only?: string;
}

/** The suite ends well within this; a workbench that never starts is told apart from a slow one. */
const limitInMinutes = 10;

/** VS Code runs tests only beside an extension under development; with a packaged one this empty one takes that place. */
function createStandIn(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hessian-lens-stand-in-'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'stand-in', publisher: 'test', version: '0.0.1', engines: { vscode: '^1.91.0' } }),
  );
  return folder;
}

/** Prints the suite's lines; everything, with what VS Code logs beside them, is kept in a file. */
function recorder(file: string): (text: string) => void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  return (text) => {
    appendFileSync(file, `${text}\n`);
    if (text.startsWith(marker)) console.log(text.slice(marker.length));
  };
}

/** Returns the exit code of the suite. */
export async function run(options: HostRun): Promise<number> {
  const record = recorder(join(options.root, 'test-results', 'host', 'console.log'));
  const workspace = createWorkspace(options.root);
  const standIn = options.vsix === undefined ? undefined : createStandIn();
  const server = await startCodeServer({
    vscode: options.vscode,
    vsix: options.vsix === undefined ? [] : [options.vsix],
    environment: {
      HESSIAN_LENS_ONLY: options.only ?? '',
      ...(options.vsix === undefined ? {} : { HESSIAN_LENS_PACKAGED: '1' }),
    },
  });
  const browser = await startChromium(options.chromium);
  try {
    return await new Promise<number>((resolveExit, reject) => {
      const limit = setTimeout(
        () => reject(new Error(`no result after ${limitInMinutes} minutes; VS Code's server said:\n${server.log()}`)),
        limitInMinutes * 60_000,
      );
      const end = (code: number): void => {
        clearTimeout(limit);
        resolveExit(code);
      };
      openPage(
        {
          browser,
          server,
          folder: workspace.folder,
          extension: standIn ?? resolve(options.root),
          tests: options.suite,
        },
        async (page) => {
          // The two functions by which a web workbench tells an automation how the suite went.
          await page.exposeFunction('codeAutomationLog', (_type: string, values: unknown[]) => {
            record(values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' '));
          });
          await page.exposeFunction('codeAutomationExit', end);
        },
      ).catch(reject);
    });
  } finally {
    await browser.close();
    await server.stop();
    workspace.remove();
    if (standIn !== undefined) rmSync(standIn, { recursive: true, force: true });
  }
}
