/** `model.json` of TensorFlow.js: a topology, and a manifest of weights in binary shards beside it. */
import { ByteRange, type ByteSource } from './byteSource';
import { CheckpointError } from './checkpointError';
import { DequantisedSource } from './dequantisedSource';
import { elementCount } from './elementCount';
import { elementWidth, type ElementType } from './elementType';
import { JoinedSource } from './joinedSource';
import { readJson } from './jsonFile';
import { staysInFolder } from './staysInFolder';

export interface TfjsWeight {
  readonly name: string;
  readonly shape: readonly number[];
  /** As it is decoded: quantised weights are float32. */
  readonly type: ElementType;
  readonly bytes: ByteSource;
}

export interface TfjsModelFile {
  readonly topology: unknown;
  /** `layers-model`, `graph-model`, or what else the file calls itself. */
  readonly format: string;
  readonly producer: string;
  readonly weights: readonly TfjsWeight[];
  /** The shards. */
  readonly sources: readonly ByteSource[];
}

/** Topology and manifest; weights lie in other files. */
const LARGEST_JSON = 64 * 2 ** 20;

const types: Readonly<Record<string, ElementType>> = {
  float32: 'float32',
  int32: 'int32',
  bool: 'bool',
  complex64: 'complex64',
};

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** The parsed file, or undefined where it is none of TensorFlow.js. */
export async function readTfjsJson(source: ByteSource): Promise<Json | undefined> {
  if (!/\.json$/i.test(source.name) || source.size > LARGEST_JSON) return undefined;
  const parsed = await readJson(source, LARGEST_JSON).catch(() => undefined);
  return isObject(parsed) && Array.isArray(parsed['weightsManifest']) ? parsed : undefined;
}

/** `openBeside` opens a shard by its path in the model's folder. Throws a CheckpointError. */
export async function readTfjsModelFile(
  json: Json,
  file: string,
  openBeside: (path: string) => Promise<ByteSource>,
): Promise<TfjsModelFile> {
  const weights: TfjsWeight[] = [];
  const sources: ByteSource[] = [];
  for (const group of asList(json['weightsManifest'])) {
    const reader = new GroupReader(file, group);
    const parts = await Promise.all(reader.paths.map((path) => openBeside(path)));
    sources.push(...parts);
    weights.push(...reader.weights(new JoinedSource(file, parts)));
  }
  const { format, generatedBy, modelTopology } = json;
  return {
    topology: modelTopology,
    format: typeof format === 'string' ? format : '',
    producer: typeof generatedBy === 'string' ? generatedBy : '',
    weights,
    sources,
  };
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** One group of the manifest: weights that follow each other in the group's files. */
class GroupReader {
  readonly paths: readonly string[];
  private readonly entries: readonly unknown[];
  constructor(
    private readonly file: string,
    group: unknown,
  ) {
    if (!isObject(group)) throw this.failure('a group of the manifest is no object', 'weightsManifest');
    this.entries = asList(group['weights']);
    this.paths = asList(group['paths']).map((path) => {
      if (typeof path === 'string' && staysInFolder(path)) return path;
      throw this.failure(
        `the shard '${String(path).slice(0, 200)}' is outside the model's folder`,
        'weightsManifest',
        'Only files beside model.json are read.',
      );
    });
  }

  weights(bytes: ByteSource): TfjsWeight[] {
    let position = 0;
    const found = this.entries.map((entry) => {
      const { stored, shape, name, ...rest } = this.described(entry);
      const length = elementCount(shape) * elementWidth(stored);
      if (!isCount(length) || position + length > bytes.size)
        throw this.failure(
          `${length} bytes from ${position} are past the end of its shards, ${bytes.size} bytes`,
          `weight '${name}'`,
        );
      const own = new ByteRange(bytes, position, length);
      position += length;
      return { name, shape, ...rest, bytes: this.decoded(own, stored, entry) };
    });
    if (position !== bytes.size)
      throw this.failure(`${bytes.size - position} bytes of the shards belong to no weight`, 'weightsManifest');
    return found;
  }

  private described(entry: unknown): Pick<TfjsWeight, 'name' | 'shape' | 'type'> & { readonly stored: ElementType } {
    const { name, shape, dtype, quantization } = isObject(entry) ? entry : {};
    if (typeof name !== 'string' || !Array.isArray(shape) || !shape.every(isCount) || typeof dtype !== 'string')
      throw this.failure('a weight needs name, shape and dtype', `weight '${String(name).slice(0, 200)}'`);
    const type = types[dtype];
    if (type === undefined) throw this.failure(`weights of type ${dtype} are not read`, `weight '${name}'`);
    if (quantization === undefined) return { name, shape, type, stored: type };
    const stored = isObject(quantization) ? quantization['dtype'] : undefined;
    if (stored !== 'uint8' && stored !== 'uint16' && stored !== 'float16')
      throw this.failure(`quantisation to ${String(stored)} is not read`, `weight '${name}'`);
    return { name, shape, type: stored === 'float16' ? 'float16' : 'float32', stored };
  }

  /** value = number·scale + min */
  private decoded(bytes: ByteSource, stored: ElementType, entry: unknown): ByteSource {
    if (stored !== 'uint8' && stored !== 'uint16') return bytes;
    const { quantization, name } = isObject(entry) ? entry : {};
    const { scale, min } = isObject(quantization) ? quantization : {};
    if (typeof scale !== 'number' || typeof min !== 'number')
      throw this.failure('quantisation needs scale and min', `weight '${String(name)}'`);
    return new DequantisedSource(bytes, stored, scale, min);
  }

  private failure(reason: string, where: string, hint = 'Save or convert the model again.'): CheckpointError {
    return new CheckpointError(reason, this.file, where, hint);
  }
}
