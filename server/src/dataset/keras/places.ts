/** Where Keras keeps what it has fetched once. */
import { CheckpointError } from '../../checkpoint/checkpointError';
import type { DataFiles } from '../dataset';

/** What is looked for, and where: folders and files in the order to try. */
export interface Wanted {
  /** For messages: `keras.datasets.mnist`. */
  readonly name: string;
  readonly paths: readonly string[];
  /** What to do where none is there. */
  readonly hint: string;
}

const isAbsolute = (path: string): boolean => /^(?:[\\/]|[A-Za-z]:[\\/])/.test(path);

/** `homes`: folders such as `~/.keras`; a path that is absolute is looked for itself. */
export const below = (homes: readonly string[], places: readonly string[]): string[] =>
  places.flatMap((place) => (isAbsolute(place) ? [place] : homes.map((home) => `${home}/datasets/${place}`)));

/** The first path that is there. Throws a CheckpointError that says where was looked. */
export async function firstThere(files: DataFiles, { name, paths, hint }: Wanted): Promise<string> {
  for (const path of paths) if ((await files.isFolder(path)) || (await isFile(files, path))) return path;
  throw new CheckpointError(
    `${name} is not there: looked for ${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ' …' : ''}`,
    paths[0] ?? name,
    'path',
    hint,
  );
}

async function isFile(files: DataFiles, path: string): Promise<boolean> {
  const [, folder = '', name = ''] = /^(.*)[\\/]([^\\/]*)$/.exec(path) ?? [];
  return (await files.isFolder(folder)) && (await files.list(folder)).includes(name);
}
