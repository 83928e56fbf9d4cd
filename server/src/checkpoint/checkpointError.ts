/** What is wrong with a checkpoint or data file, where in it, and what the reader can do about it. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  constructor(
    readonly reason: string,
    /** The file's name as the user gave it. */
    readonly file: string,
    /** Byte offset, archive entry or key. */
    readonly where: string,
    readonly hint?: string,
  ) {
    super(`${file}: ${reason} (${where})${hint === undefined ? '' : `. ${hint}`}`);
  }
}

/**
 * What went wrong while something was read, in words for whoever has the file. Errors of the language itself (a property of
 * nothing, an array of impossible length) speak of the reader's variables: of the file they only tell that it does not fit together.
 */
export function damageReason(error: unknown): string {
  const isOfLanguage = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return error instanceof Error && !isOfLanguage ? error.message : 'its parts contradict each other';
}
