// Bundles the programs into dist/. `--watch` rebuilds on change; scripts/package.mjs bundles minified, elsewhere.
import { build, context } from 'esbuild';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Native or data-carrying packages that must stay beside the bundle. */
export const external = [
  'onnxruntime-node',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-cpu',
];

/** What Node runs: the command line, the extension, the language server with its threads, the process that computes. */
const programs = {
  entryPoints: {
    cli: 'server/src/cli.ts',
    client: 'client/src/extension.ts',
    server: 'server/src/server.ts',
    readingThread: 'server/src/reading/readingThread.ts',
    checkpointThread: 'server/src/editor/checkpointThread.ts',
    laneThread: 'server/src/engine/onnx/lanes/laneThread.ts',
    worker: 'server/src/worker/worker.ts',
  },
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // The bundled library of the front end is Python source, read as text; the JPEG decoder's program is embedded.
  loader: { '.py': 'text', '.wasm': 'binary' },
  // The JPEG decoder looks for its program beside itself, but is given it.
  define: { 'import.meta.url': '"file:///"' },
  external: ['vscode', ...external],
};

/** What webviews run. */
const pages = {
  entryPoints: { analysisPanel: 'webview/src/analysis/main.ts', checkpointPanel: 'webview/src/checkpoint/main.ts' },
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
};

/** Options for esbuild, one for each kind of program. `overrides` may set the folder, minification and source maps. */
export const bundles = (overrides = {}) =>
  [programs, pages].map((options) => ({
    ...options,
    absWorkingDir: root,
    outdir: 'dist',
    bundle: true,
    sourcemap: true,
    logLevel: 'warning',
    ...overrides,
  }));

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  for (const options of bundles()) {
    if (process.argv.includes('--watch')) await (await context(options)).watch();
    else await build(options);
  }
