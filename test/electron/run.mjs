// The suite of test/host inside the desktop VS Code, on machines that can download it (or have it: VSCODE_EXECUTABLE).
import { runTests } from '@vscode/test-electron';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from '../../scripts/test-in-vscode.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const out = join(root, 'dist', 'test');

await bundle({ hostSuite: 'test/host/suite.ts', workspace: 'test/browser/workspace.ts' });
const { default: exported } = await import(pathToFileURL(join(out, 'workspace.js')).href);
const workspace = exported.createWorkspace(root);
const userData = mkdtempSync(join(tmpdir(), 'hessian-lens-user-'));
const executable = process.env.VSCODE_EXECUTABLE;
try {
  process.exitCode = await runTests({
    extensionDevelopmentPath: root,
    extensionTestsPath: join(out, 'hostSuite.js'),
    launchArgs: [
      workspace.folder,
      '--disable-extensions',
      '--disable-workspace-trust',
      '--skip-welcome',
      '--user-data-dir',
      userData,
    ],
    ...(executable === undefined ? { version: 'stable' } : { vscodeExecutablePath: executable }),
  });
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}
This suite downloads VS Code. Where that is out of reach, npm run test:host runs it in a VS Code from npm, or
VSCODE_EXECUTABLE names an installed one.`);
  process.exitCode = 2;
} finally {
  workspace.remove();
  rmSync(userData, { recursive: true, force: true, maxRetries: 5 });
}
