// Bundles test/score and scores the warnings of instability against real runs: npm run score [-- --only NAME] [--continue].
import { build } from 'esbuild';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { external } from './build.mjs';

const file = 'node_modules/.cache/hessian-lens/score/main.cjs';
await build({
  entryPoints: ['test/score/main.ts'],
  outfile: file,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  loader: { '.py': 'text', '.wasm': 'binary' },
  external: [...external, 'protobufjs/light.js'],
  sourcemap: 'linked',
  logLevel: 'warning',
});
const [code] = await once(fork(file, process.argv.slice(2)), 'exit');
process.exitCode = code ?? 1;
