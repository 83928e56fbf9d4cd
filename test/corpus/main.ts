/** Tries the models of a list on checkouts of their repositories and prints what was read, against what PyTorch gives. */
import { writeFileSync } from 'node:fs';
import { commandLine } from '../support/commandLine';
import { compareTrace, errorOf, TOLERANCE } from './compare';
import { ListError, readList, type Entry } from './list';
import type { NumbersOutcome } from './messages';
import { prepare } from './prepare';
import { runEntry, type EntryResult } from './runEntry';
import { precise, share, table, type Row } from './table';
import { printTraining } from './training';

const USAGE = `npm run corpus -- LIST.json FOLDER [options]

LIST.json   entries with repo, path, constructor and inputs, or library models by name and library
FOLDER      checkouts, FOLDER/owner+name each

--no-oracle      read only: no loss, gradient or Hessian-vector product
--limit SECONDS  for the numbers of one entry (default 120)
--only IDS       entries whose id is in this list (comma)
--no-training    without the table of what training scripts say
--json FILE      everything as JSON, too
`;

interface Judged {
  readonly entry: Entry;
  readonly result: EntryResult | string;
}

const numbersIn = (result: EntryResult, precision: NumbersOutcome['precision']): NumbersOutcome | undefined =>
  result.numbers.find((each) => each.precision === precision);

const mark = (agrees: boolean | undefined): string => (agrees === undefined ? '' : agrees ? ' ✓' : ' ✗');

function keysCell(keys: readonly string[], agree: boolean | undefined): string {
  const ends = keys.length > 2 ? `${keys[0]} … ${keys.at(-1)}` : keys.join(' ');
  return `${keys.length}${mark(agree)} ${ends}`;
}

function numbersCells(entry: Entry, outcome: NumbersOutcome | undefined): Row {
  if (outcome === undefined) return ['', '', '', '', ''];
  if ('failed' in outcome.numbers) return ['', '', '', '', `failed: ${outcome.numbers.failed.slice(0, 80)}`];
  const { loss, gradientNorm, slope, curvature } = outcome.numbers;
  const error = errorOf(entry, outcome);
  const verdict = error === undefined ? '' : `${error.toExponential(1)}${mark(error <= TOLERANCE[outcome.precision])}`;
  return [precise(loss), precise(gradientNorm), precise(slope), precise(curvature), verdict];
}

const HEAD: Row = [
  'id',
  'traced',
  'params',
  'keys',
  'output',
  'ms',
  'loss',
  '|g|',
  'g·v',
  'vᵀHv',
  'f64 err',
  'vᵀHv f32',
  'f32 err',
  's',
  'MiB',
];

function rowOf({ entry, result }: Judged): Row {
  if (typeof result === 'string') return [entry.id, result];
  const { trace } = result;
  if (trace === undefined) return [entry.id, 'no'];
  const { parameters, keys, output } = compareTrace(entry, trace);
  const [wide, single] = [numbersIn(result, 'float64'), numbersIn(result, 'float32')];
  const [, , , singleCurvature = '', singleError = ''] = numbersCells(entry, single);
  const seconds = result.numbers.reduce((sum, { milliseconds }) => sum + milliseconds / 1000, 0);
  return [
    entry.id,
    trace.stopped === null ? (trace.stochastic ? 'yes, noise 0' : 'yes') : 'no',
    `${trace.parameters}${mark(parameters)}`,
    keysCell(trace.keys, keys),
    trace.output.length === 0 ? '' : `${trace.output.map((shape) => shape.join('x')).join(' ')}${mark(output)}`,
    trace.milliseconds.toFixed(0),
    ...numbersCells(entry, wide),
    singleCurvature,
    singleError,
    seconds === 0 ? '' : seconds.toFixed(1),
    result.peakMiB?.toString() ?? '',
  ];
}

function reasonsOf({ entry, result }: Judged): string[] {
  if (typeof result === 'string') return [];
  const { trace, ended } = result;
  const reasons = [trace?.stopped ?? undefined, ended];
  return reasons.flatMap((reason) => (reason === undefined ? [] : [`${entry.id}: ${reason}`]));
}

function summary(judged: readonly Judged[]): string[] {
  const tried = judged.filter((each): each is { entry: Entry; result: EntryResult } => typeof each.result !== 'string');
  const traced = tried.filter(({ result }) => result.trace?.stopped === null);
  const compared = traced.flatMap(({ entry, result }) =>
    result.trace === undefined ? [] : [compareTrace(entry, result.trace)],
  );
  const agree = (part: keyof (typeof compared)[number]): string => {
    const known = compared.filter((each) => each[part] !== undefined);
    return share(known.filter((each) => each[part] === true).length, known.length);
  };
  const within = (precision: 'float32' | 'float64'): string => {
    const errors = traced.flatMap(({ entry, result }) => {
      const outcome = numbersIn(result, precision);
      if (entry.oracle?.loss === undefined || entry.oracle.loss === null) return [];
      return [outcome === undefined ? undefined : errorOf(entry, outcome)];
    });
    const known = errors.filter((error) => error !== undefined);
    const good = known.filter((error) => error <= TOLERANCE[precision]).length;
    return `${share(good, known.length)} within ${TOLERANCE[precision]}; ${errors.length - known.length} not computed`;
  };
  const missing = judged.filter(({ result }) => typeof result === 'string' && result.startsWith('no checkout'));
  return [
    `traced: ${share(traced.length, tried.length)}`,
    `of those with PyTorch's parameter count: ${agree('parameters')}, state-dict keys: ${agree('keys')}, output shape: ${agree('output')}`,
    `loss, gradient norm, g·v and vᵀHv, float64: ${within('float64')}`,
    `loss, gradient norm, g·v and vᵀHv, float32: ${within('float32')}`,
    `no checkout: ${missing.length}`,
  ];
}

async function main(): Promise<number> {
  const { values, positionals } = commandLine(USAGE, {
    allowPositionals: true,
    allowNegative: true,
    options: {
      oracle: { type: 'boolean', default: true },
      training: { type: 'boolean', default: true },
      limit: { type: 'string', default: '120' },
      only: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const [list, folder] = positionals;
  const limit = Number(values.limit);
  if (list === undefined || folder === undefined || !(limit > 0)) {
    process.stderr.write(USAGE);
    return 2;
  }
  const only = values.only?.split(',');
  const entries = readList(list).filter(({ id }) => only === undefined || only.includes(id));
  const judged: Judged[] = [];
  for (const entry of entries) {
    const request = prepare(entry, folder, values.oracle);
    const program = new URL('entry.mjs', import.meta.url).pathname;
    judged.push({ entry, result: typeof request === 'string' ? request : await runEntry(program, request, limit) });
    process.stderr.write(`${judged.length}/${entries.length} ${entry.id}\n`);
    // After every entry: a long run that is ended early has said what it found.
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(judged, null, 1));
  }
  const reasons = judged.flatMap(reasonsOf);
  console.log(table(HEAD, judged.map(rowOf)));
  if (reasons.length > 0) console.log(`\nWhat stopped:\n${reasons.join('\n')}`);
  console.log(`\n${summary(judged).join('\n')}`);
  if (values.training) printTraining(entries, folder);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ListError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 2;
}
