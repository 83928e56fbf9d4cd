import { CheckpointError } from '../checkpoint/checkpointError';
import { SettingsError } from '../project/settings';
import type { Failure } from '../protocol/worker';

/** Something the user gave cannot be used; carries what they are told. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly failure: Failure;
  constructor(message: string, details: Omit<Failure, 'category' | 'message'> = {}) {
    super(message);
    this.failure = { category: 'input', message, ...details };
  }
}

/** Any thrown value as a failure: the user's own mistakes as `input`, a cancellation as such, the rest as ours. */
export function failureOf(error: unknown): Failure {
  if (error instanceof InputError) return error.failure;
  if (error instanceof CheckpointError)
    return {
      category: 'input',
      message: `${error.reason} (${error.where})`,
      file: error.file,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  if (error instanceof SettingsError) return { category: 'input', message: error.message };
  if (error instanceof Error && error.name === 'AbortError')
    return { category: 'cancelled', message: 'The analysis was cancelled.' };
  // What no longer fits into memory or an index is about the size of the input.
  if (error instanceof RangeError) return { category: 'input', message: error.message };
  return { category: 'internal', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
