/** `torch.save` before PyTorch 1.6, and since then with `_use_new_zipfile_serialization=False`. */
import { readStart } from '../byteSource';
import type { CheckpointWarning } from '../checkpoint';
import type { Format } from '../format';
import { pickledContents } from '../pickledContents';
import { LEGACY_MAGIC, readLegacyStream, TorchPickleSession } from '../torchPickle';

export const torchLegacy: Format = {
  async match(source) {
    const start = await readStart(source, LEGACY_MAGIC.length);
    return start.length === LEGACY_MAGIC.length && LEGACY_MAGIC.every((byte, index) => start[index] === byte);
  },

  async read(source, { budget, storagePrefix }) {
    const warnings: CheckpointWarning[] = [];
    const value = await readLegacyStream(source, new TorchPickleSession(warnings, budget));
    return { format: 'torch legacy', root: pickledContents(value, source.name, warnings, storagePrefix), warnings };
  },
};
