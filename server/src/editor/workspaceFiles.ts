/** Checkpoint and data files of the workspace folders, found once and kept up to date by watched files. */
import { existsSync } from 'node:fs';
import { isCheckpointName } from '../project/checkpointNames';
import { findFiles, nearestFirst } from '../project/findFiles';

const DATA = /\.(npz|npy|csv)$|(^|[/\\])(train|val|test)\.bin$/i;
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
    return nearestFirst(path, files);
  }

  private async walkAll(): Promise<void> {
    const files = await findFiles(this.folders, (path) => isCheckpointName(path) || isDataName(path));
    for (const file of files) this.found.add(file);
  }
}
