import type { ByteSource } from './byteSource';
import type { CheckpointFormat, CheckpointWarning } from './checkpoint';
import type { ContentNode } from './contents';
import { PickleBudget } from './pickle/budget';

/** What the files of one checkpoint share. */
export interface ReadingContext {
  /** Bounds the memory that the descriptions of all files together take. */
  readonly budget: PickleBudget;
  /** Keeps the storages of several files apart; '' for a single file. */
  readonly storagePrefix: string;
  /** Opens a file in the folder of this one, by its path from there; absent where only the file itself is at hand. */
  readonly openBeside?: (path: string) => Promise<ByteSource>;
}

export const newContext = (): ReadingContext => ({ budget: new PickleBudget(), storagePrefix: '' });

export interface FormatContents {
  readonly format: CheckpointFormat;
  readonly root: ContentNode;
  readonly warnings: readonly CheckpointWarning[];
  /** Further files that hold a part of it. */
  readonly sources?: readonly ByteSource[];
}

/** One file format. Formats do not know each other. */
export interface Format {
  /** True when the file's signature says that it is of this format; cheap, reads a few bytes or a directory. */
  match(source: ByteSource): Promise<boolean>;
  /** Throws a CheckpointError when the file is damaged. */
  read(source: ByteSource, context: ReadingContext): Promise<FormatContents>;
}
