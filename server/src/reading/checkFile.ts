/** What can be said of a file without numbers: source files by reading them, checkpoints by their index and, on request, their tensors. */
import { readFileSync } from 'node:fs';
import type { TensorStatistics } from '../checkpoint/health';
import { openCheckpointAt } from '../checkpoint/checkpointFiles';
import { isQuantisedType } from '../checkpoint/quantisedType';
import type { Finding } from '../diagnosis/finding';
import { checkpointFindings } from '../diagnosis/checkpointFindings';
import { DiskDataFiles } from '../project/diskDataFiles';
import { notebookText } from '../project/notebook';
import { findProjectRoot } from '../project/projectRoot';
import type { ModelReading } from '../protocol/reading';
import { openingFailure } from './checkpointFit';
import type { DiskWorlds } from './diskWorld';
import { readFile } from './readFile';

export interface CheckedSource {
  readonly models: readonly ModelReading[];
  readonly findings: readonly Finding[];
}

/** Reads a Python file or a notebook to the end; a reading in slices is repeated until nothing is left. Throws only what the file system throws. */
export async function checkSource(file: string, worlds: DiskWorlds): Promise<CheckedSource> {
  const raw = readFileSync(file, 'utf8');
  const text = file.endsWith('.ipynb') ? (notebookText(raw) ?? '') : raw;
  const request = {
    file,
    text,
    root: findProjectRoot(file),
    overlays: {},
    epoch: 0,
    settings: {},
    checkpoints: [],
  };
  const world = worlds.worldFor(request, () => false);
  let { reading } = await readFile(request, world);
  for (let left = Infinity; reading.unread > 0 && reading.unread < left;) {
    left = reading.unread;
    ({ reading } = await readFile(request, world));
  }
  const { syntaxError: error, models, findings } = reading;
  if (error === null) return { models, findings };
  return {
    models,
    findings: [
      {
        ...error,
        code: 'HL406',
        severity: 'information',
        message: `The file is not Python 3 that can be read: ${error.message}`,
        related: [],
      },
    ],
  };
}

/** The health of a checkpoint. `deeply`: every tensor is read. */
export async function checkCheckpoint(file: string, deeply: boolean): Promise<readonly Finding[]> {
  const files = new DiskDataFiles();
  try {
    const checkpoint = await openCheckpointAt(files, file);
    const statistics = new Map<string, TensorStatistics>();
    if (deeply)
      for (const tensor of checkpoint.tensors)
        if (!isQuantisedType(tensor.dtype)) statistics.set(tensor.name, await tensor.statistics());
    return checkpointFindings(file, checkpoint.warnings, statistics);
  } catch (error) {
    return checkpointFindings(file, [{ code: 'HL403', message: openingFailure(error), where: 'the file' }], new Map());
  } finally {
    await files.close();
  }
}
