// Bundles and runs hvp.ts: Hessian-vector products of ResNet-20 against PyTorch's double backward.
import { build } from 'esbuild';

const outfile = 'node_modules/.cache/hessian-lens/hvp.mjs';
await build({
  entryPoints: ['test/bench/hvp.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['onnxruntime-node', 'protobufjs/light.js'],
  logLevel: 'warning',
});
const { benchHessianVectorProducts } = await import(new URL(`../../${outfile}`, import.meta.url));
await benchHessianVectorProducts();
