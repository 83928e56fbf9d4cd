// Bundles programs of the test folder and runs the first of them with the arguments of this process.
import { build } from 'esbuild';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { external } from './build.mjs';

/** Sets this process's exit code to that of the program; `options`: of esbuild, beside the usual ones. */
export async function runBundled(name, entryPoints, options = {}) {
  const outdir = `node_modules/.cache/hessian-lens/${name}`;
  const ending = options.format === 'cjs' ? '.cjs' : '.mjs';
  await build({
    entryPoints,
    outdir,
    outExtension: { '.js': ending },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    loader: { '.py': 'text', '.wasm': 'binary' },
    external: [...external, 'protobufjs/light.js'],
    sourcemap: 'linked',
    logLevel: 'warning',
    ...options,
  });
  const program = `${outdir}/${basename(entryPoints[0], '.ts')}${ending}`;
  const [code] = await once(fork(program, process.argv.slice(2)), 'exit');
  process.exitCode = code ?? 1;
}
