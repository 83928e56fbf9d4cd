/** What the checkpoint editor shows before anything but the file's index was read. */
import { basename } from 'node:path';
import type { Checkpoint, MetadataValue } from '../checkpoint/checkpoint';
import { averagesOf } from '../checkpoint/averages';
import { elementCount } from '../checkpoint/elementCount';
import { MODEL_CONFIG } from '../checkpoint/kerasWeights';
import { bitsPerWeight, isQuantisedType } from '../checkpoint/quantisedType';
import { isModelFile, modelNameOf } from '../frontend/modelFileNames';
import { fitOf } from '../reading/checkpointFit';
import type { CheckpointListing, TensorEntry } from '../protocol/editor';
import type { KnownModel } from './checkpointMessages';

/** Characters of one value of the metadata, and entries, that are shown. */
const LONGEST_VALUE = 4000;
const MOST_METADATA = 2000;

export function listingOf(
  checkpoint: Checkpoint,
  fingerprint: string,
  models: readonly KnownModel[],
): CheckpointListing & { ok: true } {
  const tensors = entriesOf(checkpoint);
  const { file, format, size, container, containers, notes, progress, warnings } = checkpoint;
  const averages = averagesOf(containers)
    .filter(({ path }) => path !== container)
    .map(({ path }) => `an average of the weights in '${path}'`);
  return {
    ok: true,
    file,
    format,
    size,
    fingerprint,
    tensors,
    totalElements: tensors.reduce(
      (sum, { shape, sharedWith }) => (sharedWith === undefined ? sum + elementCount(shape) : sum),
      0,
    ),
    metadata: metadataText(checkpoint),
    step: progress.step ?? null,
    epoch: progress.epoch ?? null,
    container,
    notes: [...notes, ...averages],
    warnings,
    fits: models
      .filter((model) => model.stateKeys.length > 0 && fitOf({ ok: true, checkpoint }, model).kind === 'fits')
      .map(({ name, place }) => `${name} (${basename(place.file)})`),
    model: isModel(checkpoint) ? modelNameOf(file) : null,
  };
}

/** Names of HDF5 files do not tell weights from models. */
const isModel = ({ file, format, metadata }: Checkpoint): boolean =>
  isModelFile(file) && (format !== 'hdf5' || (isDictionary(metadata) && MODEL_CONFIG in metadata));

function entriesOf(checkpoint: Checkpoint): TensorEntry[] {
  const owners = new Map<string, string>();
  return checkpoint.inventory().map(({ tensor: { name, shape, dtype, byteLength, storageKey }, group }) => {
    const owner = owners.get(storageKey);
    if (owner === undefined) owners.set(storageKey, name);
    const entry = { name, shape, dtype, bytes: byteLength, group, ...quantisation(dtype) };
    return owner === undefined ? entry : { ...entry, sharedWith: owner };
  });
}

const quantisation = (dtype: string): Pick<TensorEntry, 'bitsPerWeight'> =>
  isQuantisedType(dtype) ? { bitsPerWeight: bitsPerWeight(dtype) } : {};

/** The plain values of the file and the options of the optimizer's groups, each under its dotted key. */
function metadataText({ metadata, optimizers }: Checkpoint): Record<string, string> {
  const found: [string, string][] = [];
  const add = (path: string, value: MetadataValue, depth: number): void => {
    if (isDictionary(value) && depth < 4) {
      for (const [key, next] of Object.entries(value)) add(path === '' ? key : `${path}.${key}`, next, depth + 1);
      return;
    }
    // The optimizer's groups have lines of their own below.
    if (path.endsWith('param_groups')) return;
    if (Array.isArray(value) && value.some(isDictionary) && depth < 4) {
      value.forEach((next, index) => add(`${path}.${index}`, next, depth + 1));
      return;
    }
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (isTensorNote(text)) return;
    found.push([path === '' ? 'value' : path, shortened(text)]);
  };
  add('', metadata, 0);
  for (const { path, groups } of optimizers)
    groups.forEach((group, index) => {
      const prefix = `${path === '' ? '' : `${path}.`}param_groups.${index}`;
      for (const [key, value] of Object.entries(group)) add(`${prefix}.${key}`, value, 4);
    });
  return Object.fromEntries(found.slice(0, MOST_METADATA));
}

const isDictionary = (value: MetadataValue): value is Record<string, MetadataValue> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Tensors have their own list. */
const isTensorNote = (text: string): boolean => /^<(tensor |\d+ tensors>)/.test(text);

const shortened = (text: string): string =>
  text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}… (${text.length} characters)`;
