import { open, type FileHandle } from 'node:fs/promises';
import { requireRange, type ByteSource } from '../checkpoint/byteSource';
import { CheckpointError } from '../checkpoint/checkpointError';

/** A file on disk, read by ranges. */
export class FileByteSource implements ByteSource {
  private constructor(
    readonly name: string,
    readonly size: number,
    private readonly handle: FileHandle,
  ) {}

  /** Throws a CheckpointError when there is no readable file at `path`. */
  static async open(path: string, name = path): Promise<FileByteSource> {
    let handle: FileHandle;
    try {
      handle = await open(path, 'r');
    } catch (error) {
      throw unreadable(name, error);
    }
    const status = await handle.stat();
    if (status.isFile()) return new FileByteSource(name, status.size, handle);
    await handle.close();
    throw new CheckpointError('is not a regular file', name, 'path', 'Give the path of a file.');
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    requireRange(this, offset, length);
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.handle.read(bytes, done, length - done, offset + done);
      // The file shrank after it was opened.
      if (bytesRead === 0)
        throw new CheckpointError('the file became shorter while it was read', this.name, `byte ${offset + done}`);
      done += bytesRead;
    }
    return bytes;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

function unreadable(name: string, error: unknown): CheckpointError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (code === 'ENOENT') return new CheckpointError('there is no such file', name, 'path', 'Check the path.');
  return new CheckpointError(`cannot be opened (${code})`, name, 'path', 'Check the permissions of the file.');
}
