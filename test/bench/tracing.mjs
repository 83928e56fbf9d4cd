// How long it takes to trace large architectures, parsed before: the first trace in a process, and later ones.
//
//   npm run bench:tracing [-- --runs 9]
//
// Prints the median beside the goal of 150 ms, and the memory of the process. Never fails on a time: machines differ.
import { build } from 'esbuild';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = join(root, 'node_modules', '.cache', 'hessian-lens', 'bench');
const { values } = parseArgs({ options: { runs: { type: 'string', default: '9' } } });

mkdirSync(folder, { recursive: true });
const outfile = join(folder, 'tracing.cjs');
await build({
  entryPoints: [join(root, 'test', 'bench', 'tracingEntry.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  loader: { '.py': 'text', '.wasm': 'binary' },
  logLevel: 'warning',
});
createRequire(import.meta.url)(outfile).run(join(root, 'test', 'bench', 'gpt2.py'), Number(values.runs));
