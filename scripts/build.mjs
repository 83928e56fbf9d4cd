// Bundles the programs into dist/. `--watch` rebuilds on change; `--minify` is for packaging.
import { build, context } from 'esbuild';

const watch = process.argv.includes('--watch');
const minify = process.argv.includes('--minify');

/** Native or data-carrying packages that must stay beside the bundle. */
const external = [
  'vscode',
  'onnxruntime-node',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-cpu',
];

const options = {
  entryPoints: { cli: 'server/src/cli.ts', worker: 'server/src/worker/worker.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.js' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  minify,
  // The bundled library of the front end is Python source, read as text.
  loader: { '.py': 'text' },
  external,
  logLevel: 'warning',
};

if (watch) await (await context(options)).watch();
else await build(options);
