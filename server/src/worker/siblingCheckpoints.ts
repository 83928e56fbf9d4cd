/** Other checkpoints of the same run: files beside the analysed one whose names differ in numbers only. */
import { basename, dirname } from 'node:path';
import type { EarlierCheckpoint } from '../curvature/analysis/options';
import type { Problem } from '../curvature/problem';
import type { TracedModel } from '../frontend/model';
import { isCheckpointName } from '../project/checkpointNames';
import { findFiles } from '../project/findFiles';
import { InputError } from './inputError';
import { loadState, type LoadedState } from './loadParameters';

/** As many are looked at, evenly spaced. */
const MOST = 8;

/** In the order of their steps, the analysed one included; those that do not fit the model are left out. */
export async function siblingCheckpoints(
  traced: TracedModel,
  file: string,
  problemOf: (state: LoadedState) => Problem,
): Promise<EarlierCheckpoint[]> {
  const folder = dirname(file);
  const names = (await findFiles([folder], isCheckpointName)).filter(
    (path) => dirname(path) === folder && withoutNumbers(path) === withoutNumbers(file),
  );
  const found: EarlierCheckpoint[] = [];
  for (const path of spaced(names.sort((a, b) => lastNumber(a) - lastNumber(b)))) {
    const state = await stateAt(traced, path);
    if (state === undefined) continue;
    const step = state.checkpoint?.step ?? lastNumber(path);
    if (Number.isFinite(step)) found.push({ name: basename(path), step, problem: () => problemOf(state) });
  }
  return found.sort((a, b) => a.step - b.step);
}

async function stateAt(traced: TracedModel, path: string): Promise<LoadedState | undefined> {
  try {
    return await loadState(traced, path);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

const withoutNumbers = (path: string): string => basename(path).replace(/\d+/g, '#');
const lastNumber = (path: string): number => Number(/(\d+)\D*$/.exec(basename(path))?.[1] ?? NaN);

const spaced = (paths: readonly string[]): readonly string[] =>
  paths.length <= MOST
    ? paths
    : Array.from({ length: MOST }, (_, i) => paths[Math.round((i * (paths.length - 1)) / (MOST - 1))] as string);
