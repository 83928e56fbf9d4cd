import { readdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

/** Folders that hold nothing of the project's own. */
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

/** Files below the folders whose path is accepted; the search ends after `most` entries. */
export async function findFiles(
  folders: readonly string[],
  accepts: (path: string) => boolean,
  most = MOST_ENTRIES,
): Promise<string[]> {
  const found: string[] = [];
  let left = most;
  const walk = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (--left < 0) return;
      const path = join(folder, entry.name);
      if (entry.isFile() && accepts(path)) found.push(path);
      else if (entry.isDirectory() && depth < DEEPEST && !SKIPPED.has(entry.name)) await walk(path, depth + 1);
    }
  };
  for (const folder of folders) await walk(folder, 0);
  return found;
}

/** Nearest to `path` first: fewest folders between, then by name. */
export function nearestFirst(path: string, files: readonly string[]): string[] {
  const own = dirname(path).split(sep);
  const distance = (file: string): number => {
    const other = dirname(file).split(sep);
    let shared = 0;
    while (shared < own.length && own[shared] === other[shared]) shared++;
    return own.length + other.length - 2 * shared;
  };
  return [...files].sort((a, b) => distance(a) - distance(b) || a.localeCompare(b));
}
