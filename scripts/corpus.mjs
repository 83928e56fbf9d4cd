// Bundles test/corpus and tries the models of a list on checkouts: npm run corpus -- LIST.json FOLDER.
import { build } from 'esbuild';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { external } from './build.mjs';

const folder = 'node_modules/.cache/hessian-lens/corpus';
await build({
  entryPoints: ['test/corpus/main.ts', 'test/corpus/entry.ts'],
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  loader: { '.py': 'text' },
  external: [...external, 'protobufjs/light.js'],
  sourcemap: 'linked',
  logLevel: 'warning',
});
const [code] = await once(fork(`${folder}/main.mjs`, process.argv.slice(2)), 'exit');
process.exitCode = code ?? 1;
