/** Which checkpoint near the model would fit, where nobody names one: offered in a note, never used by itself. */
import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { openCheckpointAt } from '../checkpoint/checkpointFiles';
import type { TracedModel } from '../frontend/model';
import { isCheckpointName } from '../project/checkpointNames';
import { DiskDataFiles } from '../project/diskDataFiles';
import { findFiles, nearestFirst } from '../project/findFiles';
import { findProjectRoot } from '../project/projectRoot';
import { fitOf, fitScore, openingFailure, stateKeysOf } from '../reading/checkpointFit';

/** Files whose index is read. */
const COMPARED = 40;

/** The path of the checkpoint that fits best, with what was done to its names; undefined where none fits. */
export async function fittingCheckpoint(
  traced: Pick<TracedModel, 'file' | 'stateKeys'>,
): Promise<{ readonly file: string; readonly renaming: string | undefined } | undefined> {
  const stateKeys = stateKeysOf(traced);
  if (stateKeys.length === 0) return undefined;
  const near = nearestFirst(traced.file, await findFiles([findProjectRoot(traced.file)], isCheckpointName));
  const fitting: { file: string; renaming: string | undefined; score: number; modified: number }[] = [];
  for (const file of near.slice(0, COMPARED)) {
    const fit = await fitAt(file, stateKeys);
    if (fit.kind !== 'fits') continue;
    const { mtimeMs: modified } = await stat(file);
    fitting.push({ file, renaming: fit.renaming, score: fitScore(fit, stateKeys.length), modified });
  }
  return fitting.sort((a, b) => b.score - a.score || b.modified - a.modified)[0];
}

async function fitAt(file: string, stateKeys: ReturnType<typeof stateKeysOf>): Promise<ReturnType<typeof fitOf>> {
  const files = new DiskDataFiles();
  try {
    return fitOf({ ok: true, checkpoint: await openCheckpointAt(files, file, 'whole') }, { stateKeys });
  } catch (error) {
    return { kind: 'unreadable', reason: openingFailure(error) };
  } finally {
    await files.close();
  }
}

/** For the provenance; none where nothing fits. */
export async function offeredCheckpoint(traced: Pick<TracedModel, 'name' | 'file' | 'stateKeys'>): Promise<string[]> {
  const found = await fittingCheckpoint(traced);
  if (found === undefined) return [];
  const path = relative(process.cwd(), found.file);
  const names = found.renaming === undefined ? '' : ` (${found.renaming})`;
  return [`${path} fits ${traced.name}${names}; --checkpoint ${path} uses it`];
}
