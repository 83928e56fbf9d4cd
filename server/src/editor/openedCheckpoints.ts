import { stat } from 'node:fs/promises';
import type { ByteSource } from '../checkpoint/byteSource';
import type { Checkpoint, CheckpointTensor } from '../checkpoint/checkpoint';
import { openCheckpointAt, type CheckpointFiles } from '../checkpoint/checkpointFiles';
import { DiskDataFiles } from '../project/diskDataFiles';
import { InputError } from '../worker/inputError';

/** A file whose index was read. */
export interface OpenedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** All that its content comes from, the one that was asked for first. */
  readonly files: readonly string[];
  /** Their sizes and times of change. */
  readonly fingerprint: string;
  /** By the name of the listing. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  readonly close: () => Promise<void>;
}

/** Files that stay open between requests. */
const KEPT_OPEN = 2;

/** Keeps the last files open, so that asking for one tensor after the other reads each index once. */
export class OpenedCheckpoints {
  private readonly opened = new Map<string, OpenedCheckpoint>();

  /** `checkCancelled` throws when the reader is no longer wanted; it is asked at every read of the file. */
  constructor(private readonly checkCancelled: () => void) {}

  /** The file as it is now: opened again when it changed. Throws a CheckpointError that says what is wrong with it. */
  async open(file: string): Promise<OpenedCheckpoint> {
    const known = this.opened.get(file);
    if (known !== undefined) {
      if ((await fingerprintOf(known.files)) === known.fingerprint) return known;
      await this.drop(file);
    }
    const opened = await this.openNow(file);
    this.opened.set(file, opened);
    const [oldest] = this.opened.keys();
    if (this.opened.size > KEPT_OPEN && oldest !== undefined) await this.drop(oldest);
    return opened;
  }

  /** As `open`, where the file must still be what a listing described. */
  async openSame(file: string, fingerprint: string | undefined): Promise<OpenedCheckpoint> {
    const opened = await this.open(file);
    if (fingerprint === undefined || fingerprint === opened.fingerprint) return opened;
    throw new InputError('the file changed since it was listed', { file, hint: 'Reload the checkpoint.' });
  }

  private async openNow(file: string): Promise<OpenedCheckpoint> {
    const files = new DiskDataFiles();
    try {
      const before = await fingerprintOf([file]);
      const checkpoint = await openCheckpointAt(this.cancellable(files), file);
      const others = checkpoint.files.filter((each) => each !== file);
      const fingerprint = [before, ...(others.length === 0 ? [] : [await fingerprintOf(others)])].join('; ');
      const tensors = new Map(checkpoint.inventory().map(({ tensor }) => [tensor.name, tensor]));
      return { checkpoint, files: [file, ...others], fingerprint, tensors, close: () => files.close() };
    } catch (error) {
      await files.close();
      throw error;
    }
  }

  private async drop(file: string): Promise<void> {
    const opened = this.opened.get(file);
    this.opened.delete(file);
    await opened?.close();
  }

  private cancellable(files: DiskDataFiles): CheckpointFiles {
    const watched = (source: ByteSource): ByteSource => ({
      name: source.name,
      size: source.size,
      read: (offset, length) => {
        this.checkCancelled();
        return source.read(offset, length);
      },
    });
    return {
      isFolder: (path) => files.isFolder(path),
      list: (folder) => files.list(folder),
      open: async (path) => watched(await files.open(path)),
      openBeside: async (file, path) => watched(await files.openBeside(file, path)),
    };
  }
}

async function fingerprintOf(files: readonly string[]): Promise<string> {
  const each = files.map(async (file) => {
    try {
      const { size, mtimeMs } = await stat(file);
      return `${size} ${mtimeMs}`;
    } catch {
      return 'absent';
    }
  });
  return (await Promise.all(each)).join('; ');
}
