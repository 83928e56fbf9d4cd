/** Opens many hostile files and fails if one of them crashes, hangs, fills the memory, is executed, or ends in a foreign error. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from '../support/commandLine';
import { watch } from './watch';

const USAGE = `npm run fuzz -- [options]

--files N     how many (default 5000)
--seed S      of the random damage (default 1)
--first I     index of the first one; with --files 1 a fault is repeated (default 0)
--only KIND   checkpoint or data
--name TEXT   files made from one whose name contains it, e.g. onnx
`;

async function main(): Promise<number> {
  const { values } = commandLine(USAGE, {
    options: {
      files: { type: 'string', default: '5000' },
      seed: { type: 'string', default: '1' },
      first: { type: 'string', default: '0' },
      only: { type: 'string' },
      name: { type: 'string', default: '' },
    },
  });
  const [count, seed, first] = [Number(values.files), Number(values.seed), Number(values.first)];
  const only = values.only === 'checkpoint' || values.only === 'data' ? values.only : undefined;
  if (![count, seed, first].every(Number.isSafeInteger) || only !== values.only) {
    process.stderr.write(USAGE);
    return 2;
  }
  const canary = join(tmpdir(), `hessian-lens-fuzz-${process.pid}`);
  const begun = performance.now();
  const program = new URL('child.mjs', import.meta.url).pathname;
  const { read, refused, faults, slowest, memory } = await watch(
    program,
    { seed, first, count, only, name: values.name, canary },
    ({ index, name, reason }) => void process.stdout.write(`file ${index}, from ${name}: ${reason}\n`),
  );
  rmSync(canary, { force: true });
  const seconds = (performance.now() - begun) / 1000;
  process.stdout.write(
    `${count} files in ${seconds.toFixed(0)} s (${(count / seconds).toFixed(0)} a second): ${read} read, ${refused} refused, ` +
      `${faults.length} faults; slowest ${slowest.toFixed(2)} s, memory ${Math.round(memory / 2 ** 20)} MiB\n`,
  );
  return faults.length === 0 ? 0 : 1;
}

process.exitCode = await main();
