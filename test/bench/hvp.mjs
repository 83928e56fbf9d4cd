// Bundles hvp.ts, Hessian-vector products of ResNet-20 against PyTorch's double backward, and runs it as the worker is run.
import { build } from 'esbuild';
import { fork } from 'node:child_process';
import { once } from 'node:events';

const folder = 'node_modules/.cache/hessian-lens';
const common = { bundle: true, platform: 'node', target: 'node20', format: 'esm', logLevel: 'warning' };
const external = ['onnxruntime-node', 'protobufjs/light.js'];
await build({ ...common, entryPoints: ['test/bench/hvp.ts'], outfile: `${folder}/hvp.mjs`, external });
await build({
  ...common,
  entryPoints: ['server/src/worker/memoryEnvironment.ts'],
  outfile: `${folder}/memoryEnvironment.mjs`,
});
const { memoryEnvironment } = await import(new URL(`../../${folder}/memoryEnvironment.mjs`, import.meta.url));
const [code] = await once(fork(`${folder}/hvp.mjs`, { env: memoryEnvironment(process.env) }), 'exit');
process.exitCode = code ?? 1;
