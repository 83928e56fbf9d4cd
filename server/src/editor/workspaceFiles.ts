/** Checkpoint and data files of the workspace folders, found once and kept up to date by watched files. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

/** The index of a model in shards stands for its shards. */
const CHECKPOINT = /\.(pt|pth|ckpt|safetensors)$|(^|[/\\])pytorch_model\.bin$|\.(safetensors|bin)\.index\.json$/i;
const SHARD = /-\d+-of-\d+\.(safetensors|bin)$/i;
const DATA = /\.(npz|npy|csv)$|(^|[/\\])(train|val|test)\.bin$/i;
const SKIPPED = new Set([
  'node_modules',
  '.git',
  '.venv',
  'venv',
  '__pycache__',
  'site-packages',
  '.hg',
  '.tox',
  'dist',
]);
const MOST_ENTRIES = 20_000;
const DEEPEST = 8;

export const isCheckpointName = (path: string): boolean => CHECKPOINT.test(path) && !SHARD.test(path);
export const isDataName = (path: string): boolean => DATA.test(path);

export class WorkspaceFiles {
  private readonly found = new Set<string>();
  private scanned: Promise<void> | undefined;

  constructor(private folders: readonly string[]) {}

  setFolders(folders: readonly string[]): void {
    this.folders = folders;
    this.scanned = undefined;
    this.found.clear();
  }

  /** Looks through the folders once; later changes are told by `changed`. */
  scan(): Promise<void> {
    return (this.scanned ??= this.walkAll());
  }

  /** A watched file appeared, changed or went. True when it is a checkpoint that was not known. */
  changed(path: string): boolean {
    if (!isCheckpointName(path) && !isDataName(path)) return false;
    if (!existsSync(path)) {
      this.found.delete(path);
      return false;
    }
    const isNew = !this.found.has(path);
    this.found.add(path);
    return isNew && isCheckpointName(path);
  }

  checkpoints(): string[] {
    return [...this.found].filter(isCheckpointName);
  }

  data(): string[] {
    return [...this.found].filter(isDataName);
  }

  /** Nearest first: fewest folders between. */
  near(path: string, files: readonly string[]): string[] {
    const own = dirname(path).split(sep);
    const distance = (file: string): number => {
      const other = dirname(file).split(sep);
      let shared = 0;
      while (shared < own.length && own[shared] === other[shared]) shared++;
      return own.length + other.length - 2 * shared;
    };
    return [...files].sort((a, b) => distance(a) - distance(b) || a.localeCompare(b));
  }

  private async walkAll(): Promise<void> {
    let left = MOST_ENTRIES;
    const walk = async (folder: string, depth: number): Promise<void> => {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      for (const entry of entries) {
        if (--left < 0) return;
        const path = join(folder, entry.name);
        if (entry.isFile() && (isCheckpointName(path) || isDataName(path))) this.found.add(path);
        else if (entry.isDirectory() && depth < DEEPEST && !SKIPPED.has(entry.name)) await walk(path, depth + 1);
      }
    };
    for (const folder of this.folders) await walk(folder, 0);
  }
}
