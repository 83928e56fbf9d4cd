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

const common = { outdir: 'dist', bundle: true, sourcemap: true, minify, logLevel: 'warning' };

/** What Node runs: the command line, the extension, the language server with its threads, the process that computes. */
const programs = {
  ...common,
  entryPoints: {
    cli: 'server/src/cli.ts',
    client: 'client/src/extension.ts',
    server: 'server/src/server.ts',
    readingThread: 'server/src/reading/readingThread.ts',
    checkpointThread: 'server/src/editor/checkpointThread.ts',
    worker: 'server/src/worker/worker.ts',
  },
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // The bundled library of the front end is Python source, read as text.
  loader: { '.py': 'text' },
  external,
};

/** What webviews run. */
const pages = {
  ...common,
  entryPoints: { analysisPanel: 'webview/src/analysis/main.ts', checkpointPanel: 'webview/src/checkpoint/main.ts' },
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
};

for (const options of [programs, pages]) {
  if (watch) await (await context(options)).watch();
  else await build(options);
}
