/** `torch.save` before PyTorch 1.6, and since then with `_use_new_zipfile_serialization=False`. */
import { assembleCheckpoint } from '../assemble';
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

  async open(source) {
    const warnings: CheckpointWarning[] = [];
    const value = await readLegacyStream(source, new TorchPickleSession(warnings));
    return assembleCheckpoint(source, 'torch legacy', pickledContents(value, source.name, warnings), warnings);
  },
};
