// Bundles and runs the tests that use a real VS Code.
//
//   node scripts/test-in-vscode.mjs host [PATTERN]            the suite inside the extension host
//   node scripts/test-in-vscode.mjs ui [PATTERN]              the workbench driven as by a user
//   node scripts/test-in-vscode.mjs packaged FILE [PATTERN]   the suite with the extension installed from its package
//
// PATTERN: only tests whose titles match it.
import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SetupError, findChromium, setUpCodeServer } from './setup-code-server.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const out = join(root, 'dist', 'test');

const runners = { host: 'test/host/run.ts', packaged: 'test/host/run.ts', ui: 'test/browser/run.ts' };

/** Bundles what runs here and what runs inside VS Code. */
export async function bundle(entryPoints) {
  await build({
    entryPoints,
    outdir: out,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: true,
    logLevel: 'error',
    absWorkingDir: root,
    external: ['vscode', 'playwright-core'],
  });
}

async function main([kind, ...rest]) {
  const runner = runners[kind];
  if (runner === undefined)
    throw new SetupError(`Unknown kind of test: ${kind}. Known: ${Object.keys(runners).join(', ')}`);
  const vsix = kind === 'packaged' ? resolve(rest.shift() ?? '') : undefined;
  if (vsix !== undefined && !existsSync(vsix)) throw new SetupError(`${vsix} does not exist. Run: npm run package`);
  const vscode = setUpCodeServer((line) => console.log(line));
  const chromium = findChromium();
  await bundle({ hostSuite: 'test/host/suite.ts', runner });
  const { default: exported } = await import(pathToFileURL(join(out, 'runner.js')).href);
  const only = rest[0];
  return exported.run({
    root,
    vscode,
    chromium,
    suite: join(out, 'hostSuite.js'),
    ...(vsix === undefined ? {} : { vsix }),
    ...(only === undefined ? {} : { only }),
  });
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error);
    process.exitCode = 2;
  }
}
