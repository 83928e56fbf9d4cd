import { readdir, stat } from 'node:fs/promises';
import type { DataFiles } from '../dataset/dataset';
import { CheckpointError } from '../checkpoint/checkpointError';
import { FileByteSource } from './fileByteSource';

/** Data files of the file system. `close` releases every file that was opened. */
export class DiskDataFiles implements DataFiles {
  private readonly opened: FileByteSource[] = [];

  async isFolder(path: string): Promise<boolean> {
    try {
      return (await stat(path)).isDirectory();
    } catch {
      return false;
    }
  }

  async list(folder: string): Promise<string[]> {
    try {
      return (await readdir(folder)).sort();
    } catch {
      throw new CheckpointError('the folder cannot be listed', folder, 'path', 'Check the path and its permissions.');
    }
  }

  async open(path: string): Promise<FileByteSource> {
    const source = await FileByteSource.open(path);
    this.opened.push(source);
    return source;
  }

  async readWhole(path: string, largest: number): Promise<Uint8Array> {
    const source = await FileByteSource.open(path);
    try {
      if (source.size > largest)
        throw new CheckpointError(`the file takes ${source.size} bytes, too many`, path, 'file', 'Use a smaller file.');
      return await source.read(0, source.size);
    } finally {
      await source.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.splice(0).map((source) => source.close()));
  }
}
