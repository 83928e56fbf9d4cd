// What an analysis costs, by stage and study, and when its first number is there.
//
//   npm run bench:analysis [-- --model examples/digits/model.py --quantities all --samples 512]
//   npm run bench:analysis -- --resnet20 [--python python3]
//
// The second form analyses ResNet-20 on 512 images of CIFAR's shape, and gives the time in ratio to PyTorch's for one gradient and one Hessian-vector product of
// the same model, samples and threads, measured before and after. The worker is run as the editor runs it. Never fails on a time: machines differ.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: join(root, 'examples', 'digits', 'model.py') },
    quantities: { type: 'string', default: 'default' },
    samples: { type: 'string', default: '512' },
    resnet20: { type: 'boolean', default: false },
    python: { type: 'string', default: 'python3' },
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
const resnet20 = join(root, 'test', 'bench', 'resnet20.py');
const problem = values.resnet20
  ? { modelFile: resnet20, model: 'ResNet20', inputs: ['3x32x32'], loss: 'cross_entropy' }
  : { modelFile: resolve(values.model), inputs: [] };
/** Seconds that PyTorch takes; undefined where it is not installed. */
const pytorch = () => {
  if (!values.resnet20) return undefined;
  const { stdout, status } = spawnSync(values.python, [resnet20, values.samples], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : undefined;
};
const before = pytorch();
const request = {
  ...problem,
  top: 5,
  seed: 0,
  engine: 'auto',
  precision: 'float32',
  samples: Number(values.samples),
  quantities: values.quantities.split(','),
};
const start = performance.now();
const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
let [loss, first] = [];
const onPartial = ({ spectrum, loss: { value } }) => {
  loss ??= `loss ${value} after ${seconds()} s`;
  first ??= spectrum.top[0] && `λmax ${spectrum.top[0].value} after ${seconds()} s`;
};
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
console.log(`${problem.modelFile}, ${values.samples} samples, ${values.quantities}`);
console.log(line('', titles));
for (const [i, { name }] of cost.parts.entries()) console.log(line(name, rows[i]));
console.log(line('sum', sums));
const total = Number(seconds());
console.log(
  `${loss ?? 'no loss'}; ${first ?? 'no eigenvalue'}; all after ${total} s; ${Math.round(cost.peakMemory / 2 ** 20)} MiB at most`,
);
const after = pytorch();
if (before !== undefined && after !== undefined)
  for (const what of ['gradient', 'product']) {
    const mean = (before[what] + after[what]) / 2;
    console.log(
      `PyTorch ${after.version}, one ${what}: ${before[what].toFixed(2)} s before, ${after[what].toFixed(2)} s after; the analysis takes ${(total / mean).toFixed(1)} of them`,
    );
  }
else if (values.resnet20) console.log(`${values.python} has no PyTorch to compare with`);
