/** The configuration of a model in a file of Keras: `config.json` of a `.keras` archive, attributes of an HDF5 file. */
import { hasZipSignature, ZipArchive } from './archive/zipArchive';
import { MemoryByteSource, type ByteSource } from './byteSource';
import { CheckpointError } from './checkpointError';
import { hasHdf5Signature, openHdf5 } from './hdf5File';
import { readJson } from './jsonFile';

export interface KerasConfiguration {
  /** `class_name`, `config` and what else Keras wrote of the model. */
  readonly model: object;
  /** What `compile` was given; undefined for a model that was not compiled. */
  readonly training: object | undefined;
}

/** Configurations of the largest published models have some megabytes. */
const LARGEST_JSON = 32 * 2 ** 20;

/** Throws a CheckpointError for a file that holds none. */
export async function readKerasConfiguration(source: ByteSource): Promise<KerasConfiguration> {
  if (await hasZipSignature(source)) return ofArchive(source);
  if (await hasHdf5Signature(source)) return ofHdf5(source);
  throw new CheckpointError(
    'this is neither a zip archive nor an HDF5 file',
    source.name,
    'byte 0',
    'Give the file that model.save() wrote.',
  );
}

async function ofArchive(source: ByteSource): Promise<KerasConfiguration> {
  const archive = await ZipArchive.open(source);
  const model = await readJson(await archive.entry('config.json'), LARGEST_JSON);
  if (!isObject(model)) throw noConfiguration(source, "entry 'config.json'");
  return { model, training: nonEmpty('compile_config' in model ? model.compile_config : undefined) };
}

async function ofHdf5(source: ByteSource): Promise<KerasConfiguration> {
  const attributes = (await openHdf5(source)).attributes.get('') ?? {};
  const parsed = async (name: string): Promise<unknown> => {
    const text = attributes[name];
    if (typeof text !== 'string') return undefined;
    return readJson(new MemoryByteSource(source.name, new TextEncoder().encode(text)), LARGEST_JSON);
  };
  const model = await parsed('model_config');
  if (!isObject(model)) throw noConfiguration(source, "attribute 'model_config'");
  return { model, training: nonEmpty(await parsed('training_config')) };
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nonEmpty = (value: unknown): object | undefined =>
  isObject(value) && Object.keys(value).length > 0 ? value : undefined;

const noConfiguration = (source: ByteSource, where: string): CheckpointError =>
  new CheckpointError(
    'the file holds weights, but not the configuration of their model',
    source.name,
    where,
    'Give the source of the model, with this file as --checkpoint, or save the whole model with model.save().',
  );
