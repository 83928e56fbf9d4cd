import { CheckpointError } from '../../checkpoint/checkpointError';
import type { ElementType } from '../../checkpoint/elementType';
import { StridedTensor, type Storage } from '../../checkpoint/stridedTensor';
import { tensorSamples, type SampleArray } from '../sampleArrays';

/** Tokens one after the other. */
export interface Tokens {
  readonly file: string;
  readonly type: ElementType;
  readonly storage: Storage;
  /** Where the first one lies, in elements. */
  readonly offset: number;
  readonly count: number;
}

/**
 * Sample i is the `length` tokens from i·length, its target the same window moved on by one token. Throws where the model's
 * length is not known.
 */
export function tokenWindows(
  { file, type, storage, offset, count }: Tokens,
  length: number | undefined,
): SampleArray[] {
  if (length === undefined)
    throw new CheckpointError(
      'the length of a sequence is not known',
      file,
      'file',
      'Give the model its input, e.g. --input "torch.randint(0, 50257, (1, 256))".',
    );
  const size = Math.max(0, Math.floor((count - 1) / length));
  const window = (name: string, first: number): SampleArray => {
    const layout = { shape: [size, length], strides: [length, 1], offset: offset + first };
    return tensorSamples(new StridedTensor(name, type, storage, layout), name, file);
  };
  return [window('tokens', 0), window('next tokens', 1)];
}
