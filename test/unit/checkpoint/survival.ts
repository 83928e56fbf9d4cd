import { CheckpointError } from '../../../server/src/checkpoint/checkpointError';
import { openBytes } from './fixtures';

/** Opens and reads everything; a CheckpointError is a fine answer, any other error is not. */
export async function survive(bytes: Uint8Array): Promise<'read' | 'refused'> {
  try {
    const checkpoint = await openBytes(bytes);
    for (const tensor of checkpoint.tensors) await tensor.read();
    return 'read';
  } catch (error) {
    if (error instanceof CheckpointError) return 'refused';
    throw error;
  }
}

/** The CheckpointError that opening or reading ends with. */
export async function refusal(bytes: Uint8Array): Promise<CheckpointError> {
  try {
    const checkpoint = await openBytes(bytes, 'bad.pt');
    for (const tensor of checkpoint.tensors) await tensor.read();
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
  throw new Error('the file was accepted');
}
