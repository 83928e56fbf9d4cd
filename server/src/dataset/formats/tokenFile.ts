/** nanoGPT's `.bin`: tokens as little-endian uint16, one after the other, without a header. */
import { contentHash } from '../../checkpoint/assemble';
import type { ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';
import { StridedTensor } from '../../checkpoint/stridedTensor';
import { arrayDataset } from '../arrayDataset';
import type { Dataset } from '../dataset';
import { tensorSamples } from '../sampleArrays';

/** Sample i is the `length` tokens from i·length, its target the same window moved on by one token. */
export function openTokenFile(source: ByteSource, length: number | undefined): Dataset {
  if (length === undefined)
    throw new CheckpointError(
      'the length of a sequence is not known',
      source.name,
      'file',
      'Give the model its input, e.g. --input "torch.randint(0, 50257, (1, 256))".',
    );
  if (source.size % 2 !== 0)
    throw new CheckpointError(
      `${source.size} bytes are no whole number of 16-bit tokens`,
      source.name,
      'end of file',
      'The file is truncated or no token file.',
    );
  const size = Math.max(0, Math.floor((source.size / 2 - 1) / length));
  const storage = { key: 'tokens', bytes: source, littleEndian: true };
  const window = (name: string, offset: number) =>
    tensorSamples(
      new StridedTensor(name, 'uint16', storage, { shape: [size, length], strides: [length, 1], offset }),
      name,
      source.name,
    );
  return arrayDataset(source.name, [window('tokens', 0), window('next tokens', 1)], source.name, () =>
    contentHash(source),
  );
}
