/** What can be said of a file without numbers: source files by reading them, checkpoints by their index and, on request, their tensors. */
import { readFileSync } from 'node:fs';
import type { TensorStatistics } from '../checkpoint/health';
import { openCheckpointAt } from '../checkpoint/checkpointFiles';
import { isQuantisedType } from '../checkpoint/quantisedType';
import type { Finding, Location } from '../diagnosis/finding';
import { locationOf } from '../diagnosis/staticRule';
import { checkpointFindings } from '../diagnosis/checkpointFindings';
import { DiskDataFiles } from '../project/diskDataFiles';
import { notebookProgram, type NotebookProgram } from '../project/notebook';
import { findProjectRoot } from '../project/projectRoot';
import type { FileReading, ModelReading, Place } from '../protocol/reading';
import { ReadingCancelled } from '../python/errors';
import { openingFailure } from './checkpointFit';
import { workTime } from '../python/workTime';
import type { DiskWorlds } from './diskWorld';
import { readFile } from './readFile';
import type { ReadingRequest } from './readingRequest';

export interface CheckedSource {
  readonly models: readonly ModelReading[];
  readonly findings: readonly Finding[];
}

/**
 * Reads a Python file or a notebook until nothing is left or `seconds` are over; a reading comes in slices. What was not read
 * in that time is a finding. Throws only what the file system throws.
 */
export async function checkSource(file: string, worlds: DiskWorlds, seconds: number): Promise<CheckedSource> {
  const raw = readFileSync(file, 'utf8');
  const notebook = file.endsWith('.ipynb') ? (notebookProgram(raw) ?? NO_PROGRAM) : undefined;
  const request = {
    file,
    text: notebook?.text ?? raw,
    root: findProjectRoot(file),
    overlays: {},
    epoch: 0,
    settings: {},
    checkpoints: [],
  };
  const { reading, ended } = await readUntil(request, worlds, seconds);
  const { models, findings, syntaxError } = reading ?? { models: [], findings: [], syntaxError: null };
  const all = [
    ...findings,
    ...(syntaxError === null ? [] : [notPython(syntaxError)]),
    ...(ended ? [] : [notReadIn(seconds, file, reading?.unread)]),
  ];
  if (notebook === undefined) return { models, findings: all };
  const cells = <L extends Location>(place: L): L =>
    place.file === file ? { ...place, ...notebook.placeOf(place.line) } : place;
  return { models, findings: all.map((each) => ({ ...cells(each), related: each.related.map(cells) })) };
}

const NO_PROGRAM: NotebookProgram = { text: '', placeOf: (line) => ({ cell: 1, line }) };

/** The last slice of a reading that came to its end, and whether it was the last that there is. */
async function readUntil(
  request: ReadingRequest,
  worlds: DiskWorlds,
  seconds: number,
): Promise<{ readonly reading: FileReading | undefined; readonly ended: boolean }> {
  const deadline = workTime() + 1000 * seconds;
  const isLate = (): boolean => workTime() > deadline;
  const world = worlds.worldFor(request, isLate);
  let reading: FileReading | undefined;
  try {
    for (let left = Infinity; left > 0;) {
      ({ reading } = await readFile(request, world));
      if (reading.unread >= left) break;
      left = reading.unread;
    }
    return { reading, ended: true };
  } catch (error) {
    if (error instanceof ReadingCancelled) return { reading, ended: false };
    throw error;
  }
}

const notPython = (error: Place & { readonly message: string }): Finding => ({
  ...locationOf(error),
  code: 'HL406',
  severity: 'information',
  message: `The file is not Python 3 that can be read: ${error.message}`,
  related: [],
});

function notReadIn(seconds: number, file: string, models: number | undefined): Finding {
  const what = models === undefined ? 'The file was' : models === 1 ? 'One model was' : `${models} models were`;
  return {
    file,
    line: 1,
    column: 1,
    endColumn: 2,
    code: 'HL406',
    severity: 'information',
    message: `${what} not read within ${seconds} s. Give more time (--time-per-file), or check the model's file by itself.`,
    related: [],
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
