import type { Checkpoint, CheckpointTensor, MetadataValue, OptimizerState } from '../checkpoint/checkpoint';
import type { TensorStatistics } from '../checkpoint/health';
import { averagesOf } from '../checkpoint/averages';
import { chosenContainers, weightNames } from '../checkpoint/weights';
import { bitsPerWeight, isQuantisedType } from '../checkpoint/quantisedType';
import { openCheckpointAt } from '../checkpoint/checkpointFiles';
import { DiskDataFiles } from '../project/diskDataFiles';
import { formatNumber } from '../report/numbers';
import { styleFor, type Style } from '../report/style';
import { failureOf, InputError } from '../worker/inputError';
import { requireSafe } from '../worker/loadParameters';
import { reportFailure } from './analyzeCommand';
import { oneOf, text, UsageError, type CommandHelp, type ParsedOptions } from './arguments';

export const checkpointHelp: CommandHelp = {
  name: 'checkpoint',
  positionals: 'PATH [options]',
  summary:
    'Tensors, types, shapes, metadata, health and safety of a checkpoint: a file,\n' +
    'the index of several shards, or a folder of Hugging Face. Nothing in it is executed.',
  options: [
    { name: 'weights', value: 'NAME', help: "List these: ema, or a dictionary in the file; default: the model's" },
    { name: 'stats', help: 'Read every tensor: NaN, infinities, zeros, denormals, range, mean, deviation' },
    { name: 'format', value: 'F', help: 'text or json; default text' },
  ],
};

interface Row {
  readonly tensor: CheckpointTensor;
  readonly statistics: TensorStatistics | undefined;
}

/** Runs `checkpoint`; returns the exit code. */
export async function checkpointCommand(options: ParsedOptions, positionals: readonly string[]): Promise<number> {
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0)
    throw new UsageError('checkpoint takes one path: hessian-lens checkpoint PATH');
  const format = oneOf(options, 'format', ['text', 'json'], 'text');
  try {
    const files = new DiskDataFiles();
    try {
      const checkpoint = withWeights(await openCheckpointAt(files, file), text(options, 'weights'));
      if (checkpoint.tensors.length === 0 && checkpoint.warnings.length === 0)
        throw new InputError(`the file is a ${checkpoint.format} without a single tensor`, {
          file,
          hint: 'Give the file that torch.save wrote for the model.',
        });
      const rows: Row[] = [];
      for (const tensor of checkpoint.tensors) {
        const isRead = options['stats'] === true && !isQuantisedType(tensor.dtype);
        rows.push({ tensor, statistics: isRead ? await tensor.statistics() : undefined });
      }
      process.stdout.write(
        format === 'json'
          ? `${JSON.stringify(await toJson(checkpoint, rows), null, 2)}\n`
          : renderCheckpoint(checkpoint, rows, styleFor(process.stdout)),
      );
      requireSafe(checkpoint, file);
    } finally {
      await files.close();
    }
    return 0;
  } catch (error) {
    return reportFailure(failureOf(error));
  }
}

/** The checkpoint with the named container as the one that counts. */
function withWeights(checkpoint: Checkpoint, asked: string | undefined): Checkpoint {
  if (asked === undefined) return checkpoint;
  const [chosen] = chosenContainers(checkpoint.containers, asked);
  if (chosen !== undefined) return { ...checkpoint, container: chosen.path, tensors: chosen.tensors };
  throw new InputError(`the checkpoint has no weights '${asked}'`, {
    file: checkpoint.file,
    hint: `There are: ${weightNames(checkpoint.containers).join(', ') || 'one set only'}`,
  });
}

function describeOptimizer({ path, groups, parameters }: OptimizerState): unknown {
  const state = parameters.map(({ index, group, tensors, numbers }) => ({
    index,
    group,
    tensors: [...tensors].map(([name, { shape, dtype }]) => ({ name, shape, dtype })),
    numbers: Object.fromEntries(numbers),
  }));
  return { path, groups, state };
}

async function toJson(checkpoint: Checkpoint, rows: readonly Row[]): Promise<unknown> {
  const optimizers = checkpoint.optimizers.map(describeOptimizer);
  return {
    file: checkpoint.file,
    files: checkpoint.files,
    notes: checkpoint.notes,
    format: checkpoint.format,
    size: checkpoint.size,
    hash: await checkpoint.hash(),
    container: checkpoint.container,
    containers: checkpoint.containers.map(({ path, tensors }) => ({ path, tensors: tensors.length })),
    averages: averagesOf(checkpoint.containers).map(({ path }) => path),
    tensors: rows.map(({ tensor: { name, shape, dtype, storageKey }, statistics }) => ({
      name,
      shape,
      dtype,
      ...(isQuantisedType(dtype) ? { bitsPerWeight: bitsPerWeight(dtype) } : {}),
      storage: storageKey,
      ...(statistics === undefined ? {} : { statistics }),
    })),
    metadata: checkpoint.metadata,
    // Nearly always one; of several the first.
    optimizer: optimizers[0] ?? null,
    optimizers,
    progress: checkpoint.progress,
    health: healthOf(rows),
    safety: { executed: false, warnings: checkpoint.warnings },
  };
}

/** Tensors with something wrong; null where they were not read. */
function healthOf(rows: readonly Row[]): unknown {
  if (rows.every(({ statistics }) => statistics === undefined)) return null;
  const names = (test: (statistics: TensorStatistics) => boolean): string[] =>
    rows.flatMap(({ tensor, statistics }) => (statistics !== undefined && test(statistics) ? [tensor.name] : []));
  return {
    nan: names(({ nan }) => nan > 0),
    infinite: names(({ infinite }) => infinite > 0),
    allZero: names(({ zero, count }) => count > 0 && zero === count),
    denormal: names(({ denormal }) => denormal > 0),
  };
}

function renderCheckpoint(checkpoint: Checkpoint, rows: readonly Row[], style: Style): string {
  const elements = rows.reduce((sum, { tensor }) => sum + tensor.elementCount, 0);
  const { file, format, size, container, containers, progress, optimizers, warnings } = checkpoint;
  const others = containers.filter(({ path }) => path !== container);
  const nameWidth = Math.max(6, ...rows.map(({ tensor }) => tensor.name.length)) + 2;
  const shapeWidth = Math.max(5, ...rows.map(({ tensor }) => shapeText(tensor).length)) + 2;
  return [
    `${style.bold(file)}  ${style.dim(`${format}, ${(size / 2 ** 20).toFixed(1)} MiB`)}`,
    `  ${rows.length} tensors with ${elements.toLocaleString('en-US')} elements${container === '' ? '' : ` in '${container}'`}`,
    ...(others.length > 0
      ? [`  also: ${others.map(({ path, tensors }) => `'${path}' (${tensors.length})`).join(', ')}`]
      : []),
    ...Object.entries(progress).map(([name, value]) => `  ${name} ${value}`),
    ...optimizers.map(({ path, parameters }) => `  optimizer state of ${parameters.length} tensors in '${path}'`),
    ...checkpoint.notes.map((note) => `  ${note}`),
    ...averagesText(checkpoint),
    ...describedConfig(checkpoint.metadata),
    '',
    ...rows.map(({ tensor, statistics }) =>
      `  ${tensor.name.padEnd(nameWidth)}${shapeText(tensor).padEnd(shapeWidth)}${typeText(tensor).padEnd(10)}${statistics === undefined ? '' : statisticsText(statistics, style)}`.trimEnd(),
    ),
    ...quantisationText(rows),
    ...warnings.map(({ code, message, where }) => style.yellow(`  ${code} ${message} (${where})`)),
    ...(warnings.length === 0 ? [style.dim('  nothing in the file tries to execute code')] : []),
    '',
  ].join('\n');
}

function quantisationText(rows: readonly Row[]): string[] {
  const quantised = rows.filter(({ tensor }) => isQuantisedType(tensor.dtype)).length;
  return quantised === 0 ? [] : [`  ${quantised} quantised tensors are listed, not read`];
}

function averagesText({ containers, container }: Checkpoint): string[] {
  const others = averagesOf(containers).filter(({ path }) => path !== container);
  return others.length === 0
    ? []
    : [`  averages of the weights: ${others.map(({ path }) => `'${path}'`).join(', ')} (--weights ema)`];
}

/** What the `config.json` beside the weights says the model is. */
function describedConfig(metadata: MetadataValue): string[] {
  const config = isDictionary(metadata) ? metadata['config.json'] : undefined;
  if (!isDictionary(config)) return [];
  const type = config['model_type'];
  const classes = config['architectures'];
  return [
    ...(typeof type === 'string' ? [`  model type ${type}`] : []),
    ...(Array.isArray(classes) ? [`  written by ${classes.map(String).join(', ')}`] : []),
  ];
}

const isDictionary = (value: MetadataValue | undefined): value is Record<string, MetadataValue> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const typeText = ({ dtype }: CheckpointTensor): string =>
  isQuantisedType(dtype) ? `${dtype}, ${bitsPerWeight(dtype)} bits a weight` : dtype;

const shapeText = ({ shape }: CheckpointTensor): string => `[${shape.join(', ')}]`;

function statisticsText(
  { min, max, mean, std, nan, infinite, zero, count, denormal }: TensorStatistics,
  style: Style,
): string {
  const problems = [
    nan > 0 ? `${nan} NaN` : '',
    infinite > 0 ? `${infinite} infinite` : '',
    count > 0 && zero === count ? 'all zero' : '',
    denormal > 0 ? `${denormal} denormal` : '',
  ].filter((problem) => problem !== '');
  const range = Number.isNaN(mean)
    ? ''
    : `${formatNumber(min, 3)} … ${formatNumber(max, 3)}, mean ${formatNumber(mean, 3)} ± ${formatNumber(std, 3)}`;
  return `${range}${problems.length > 0 ? `  ${style.red(problems.join(', '))}` : ''}`;
}
