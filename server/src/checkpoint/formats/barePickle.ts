/** A plain Python pickle: a dict of numpy arrays, or of tensors (`pickle.dump` nests a torch file in it). */
import { readStart } from '../byteSource';
import type { CheckpointWarning } from '../checkpoint';
import type { Format } from '../format';
import { opcodeNames } from '../pickle/opcodes';
import { PickleReader } from '../pickle/reader';
import { pickledContents } from '../pickledContents';
import { LEGACY_MAGIC, TorchPickleSession } from '../torchPickle';

/** What a pickle of protocol 0 or 1 with a container or an object begins with. */
const oldStarts = new Set(['MARK', 'EMPTY_DICT', 'EMPTY_LIST', 'GLOBAL']);

export const barePickle: Format = {
  async match(source) {
    const start = await readStart(source, LEGACY_MAGIC.length);
    const [first = 0, second = 0] = start;
    if (first !== 0x80) return oldStarts.has(opcodeNames[first] ?? '') && opcodeNames[second] !== undefined;
    return second <= 5 && !LEGACY_MAGIC.every((byte, index) => start[index] === byte);
  },

  async read(source, { budget, storagePrefix }) {
    const warnings: CheckpointWarning[] = [];
    const value = await new TorchPickleSession(warnings, budget).load(new PickleReader(source, 0, 'pickle'));
    return { format: 'pickle', root: pickledContents(value, source.name, warnings, storagePrefix), warnings };
  },
};
