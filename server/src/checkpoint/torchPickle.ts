import { ByteRange, type ByteSource } from './byteSource';
import { CheckpointError } from './checkpointError';
import type { CheckpointWarning } from './checkpoint';
import { PickleBudget } from './pickle/budget';
import { PickleMachine, type AllowedGlobals, type PickleContext, type PickleEnvironment } from './pickle/machine';
import { numpyGlobals } from './pickle/numpyGlobals';
import { pythonGlobals } from './pickle/pythonGlobals';
import { PickleReader } from './pickle/reader';
import { loadFromBytes, storageOf, torchGlobals, type TorchStorage } from './pickle/torchGlobals';
import type { PickleValue } from './pickle/values';

/** Files inside pickles inside files: two levels occur, more is an attack. */
const DEEPEST_NESTING = 4;

/** What one file's pickles share. */
export class TorchPickleSession {
  readonly storages = new Map<string, TorchStorage>();

  constructor(
    readonly warnings: CheckpointWarning[],
    readonly budget = new PickleBudget(),
    readonly depth = 0,
  ) {}

  /** Reads one pickle from `reader`, which then stands behind it. */
  load(reader: PickleReader): Promise<PickleValue> {
    return new PickleMachine(reader, this.environment()).load();
  }

  private environment(): PickleEnvironment {
    const nested = loadFromBytes((bytes, context) => this.nestedFile(bytes, context));
    const globals: AllowedGlobals = (module, name) =>
      torchGlobals(module, name) ?? numpyGlobals(module, name) ?? pythonGlobals(module, name) ?? nested(module, name);
    return {
      globals,
      warnings: this.warnings,
      budget: this.budget,
      depth: this.depth,
      // Legacy files wrap the classes of pickled modules as ('module', class, source file, source).
      persistentLoad: (id, context) =>
        Array.isArray(id) && id[0] === 'module' ? id[1] : storageOf(id, this.storages, context),
    };
  }

  private nestedFile(bytes: ByteSource, context: PickleContext): Promise<PickleValue> {
    if (this.depth >= DEEPEST_NESTING)
      throw new CheckpointError(
        `files are nested deeper than ${DEEPEST_NESTING} levels`,
        context.file,
        'nested torch file',
      );
    return readLegacyStream(bytes, new TorchPickleSession(this.warnings, this.budget, this.depth + 1));
  }
}

/** `torch.save` before 1.6 begins with this pickled number. */
export const LEGACY_MAGIC: readonly number[] = [
  0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
];

/**
 * The stream of old `torch.save`: five pickles (magic number, protocol 1001, system information, the object, the
 * list of storage keys), then per key an int64 element count and the elements.
 */
export async function readLegacyStream(source: ByteSource, session: TorchPickleSession): Promise<PickleValue> {
  const reader = new PickleReader(source, LEGACY_MAGIC.length, 'torch stream');
  const protocol = await session.load(reader);
  if (protocol !== 1001) reader.fail('the protocol of torch.save is not 1001, the only one there was');
  await session.load(reader);
  const value = await session.load(reader);
  const keys = await session.load(reader);
  if (!Array.isArray(keys)) return reader.fail('the list of storages is missing');
  await bindStorages(source, reader.position, keys.map(String), session);
  return value;
}

/**
 * Each storage of the stream gets its range of the file. The count is stored once more before the elements and must
 * agree with the one in the pickle. torch writes both little-endian on every machine.
 */
async function bindStorages(
  source: ByteSource,
  start: number,
  keys: readonly string[],
  session: TorchPickleSession,
): Promise<void> {
  let position = start;
  for (const key of keys) {
    const storage = session.storages.get(key);
    const where = `storage '${key}', byte ${position}`;
    if (storage === undefined)
      throw new CheckpointError('a storage belongs to no tensor', source.name, where, 'The file is damaged.');
    const head = await source.read(position, 8);
    const count = new DataView(head.buffer, head.byteOffset, 8).getBigInt64(0, true);
    if (count !== BigInt(storage.elementCount))
      throw new CheckpointError(
        `${count} elements stored, ${storage.elementCount} announced`,
        source.name,
        where,
        'The file is damaged.',
      );
    storage.bytes = new ByteRange(source, position + 8, storage.byteLength);
    position += 8 + storage.byteLength;
  }
}
