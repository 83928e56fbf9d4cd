import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
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

  async openBeside(file: string, path: string): Promise<FileByteSource> {
    const folder = dirname(file);
    const wanted = join(folder, path);
    // A link to the model, as download caches have, may stand beside links to the rest of what it links to.
    const homes = await Promise.all([realpath(folder), realpath(file).then(dirname)]).catch((): string[] => []);
    const real = await realpath(wanted).catch(() => undefined);
    const stays = real === undefined || homes.some((home) => isInside(home, real));
    if (stays) return this.open(wanted);
    throw new CheckpointError(
      `'${path}' is a link that leads out of the model's folder`,
      file,
      'path',
      'Only files beside the model are read. Put the data there in place of the link.',
    );
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

function isInside(folder: string, file: string): boolean {
  const path = relative(folder, file);
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}
