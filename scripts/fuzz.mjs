// Bundles test/fuzz and opens hostile files: npm run fuzz -- [--files N] [--seed S] [--only checkpoint|data].
import { build } from 'esbuild';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { external } from './build.mjs';

const folder = 'node_modules/.cache/hessian-lens/fuzz';
await build({
  entryPoints: ['test/fuzz/main.ts', 'test/fuzz/child.ts'],
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  loader: { '.py': 'text', '.wasm': 'binary' },
  // The JPEG decoder looks for its program beside itself, but is given it.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  external,
  sourcemap: 'linked',
  logLevel: 'warning',
});
const [code] = await once(fork(`${folder}/main.mjs`, process.argv.slice(2)), 'exit');
process.exitCode = code ?? 1;
