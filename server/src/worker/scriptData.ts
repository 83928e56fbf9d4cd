/** The data that a training script reads, found on the disk and opened with the script's transforms. */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CheckpointError } from '../checkpoint/checkpointError';
import type { Dataset, DatasetOptions } from '../dataset/dataset';
import { openPrepared } from '../dataset/preparation/openPrepared';
import { madeSet } from '../dataset/torchvision/places';
import { trainingSet } from '../dataset/torchvision/sampleShape';
import type { DatasetFact } from '../frontend/torch/facts/facts';
import type { TrainingFacts } from '../frontend/torch/trainingFacts';
import type { DiskDataFiles } from '../project/diskDataFiles';
import { kerasHomes } from '../project/kerasHomes';
import { InputError } from './inputError';
import { openData } from './loadSamples';

export interface ScriptData {
  readonly data: { readonly dataset: Dataset; readonly path: string } | undefined;
  /** What the script reads that was not found or not followed. */
  readonly notes: readonly string[];
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** What the script says of images: for data that the user names. */
export function scriptOptions(facts: TrainingFacts | undefined): DatasetOptions {
  const set = trainingSet(facts?.datasets ?? []);
  const { transform } = (set && madeSet(set.value)?.options) ?? {};
  return transform === undefined ? {} : { transform };
}

/** `root`: the project's; relative paths count from the script, the project and the current folder. */
export async function dataOfScript(
  facts: TrainingFacts | undefined,
  root: string,
  files: DiskDataFiles,
  options: DatasetOptions,
): Promise<ScriptData> {
  if (facts === undefined) return { data: undefined, notes: [] };
  const bases = [dirname(facts.file), root, process.cwd()];
  const fitted = await fittedDataset(facts, files, bases);
  if (fitted.data !== undefined) return fitted;
  const set = trainingSet(facts.datasets);
  const notes = [...fitted.notes, ...(set === undefined ? [] : [notFollowed(set)])];
  const candidates = [
    ...(set === undefined ? [] : placesOf(set, bases)),
    ...facts.dataFiles.flatMap(({ value }) => bases.map((base) => ({ path: resolve(base, value), options }))),
  ].filter(({ path }) => exists(path));
  for (const { path, options: own } of candidates) {
    try {
      return { data: { dataset: await openData(files, path, { ...options, ...own }), path }, notes: [] };
    } catch (error) {
      // The script may read what is no data set; what is damaged is said.
      if (!(error instanceof CheckpointError || error instanceof InputError)) throw error;
      notes.push(`${path}, which the training script reads, was not used: ${error.message.split('\n')[0] ?? ''}`);
    }
  }
  return { data: undefined, notes };
}

/** What Keras's `fit` is given, where it follows from a data set that Keras keeps. */
async function fittedDataset(
  { fitted }: TrainingFacts,
  files: DiskDataFiles,
  bases: readonly string[],
): Promise<ScriptData> {
  if (fitted === null) return { data: undefined, notes: [] };
  const { value, span } = fitted;
  const where = `${span.file}:${span.line}`;
  if ('unfollowed' in value)
    return {
      data: undefined,
      notes: [
        `the data that fit is given (${where}) are not followed: ${value.unfollowed}; save a part of the samples with numpy.savez(path, x=…, y=…) and give --data`,
      ],
    };
  try {
    const dataset = await openPrepared(files, value, { keras: kerasHomes(), bases, program: span.file });
    return { data: { dataset, path: dataset.name }, notes: [] };
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    const hint = error.hint === undefined ? '' : `; ${error.hint}`;
    return {
      data: undefined,
      notes: [`the data that fit is given (${where}) were not used: ${error.reason} (${error.file})${hint}`],
    };
  }
}

function placesOf(set: DatasetFact, bases: readonly string[]): { path: string; options: DatasetOptions }[] {
  const made = madeSet(set.value);
  if (made === undefined) return [];
  const { root, places, options } = made;
  return bases.flatMap((base) => places.map((place) => ({ path: resolve(base, root, place), options })));
}

function notFollowed({ value, span }: DatasetFact): string {
  const where = `${span.file}:${span.line}`;
  const made = madeSet(value);
  if (made !== undefined)
    return `the data of the training script, ${value.name} below '${made.root}' (${where}), are not there; --data PATH names others`;
  const paths = Object.values(value.named).filter((text) => typeof text === 'string');
  const said = paths.length === 0 ? '' : ` (it keeps ${paths.slice(0, 3).join(', ')})`;
  return value.origin === 'own'
    ? `the data set ${value.name} (${where}) is the code's own and is not followed${said}; save a part of its samples with numpy.savez(path, x=…, y=…) and give --data`
    : `the data set ${value.name} (${where}) is not read; save a part of its samples with numpy.savez(path, x=…, y=…) and give --data`;
}
