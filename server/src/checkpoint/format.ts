import type { ByteSource } from './byteSource';
import type { Checkpoint } from './checkpoint';

/** One file format. Formats do not know each other. */
export interface Format {
  /** True when the file's signature says that it is of this format; cheap, reads a few bytes or a directory. */
  match(source: ByteSource): Promise<boolean>;
  /** Throws a CheckpointError when the file is damaged. */
  open(source: ByteSource): Promise<Checkpoint>;
}
