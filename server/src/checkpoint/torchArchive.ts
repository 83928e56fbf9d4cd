import type { ZipArchive } from './archive/zipArchive';
import type { ByteSource } from './byteSource';
import { CheckpointError } from './checkpointError';
import type { CheckpointWarning } from './checkpoint';
import type { ContentNode } from './contents';
import type { ReadingContext } from './format';
import { pickledContents } from './pickledContents';
import { PickleReader } from './pickle/reader';
import { TorchPickleSession } from './torchPickle';

/** The folder of an archive that holds `data.pkl` ('' or 'name/'); undefined when it is not one of torch. */
export function torchPrefix(archive: ZipArchive): string | undefined {
  const pickle = archive.names.filter((name) => /(^|\/)data\.pkl$/.test(name)).sort((a, b) => a.length - b.length)[0];
  return pickle?.slice(0, -'data.pkl'.length);
}

/** Content of `prefix/data.pkl` with its storages in `prefix/data/KEY` and the byte order in `prefix/byteorder`. */
export async function torchArchiveContents(
  archive: ZipArchive,
  prefix: string,
  source: ByteSource,
  warnings: CheckpointWarning[],
  { budget, storagePrefix }: ReadingContext,
): Promise<ContentNode> {
  const session = new TorchPickleSession(warnings, budget);
  const pickle = await archive.entry(`${prefix}data.pkl`);
  const value = await session.load(new PickleReader(pickle, 0, `${prefix}data.pkl`));
  const littleEndian = await readByteOrder(archive, prefix, source);
  for (const storage of session.storages.values()) {
    const name = `${prefix}data/${storage.key}`;
    if (storage.view !== undefined || !archive.has(name)) continue;
    const bytes = await archive.entry(name);
    if (bytes.size < storage.byteLength)
      throw new CheckpointError(
        `${bytes.size} bytes stored, ${storage.byteLength} announced`,
        source.name,
        `entry '${name}'`,
        'The file is damaged.',
      );
    storage.bytes = bytes;
    storage.littleEndian = littleEndian;
  }
  return pickledContents(value, source.name, warnings, storagePrefix);
}

async function readByteOrder(archive: ZipArchive, prefix: string, source: ByteSource): Promise<boolean> {
  const name = `${prefix}byteorder`;
  if (!archive.has(name)) return true;
  const entry = await archive.entry(name);
  const order = new TextDecoder().decode(await entry.read(0, Math.min(entry.size, 16))).trim();
  if (order === 'little' || order === 'big') return order === 'little';
  throw new CheckpointError(
    `the byte order '${order}' is neither little nor big`,
    source.name,
    `entry '${name}'`,
    'The file is damaged.',
  );
}
