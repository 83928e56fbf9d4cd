// What an analysis costs, by stage and study, and when its first number is there.
//
//   npm run bench:analysis [-- --model examples/digits/model.py --quantities all --samples 512]
//
// The worker is run as the editor runs it. Never fails on a time: machines differ.
import { build } from 'esbuild';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: join(root, 'examples', 'digits', 'model.py') },
    quantities: { type: 'string', default: 'default' },
    samples: { type: 'string', default: '512' },
  },
});

const client = join(root, 'node_modules', '.cache', 'hessian-lens', 'workerClient.mjs');
await build({
  entryPoints: [join(root, 'server', 'src', 'worker', 'workerClient.ts')],
  outfile: client,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});
const { WorkerClient } = await import(pathToFileURL(client).href);

const worker = new WorkerClient(join(root, 'dist', 'worker.js'));
const request = {
  modelFile: resolve(values.model),
  inputs: [],
  top: 5,
  seed: 0,
  engine: 'auto',
  precision: 'float32',
  samples: Number(values.samples),
  quantities: values.quantities.split(','),
};
const start = performance.now();
const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
let first;
const onPartial = ({ spectrum }) => (first ??= spectrum.top[0] && `λmax ${spectrum.top[0].value} after ${seconds()} s`);
const outcome = await worker.analyze(request, { onPartial });
worker.dispose();
if (!outcome.ok) {
  console.error(outcome.failure.message);
  process.exit(1);
}

const { cost } = outcome.result;
const columns = ['seconds', 'processorSeconds', 'hvps', 'programs', 'compileSeconds', 'runs'];
const titles = ['time (s)', 'processor (s)', 'products', 'programs', 'compiling (s)', 'runs'];
const rows = cost.parts.map((part) => columns.map((column) => part[column]));
const sums = columns.map((_, k) => rows.reduce((sum, row) => sum + row[k], 0));
const cell = (value, k) =>
  (typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : String(value)).padStart(
    titles[k].length + 2,
  );
const line = (name, row) => `${name.padEnd(34)}${row.map(cell).join('')}`;
console.log(`${values.model}, ${values.samples} samples, ${values.quantities}`);
console.log(line('', titles));
for (const [i, { name }] of cost.parts.entries()) console.log(line(name, rows[i]));
console.log(line('sum', sums));
console.log(
  `${first ?? 'no eigenvalue'}; all after ${seconds()} s; ${Math.round(cost.peakMemory / 2 ** 20)} MiB at most`,
);
