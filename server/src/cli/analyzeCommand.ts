import { join, resolve } from 'node:path';
import type { AnalysisResult } from '../curvature/result';
import { quantityNames, unknownQuantities } from '../curvature/selection';
import { SEVERITY_RANK } from '../diagnosis/finding';
import type { AnalyzeRequest, Failure, Prediction } from '../protocol/worker';
import { costLines } from '../report/cost';
import { renderHtml } from '../report/html';
import { toContractJson } from '../report/json';
import { toSarif } from '../report/sarif';
import { ansiStyle, plainStyle, styleFor } from '../report/style';
import { renderText } from '../report/text';
import { WorkerClient } from '../worker/workerClient';
import {
  count,
  fraction,
  positive,
  oneOf,
  sitePackagesOption,
  text,
  texts,
  UsageError,
  type CommandHelp,
  type ParsedOptions,
} from './arguments';
import { duration, ProgressBar } from './progressBar';
import { version } from './version';
import { writeReport } from './writeReport';

export const analyzeHelp: CommandHelp = {
  name: 'analyze',
  positionals: 'MODEL.py [options]',
  summary:
    'Curvature of the loss of a PyTorch model: Hessian eigenvalues, trace, spectral density, layers, gradient noise,\n' +
    'and the largest stable learning rate. Reads the source, the checkpoint and the data; runs no Python.',
  options: [
    { name: 'model', value: 'NAME|CALL', help: 'Class or function, or a call: --model "ResNet(BasicBlock, [2, 2])"' },
    {
      name: 'checkpoint',
      value: 'PATH',
      help: 'safetensors, .pt, .pth, .ckpt, .bin, an index of shards, a folder; default: the one the code names, else initial values',
    },
    {
      name: 'weights',
      value: 'NAME',
      help: 'ema, model, or a dictionary in the checkpoint; default: what fits the model',
    },
    sitePackagesOption,
    {
      name: 'data',
      value: 'PATH',
      help: '.npz (x, y), .csv, .parquet, image folders, …; default: what the training script reads, else a synthetic batch',
    },
    {
      name: 'loss',
      value: 'NAME',
      help: "cross_entropy, nll_loss, mse, bce_with_logits, l1, …; default: the training script's",
    },
    {
      name: 'output',
      value: 'NAME',
      help: 'Of an ONNX or graph model with several outputs: the one the loss is of; default: logits, else the first',
    },
    {
      name: 'input',
      value: 'SPEC',
      multiple: true,
      help: 'Per input: 3x32x32 or 3,32,32 (one sample), or "torch.randint(0,65,(2,16))"',
    },
    {
      name: 'train-script',
      value: 'FILE',
      help: 'Where optimizer, loss and batch size are read; default: train.py beside the model',
    },
    {
      name: 'latencies',
      value: 'FILE',
      help: 'Milliseconds by layer and bits, .json or .csv (layer,bits,ms), for bit widths within a latency (E2)',
    },
    { name: 'samples', value: 'N', help: 'Samples analysed, drawn by the seed; default 512' },
    { name: 'batch', value: 'N', help: 'Samples evaluated at once; default: as many as memory allows' },
    {
      name: 'quantities',
      value: 'a,b,…',
      help: 'IDs of docs/quantities.md (A1,B3), groups (conditioning), default, or all; default: what answers in seconds',
    },
    { name: 'top', value: 'K', help: 'Eigenvalues at each end; default 5' },
    {
      name: 'effort',
      value: 'X',
      help: 'How much the default set may take: 1, about a minute on a laptop, is the default; more puts more samples behind trace, density and layers',
    },
    { name: 'probes', value: 'N', help: 'Most random probes for stochastic estimates' },
    { name: 'tolerance', value: 'R', help: 'Relative tolerance of eigenvalues and estimates' },
    { name: 'seed', value: 'N', help: 'Seed of probes, samples and initial values; default 0' },
    { name: 'engine', value: 'NAME', help: 'auto, onnxruntime, tfjs, reference; default auto' },
    { name: 'precision', value: 'P', help: 'float32 or float64 (small models); default float32' },
    { name: 'mode', value: 'M', help: 'eval or train (batch statistics); default eval' },
    { name: 'memory-limit', value: 'MIB', help: 'Memory for stored intermediates; default half of what is free' },
    { name: 'format', value: 'F', help: 'text, json, sarif, html; default text' },
    { name: 'out', value: 'FILE', help: 'Write the report here instead of to standard output' },
    { name: 'verbose', help: 'With text: also what each stage and study took' },
    { name: 'fail-on', value: 'LEVEL', help: 'Exit with 1 on findings of this level or above: error, warning' },
  ],
};

type Format = 'text' | 'json' | 'sarif' | 'html';

/** Runs `analyze`; returns the exit code. Throws `UsageError`. */
export async function analyzeCommand(options: ParsedOptions, positionals: readonly string[]): Promise<number> {
  const format = oneOf<Format>(options, 'format', ['text', 'json', 'sarif', 'html'], 'text');
  const failOn =
    text(options, 'fail-on') === undefined ? undefined : oneOf(options, 'fail-on', ['error', 'warning'], 'error');
  const request = requestOf(options, positionals);
  const outcome = await runInWorker(request);
  if (!outcome.ok) return reportFailure(outcome.failure);
  const out = text(options, 'out');
  const page = render(outcome.result, format, out !== undefined, options['verbose'] === true);
  if (out === undefined) process.stdout.write(page);
  else writeReport(resolve(out), page);
  return failsOn(outcome.result, failOn) ? 1 : 0;
}

function requestOf(options: ParsedOptions, positionals: readonly string[]): AnalyzeRequest {
  const [modelFile, ...rest] = positionals;
  if (modelFile === undefined) throw new UsageError('analyze needs a file: hessian-lens analyze MODEL.py');
  if (rest.length > 0) throw new UsageError(`analyze takes one file, but got also ${rest.join(', ')}`);
  const path = (name: string): string | undefined => {
    const given = text(options, name);
    return given === undefined ? undefined : resolve(given);
  };
  const memory = count(options, 'memory-limit', 16);
  return {
    modelFile: resolve(modelFile),
    inputs: texts(options, 'input'),
    top: count(options, 'top', 1) ?? 5,
    seed: count(options, 'seed', 0) ?? 0,
    engine: oneOf(options, 'engine', ['auto', 'onnxruntime', 'tfjs', 'reference'], 'auto'),
    precision: oneOf(options, 'precision', ['float32', 'float64'], 'float32'),
    ...present(
      'mode',
      text(options, 'mode') === undefined
        ? undefined
        : oneOf<'eval' | 'train'>(options, 'mode', ['eval', 'train'], 'eval'),
    ),
    ...present('model', text(options, 'model')),
    ...present('checkpoint', path('checkpoint')),
    ...present('weights', text(options, 'weights')),
    ...present('data', path('data')),
    ...present('loss', text(options, 'loss')),
    ...present('output', text(options, 'output')),
    ...present('trainScript', path('train-script')),
    ...present('latencies', path('latencies')),
    ...present('batch', count(options, 'batch', 1)),
    ...present('samples', count(options, 'samples', 1)),
    ...present('effort', positive(options, 'effort')),
    ...present('probes', count(options, 'probes', 2)),
    ...present('tolerance', fraction(options, 'tolerance')),
    ...present('quantities', quantitiesOf(text(options, 'quantities'))),
    ...present('memoryLimit', memory === undefined ? undefined : memory * 2 ** 20),
  };
}

function quantitiesOf(list: string | undefined): string[] | undefined {
  const names = list?.split(',').map((name) => name.trim());
  const unknown = unknownQuantities(names ?? []);
  if (unknown.length > 0)
    throw new UsageError(`--quantities has no ${unknown.join(', ')}; there are ${quantityNames()}`);
  return names;
}

/** `{name: value}`, or nothing where the value is not there. */
const present = <K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: V };

async function runInWorker(request: AnalyzeRequest): ReturnType<WorkerClient['analyze']> {
  const worker = new WorkerClient(join(__dirname, 'worker.js'));
  const bar = new ProgressBar(process.stderr);
  const cancel = new AbortController();
  const onInterrupt = (): void => cancel.abort();
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  try {
    return await worker.analyze(
      request,
      {
        onPrediction: (prediction) => announce(prediction, bar),
        onProgress: (progress) => bar.update(progress),
      },
      cancel.signal,
    );
  } finally {
    bar.clear();
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
    worker.dispose();
  }
}

function announce({ seconds, bytes, batches }: Prediction, bar: ProgressBar): void {
  if (!process.stderr.isTTY) return;
  bar.clear();
  const split = batches > 1 ? `, samples split into ${batches} batches` : '';
  process.stderr.write(`about ${duration(seconds)}, ${Math.ceil(bytes / 2 ** 20)} MiB${split}; Ctrl+C cancels\n`);
}

function render(result: AnalysisResult, format: Format, toFile: boolean, verbose: boolean): string {
  switch (format) {
    case 'text': {
      const style = toFile ? plainStyle : styleFor(process.stdout);
      const costs = verbose ? `\n${costLines(result.cost, style).join('\n')}\n` : '';
      return `${renderText(result, style)}${costs}`;
    }
    case 'json':
      return `${JSON.stringify(toContractJson(result), null, 2)}\n`;
    case 'sarif':
      return `${JSON.stringify(toSarif(result.findings, version), null, 2)}\n`;
    case 'html':
      return renderHtml(result);
  }
}

const failsOn = (result: AnalysisResult, level: 'error' | 'warning' | undefined): boolean =>
  level !== undefined && result.findings.some(({ severity }) => SEVERITY_RANK[severity] >= SEVERITY_RANK[level]);

const EXIT_CODES = { input: 2, internal: 3, cancelled: 130 } as const;

/** Prints a failure as `file:line:column: error: …` and returns the exit code. */
export function reportFailure(failure: Failure): number {
  const { file, line, column, message, hint, category } = failure;
  const style = process.stderr.isTTY ? ansiStyle : plainStyle;
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  process.stderr.write(
    `${place === '' ? '' : `${place}: `}${style.red(category === 'cancelled' ? 'cancelled' : 'error')}: ${message}\n`,
  );
  if (hint !== undefined) process.stderr.write(`  ${hint}\n`);
  return EXIT_CODES[category];
}
