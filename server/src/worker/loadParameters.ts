/** Values of a model's parameters and buffers: from a checkpoint, or the code's own initialisation. */
import type { Checkpoint, CheckpointTensor, CheckpointWarning } from '../checkpoint/checkpoint';
import { openCheckpointAt } from '../checkpoint/checkpointFiles';
import { toFloat64, type TensorData } from '../checkpoint/elementType';
import { renamedBlocks } from '../checkpoint/proposedRenames';
import { isCounter, type StateDictMatch } from '../checkpoint/stateDict';
import { matchWeights, UnknownWeights, type WantedState, type WeightsMatch } from '../checkpoint/weights';
import type { FoundOptimizerState } from '../curvature/analysis/optimizerState';
import type { ArrayValue } from '../engine/engine';
import type { TracedBuffer, TracedModel } from '../frontend/model';
import { elementCount } from '../graph/node';
import type { DType } from '../graph/primitives';
import { DiskDataFiles } from '../project/diskDataFiles';
import { InputError } from './inputError';
import { loadOptimizerState } from './loadOptimizerState';
import { parameterValues } from './parameterValues';
import { publishedWeights } from './publishedWeights';

/** Keys listed one by one in a message before the rest is counted. */
const LISTED = 20;

export interface LoadedCheckpoint {
  readonly file: string;
  /** All files it consists of. */
  readonly files: readonly string[];
  readonly hash: string;
  readonly step: number | null;
}

export interface LoadedState {
  /** By parameter name; float64, row-major. */
  readonly parameters: ReadonlyMap<string, Float64Array>;
  readonly buffers: ReadonlyMap<string, ArrayValue>;
  readonly checkpoint: LoadedCheckpoint | null;
  readonly optimizerState: FoundOptimizerState | null;
  /** For the provenance. */
  readonly notes: readonly string[];
  readonly warnings: readonly CheckpointWarning[];
  readonly unexpected: readonly string[];
}

/**
 * `weights` chooses among a checkpoint's, as `matchWeights` says. Reads `file` (absolute; also a folder or an index of shards) for the traced model; without one, the code's
 * own initial values.
 */
export async function loadState(traced: TracedModel, file: string | undefined, weights?: string): Promise<LoadedState> {
  const files = new DiskDataFiles();
  try {
    if (file === undefined) return await initialState(traced, files);
    const checkpoint = await openCheckpointAt(files, file, 'whole');
    requireSafe(checkpoint, file);
    return await stateFrom(traced, checkpoint, file, weights);
  } finally {
    await files.close();
  }
}

/** A pickle that names code to run was not written by training alone: its numbers are not used, and the code is never run. */
export function requireSafe({ warnings }: Pick<Checkpoint, 'warnings'>, file: string): void {
  const unsafe = warnings.filter(({ code }) => code === 'HL404');
  if (unsafe.length === 0) return;
  throw new InputError(`HL404: ${unsafe.map(({ message, where }) => `${message} (${where})`).join('; ')}`, {
    file,
    hint: 'Nothing was executed. Do not load this file with PyTorch unless you trust its source; save the state_dict as safetensors instead.',
  });
}

async function initialState(traced: TracedModel, files: DiskDataFiles): Promise<LoadedState> {
  const published = await publishedWeights(traced, files);
  const parameters = parameterValues(traced.parameters);
  for (const { name, initial } of traced.parameters) {
    const tensor = published.tensors.get(name);
    if (tensor === undefined) parameters.get(name)?.set(initial());
    else await floats(tensor, tensor.name, parameters.get(name));
  }
  const buffers = new Map<string, ArrayValue>();
  for (const buffer of traced.buffers) {
    const tensor = buffer.node.primitive === 'input' ? published.tensors.get(buffer.name) : undefined;
    buffers.set(buffer.name, tensor === undefined ? initialBuffer(buffer) : await asArray(tensor, buffer, tensor.name));
  }
  return {
    parameters,
    buffers,
    checkpoint: null,
    optimizerState: null,
    notes: [
      ...published.notes,
      published.tensors.size === 0
        ? "no checkpoint: the code's own initialisation, drawn with this program's seed (not PyTorch's generator)"
        : "no checkpoint: published weights, and for what they do not have the code's own initialisation, drawn with this program's seed",
    ],
    warnings: [],
    unexpected: [],
  };
}

const initialBuffer = ({ shape, dtype, initial }: TracedBuffer): ArrayValue => ({ shape, dtype, data: initial() });

async function stateFrom(
  traced: TracedModel,
  checkpoint: Checkpoint,
  file: string,
  weights: string | undefined,
): Promise<LoadedState> {
  const match = matched(traced, checkpoint, file, weights);
  requireMatch(traced, match, file);
  const tensorOf = (storage: string): CheckpointTensor | undefined => {
    const keys = traced.stateKeys.filter((entry) => entry.storage === storage);
    return keys.map(({ key }) => match.assignments.get(key)).find((tensor) => tensor !== undefined);
  };
  const parameters = parameterValues(traced.parameters);
  for (const { name, initial } of traced.parameters) {
    const tensor = tensorOf(name);
    const values = parameters.get(name);
    if (tensor === undefined) values?.set(initial());
    else await floats(tensor, file, values);
  }
  const buffers = new Map<string, ArrayValue>();
  for (const buffer of traced.buffers) {
    const tensor = buffer.node.primitive === 'input' ? tensorOf(buffer.name) : undefined;
    buffers.set(buffer.name, tensor === undefined ? initialBuffer(buffer) : await asArray(tensor, buffer, file));
  }
  requireFinite(parameters, file);
  const optimizer = await loadOptimizerState(traced, checkpoint);
  const { step, epoch } = checkpoint.progress;
  return {
    parameters,
    buffers,
    checkpoint: { file, files: checkpoint.files, hash: await checkpoint.hash(), step: step ?? null },
    optimizerState: optimizer.state,
    notes: [
      ...checkpoint.notes.map((note) => `checkpoint: ${note}`),
      ...match.notes.map((note) => `checkpoint: ${note}`),
      ...(match.renaming === undefined ? [] : [`checkpoint names: ${match.renaming}`]),
      ...(epoch === undefined ? [] : [`checkpoint of epoch ${epoch}`]),
      ...optimizer.notes,
    ],
    warnings: checkpoint.warnings,
    unexpected: match.unexpected,
  };
}

function matched(traced: TracedModel, checkpoint: Checkpoint, file: string, weights: string | undefined): WeightsMatch {
  try {
    return matchWeights(checkpoint, wantedState(traced), weights);
  } catch (error) {
    if (!(error instanceof UnknownWeights)) throw error;
    throw new InputError(error.message, {
      file,
      hint: error.known.length === 0 ? 'It has one set of weights only.' : `There are: ${error.known.join(', ')}`,
    });
  }
}

function wantedState({ stateKeys, parameters }: TracedModel): WantedState[] {
  const trained = new Set(parameters.filter(({ requiresGrad }) => requiresGrad).map(({ name }) => name));
  return stateKeys.map(({ key, kind, shape, storage }) => {
    if (storage !== key) return { name: key, shape, role: 'other name', sameAs: storage };
    const role = kind === 'buffer' ? 'buffer' : trained.has(key) ? 'trained parameter' : 'frozen parameter';
    return { name: key, shape, role };
  });
}

function requireMatch(traced: TracedModel, match: StateDictMatch, file: string): void {
  const missing = match.missing.filter((name) => !isCounter(name));
  if (missing.length === 0 && match.misshaped.length === 0) return;
  const lines = [
    ...match.misshaped.map(
      ({ name, expected, found }) =>
        `${name}: the model has [${expected.join(', ')}], the checkpoint [${found.join(', ')}]`,
    ),
    ...missing.map((name) => `${name}: missing in the checkpoint`),
    ...match.unexpected.map((name) => `${name}: in the checkpoint, but not in the model`),
  ];
  const shown = lines.slice(0, LISTED);
  const rest = lines.length - shown.length;
  const renames = renamedBlocks(match.proposedRenames)
    .slice(0, 3)
    .map(({ wanted, found }) => `${found} → ${wanted}`);
  throw new InputError(
    [
      `the checkpoint does not fit ${traced.name} (${traced.file}:${traced.line}):`,
      ...shown.map((line) => `  ${line}`),
      ...(rest > 0 ? [`  … and ${rest} more`] : []),
    ].join('\n'),
    {
      file,
      hint:
        renames.length > 0
          ? `Shapes agree under other names; rename: ${renames.join(', ')}`
          : 'Check that the checkpoint was written by this model with these constructor arguments (--model "Net(…)").',
    },
  );
}

/** Read in pieces, so that next to the result only one of them is held. */
async function floats(
  tensor: CheckpointTensor,
  file: string,
  values: Float64Array = new Float64Array(elementCount(tensor.shape)),
): Promise<Float64Array> {
  if (tensor.dtype.startsWith('complex'))
    throw new InputError(`${tensor.name} is ${tensor.dtype}; parameters must be real numbers`, { file });
  let start = 0;
  for await (const piece of tensor.chunks()) {
    values.set(isLong(piece) ? toFloat64(piece) : piece, start);
    start += piece.length;
  }
  return values;
}

const isLong = (data: TensorData): data is BigInt64Array | BigUint64Array =>
  data instanceof BigInt64Array || data instanceof BigUint64Array;

async function asArray(
  tensor: CheckpointTensor,
  { shape, dtype }: { shape: readonly number[]; dtype: DType },
  file: string,
): Promise<ArrayValue> {
  const values = await floats(tensor, file);
  if (values.length !== elementCount(shape))
    throw new InputError(`${tensor.name} has ${values.length} elements`, { file });
  const data =
    dtype === 'float'
      ? values
      : dtype === 'int'
        ? Int32Array.from(values)
        : Uint8Array.from(values, (x) => (x === 0 ? 0 : 1));
  return { shape, dtype, data };
}

function nonFinite(values: Float64Array): number {
  let count = 0;
  for (const value of values) if (!Number.isFinite(value)) count++;
  return count;
}

/** NaN or infinite weights make every later number meaningless: say so before computing one. */
function requireFinite(parameters: ReadonlyMap<string, Float64Array>, file: string): void {
  const damaged = [...parameters].flatMap(([name, values]) => {
    const count = nonFinite(values);
    return count === 0 ? [] : [`${name}: ${count} of ${values.length} values`];
  });
  if (damaged.length === 0) return;
  throw new InputError(
    `the checkpoint holds NaN or infinite weights (HL403):\n  ${damaged.slice(0, LISTED).join('\n  ')}`,
    {
      file,
      hint: 'The run had diverged when this was saved; take an earlier checkpoint.',
    },
  );
}
