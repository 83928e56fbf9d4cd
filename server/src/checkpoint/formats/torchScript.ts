/**
 * `torch.jit.save`: the same zip as `torch.save`, whose pickle holds objects of compiled classes, plus their code and
 * `constants.pkl`. Names and tensors are recovered; the code is not read.
 */
import { hasZipSignature, ZipArchive } from '../archive/zipArchive';
import { CheckpointError } from '../checkpointError';
import type { CheckpointWarning } from '../checkpoint';
import type { Format } from '../format';
import { torchArchiveContents, torchPrefix } from '../torchArchive';

export const torchScript: Format = {
  async match(source) {
    if (!(await hasZipSignature(source))) return false;
    const { names } = await ZipArchive.open(source);
    return names.some((name) => /(^|\/)(constants\.pkl|model\.json)$/.test(name));
  },

  async read(source, context) {
    const archive = await ZipArchive.open(source);
    const prefix = torchPrefix(archive);
    if (prefix === undefined)
      throw new CheckpointError(
        'this TorchScript archive is of the form used before PyTorch 1.4 (model.json)',
        source.name,
        'zip directory',
        'Load it with torch.jit.load and save its state_dict() with torch.save.',
      );
    const warnings: CheckpointWarning[] = [];
    const root = await torchArchiveContents(archive, prefix, source, warnings, context);
    return { format: 'torchscript', root, warnings };
  },
};
