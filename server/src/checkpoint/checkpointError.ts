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
