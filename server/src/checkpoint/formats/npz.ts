/** `numpy.savez`: a zip of `.npy` arrays, stored or deflated. */
import { hasZipSignature, ZipArchive } from '../archive/zipArchive';
import type { ByteSource } from '../byteSource';
import { CheckpointError } from '../checkpointError';
import type { CheckpointWarning } from '../checkpoint';
import { branch, plain, type ContentNode } from '../contents';
import type { Format } from '../format';
import { openNpy } from '../npy';

const isArray = (name: string): boolean => name.endsWith('.npy');

export const npz: Format = {
  async match(source) {
    if (!(await hasZipSignature(source))) return false;
    const { names } = await ZipArchive.open(source);
    return names.length > 0 && names.every((name) => isArray(name) || name.endsWith('/'));
  },

  async read(source) {
    const archive = await ZipArchive.open(source);
    const warnings: CheckpointWarning[] = [];
    const entries: [string, ContentNode][] = [];
    for (const name of archive.names.filter(isArray))
      entries.push([name.slice(0, -'.npy'.length), await arrayNode(archive, name, source, warnings)]);
    return { format: 'npz', root: branch(entries), warnings };
  },
};

/** Arrays of a type that is not read are kept as a note; damage in the archive is an error. */
async function arrayNode(
  archive: ZipArchive,
  name: string,
  source: ByteSource,
  warnings: CheckpointWarning[],
): Promise<ContentNode> {
  const where = `entry '${name}'`;
  const entry = await archive.entry(name);
  try {
    const named = await openNpy(entry, name, where);
    const { shape, dtype } = named(name);
    return { kind: 'tensor', shape, typeName: dtype, named };
  } catch (error) {
    if (!(error instanceof CheckpointError) || !error.reason.startsWith('arrays of type')) throw error;
    warnings.push({ code: 'HL403', message: error.reason, where });
    return plain(`<${error.reason}>`);
  }
}
