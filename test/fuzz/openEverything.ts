/** Opens a file as the product does, and reads whatever is in it. */
import type { Checkpoint } from '../../server/src/checkpoint/checkpoint';
import { CheckpointError } from '../../server/src/checkpoint/checkpointError';
import { openCheckpointAt, type CheckpointFiles } from '../../server/src/checkpoint/checkpointFiles';
import { isQuantisedType } from '../../server/src/checkpoint/quantisedType';
import { openDataset } from '../../server/src/dataset/openDataset';
import { modelFileFormat } from '../../server/src/frontend/modelFileNames';
import { openModelFile } from '../../server/src/frontend/modelFiles';
import type { SourceProvider } from '../../server/src/python/interpreter';
import { memoryFiles } from '../unit/dataset/memoryFiles';
import type { HostileFile } from './hostileFile';

/** Tensors of one file whose elements are read, and samples of one data set. */
const MOST_READ = 32;
const MOST_SECONDS = 1;

const nothingElse: SourceProvider = { read: () => undefined, resolveModule: () => undefined };

/** Names of faults of our own code that a message must not consist of. */
const FOREIGN =
  /Cannot read propert|is not a function|is not iterable|Invalid (array|typed array|string|count)|Maximum call stack|allocation failed|out of bounds|outside the bounds|Cannot mix BigInt|Cannot convert|\bundefined\b|\bNaN\b/;

export type Outcome = 'read' | 'refused';

/** A CheckpointError is a fine answer. Throws for every other error, and for messages that only repeat one. */
export async function openEverything(file: HostileFile): Promise<Outcome> {
  return attempted(() => (file.kind === 'checkpoint' ? readCheckpoint(file) : readData(file)));
}

async function attempted(read: () => Promise<unknown>): Promise<Outcome> {
  try {
    await read();
    return 'read';
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    if (error.reason === '' || FOREIGN.test(error.reason))
      throw new Error(`the message is no explanation: ${error.message}`, { cause: error });
    return 'refused';
  }
}

async function readCheckpoint({ files, path }: HostileFile): Promise<void> {
  if (modelFileFormat(path) !== undefined) await attempted(() => readModelFile(memoryFiles(files), path));
  const checkpoint = await openCheckpointAt(memoryFiles(files), path, 'whole');
  list(checkpoint);
  for (const tensor of checkpoint.tensors.slice(0, MOST_READ)) {
    // One array that cannot be read is no reason not to try the next.
    await attempted(() => tensor.read());
    if (!isQuantisedType(tensor.dtype)) await attempted(() => tensor.statistics());
  }
  await checkpoint.hash();
}

/** A model that cannot be followed says so; the limits of time and memory hold for what is done with it, too. */
async function readModelFile(files: CheckpointFiles, path: string): Promise<void> {
  const { trace } = await openModelFile(files, path);
  const { stopped } = trace({ file: path, source: '', sources: nothingElse, limits: { seconds: MOST_SECONDS } });
  if (stopped !== null && FOREIGN.test(stopped.reason))
    throw new Error(`the stop is no explanation: ${stopped.reason}`);
}

/** What the tree of tensors shows. */
function list(checkpoint: Checkpoint): void {
  const { optimizers, metadata, containers, warnings } = checkpoint;
  const entries = checkpoint.inventory().map(({ tensor }) => tensor.name);
  JSON.stringify([
    entries,
    metadata,
    warnings,
    containers.map(({ path }) => path),
    optimizers.map(({ groups }) => groups),
  ]);
}

async function readData({ files, path }: HostileFile): Promise<void> {
  const dataset = await openDataset(memoryFiles(files), path, { sequenceLength: 4 });
  const indices = Array.from({ length: Math.min(dataset.size, MOST_READ) }, (_, i) => i);
  await attempted(() => dataset.batch(indices));
  for (const array of dataset.arrays.keys()) await attempted(() => dataset.column(array, indices));
  await dataset.hash();
}
