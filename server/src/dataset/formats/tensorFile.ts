/** Data in any checkpoint format: `.npz`, `.safetensors`, `.pt`, pickles of arrays. */
import type { ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';
import { openCheckpoint } from '../../checkpoint/openCheckpoint';
import { arrayDataset } from '../arrayDataset';
import { chooseArrays } from '../chooseArrays';
import type { Dataset } from '../dataset';
import { tensorSamples } from '../sampleArrays';

/** Throws a CheckpointError when no array of numbers is in the file. */
export async function openTensorFile(source: ByteSource): Promise<Dataset> {
  const checkpoint = await openCheckpoint(source);
  const root = checkpoint.containers.find(({ path }) => path === '') ?? checkpoint.containers[0];
  if (root === undefined) {
    const reason = checkpoint.warnings[0];
    throw new CheckpointError(
      reason === undefined ? 'there is no array of numbers' : `there is no array of numbers: ${reason.message}`,
      source.name,
      reason?.where ?? 'file',
      'Save the inputs as x and the targets as y.',
    );
  }
  const samples = root.tensors
    .filter(({ shape }) => shape.length > 0)
    .map((tensor) => tensorSamples(tensor, tensor.name, source.name));
  const { arrays, note } = chooseArrays(samples);
  const [refused] = checkpoint.warnings;
  // One array alone may be the other half of what could not be read.
  if (arrays.length < 2 && refused !== undefined)
    throw new CheckpointError(
      refused.message,
      source.name,
      refused.where,
      'Save the inputs as x and the targets as y, both as numbers.',
    );
  return arrayDataset(source.name, arrays, `${source.name}${note === undefined ? '' : ` (${note})`}`, () =>
    checkpoint.hash(),
  );
}
