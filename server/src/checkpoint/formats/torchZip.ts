/** `torch.save` since PyTorch 1.6: a zip with `NAME/data.pkl`, `NAME/data/0`, …; also Lightning's `.ckpt`. */
import { hasZipSignature, ZipArchive } from '../archive/zipArchive';
import { CheckpointError } from '../checkpointError';
import type { CheckpointWarning } from '../checkpoint';
import type { Format } from '../format';
import { torchArchiveContents, torchPrefix } from '../torchArchive';

export const torchZip: Format = {
  async match(source) {
    if (!(await hasZipSignature(source))) return false;
    const archive = await ZipArchive.open(source);
    const prefix = torchPrefix(archive);
    return prefix !== undefined && !archive.has(`${prefix}constants.pkl`);
  },

  async read(source, context) {
    const archive = await ZipArchive.open(source);
    const prefix = torchPrefix(archive);
    if (prefix === undefined)
      throw new CheckpointError("the archive has no entry 'data.pkl'", source.name, 'zip directory');
    const warnings: CheckpointWarning[] = [];
    const root = await torchArchiveContents(archive, prefix, source, warnings, context);
    return { format: 'torch zip', root, warnings };
  },
};
