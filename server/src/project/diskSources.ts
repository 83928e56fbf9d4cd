/** Python sources from the file system, for the interpreter: imports resolved inside one workspace root. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import type { SourceProvider } from '../python/interpreter';
import { isLibraryFile } from '../python/source';
import { findSitePackages, isReadable, type SitePackages } from './sitePackages';
import { notebookText } from './notebook';
import { usersOf } from './usersOf';

/** Larger files are data, not model code. */
const largestFile = 4 * 2 ** 20;

export interface DiskSourceOptions {
  /** Imports and reads never leave this folder. */
  readonly root: string;
  /** Unsaved text by absolute path; wins over the disk. */
  readonly overlay?: ReadonlyMap<string, string>;
  /** Folders of installed packages; absent: those of the project's environment. */
  readonly sitePackages?: readonly string[] | undefined;
}

type Resolved = ReturnType<SourceProvider['resolveModule']>;

/** The text of a file, or undefined if it is absent, not a file, too large, or outside the root. */
function readText(path: string, { root, overlay }: DiskSourceOptions): string | undefined {
  const unsaved = overlay?.get(path);
  if (unsaved !== undefined) return unsaved;
  if (path !== root && !path.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
  try {
    const entry = statSync(path, { throwIfNoEntry: false });
    if (entry?.isFile() !== true || entry.size > largestFile) return undefined;
    const text = readFileSync(path, 'utf8');
    return path.endsWith('.ipynb') ? notebookText(text) : text;
  } catch {
    return undefined;
  }
}

const isFolder = (path: string): boolean => {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
};

/** Larger folders hold data. */
const MOST_NAMES = 1000;

/** Names in a folder inside the root, sorted; undefined if it is none, outside, or too large. */
function listFolder(path: string, root: string): readonly string[] | undefined {
  if (path !== root && !path.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
  try {
    const names = readdirSync(path);
    return names.length <= MOST_NAMES ? names.sort() : undefined;
  } catch {
    return undefined;
  }
}

/** Folders in which `import name` of `file` looks: those of the file upwards to the root, then the usual `src`. */
function searchFolders(file: string, root: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(resolve(root, file)); ; folder = dirname(folder)) {
    folders.push(folder);
    if (folder === root || dirname(folder) === folder || !folder.startsWith(root)) break;
  }
  return [...new Set([...folders, root, join(root, 'src')])];
}

/** The only folder of a project that holds the package, where its setup says that it is installed from there. */
function folderOfPackage(root: string, name: string): string | undefined {
  if (!['pyproject.toml', 'setup.py', 'setup.cfg'].some((file) => existsSync(join(root, file)))) return undefined;
  const folders = (listFolder(root, root) ?? []).map((folder) => join(root, folder));
  const [found, ...others] = folders.filter((folder) => existsSync(join(folder, name, '__init__.py')));
  return others.length === 0 ? found : undefined;
}

/** A package's `__init__.py`, a module, or a folder without `__init__.py`, below `folder`. */
function moduleIn(folder: string, parts: readonly string[], bounds: DiskSourceOptions): Resolved {
  const base = join(folder, ...parts);
  const packageFile = join(base, '__init__.py');
  const packageText = readText(packageFile, bounds);
  if (packageText !== undefined) return { file: packageFile, source: packageText, isPackage: true };
  const moduleText = readText(`${base}.py`, bounds);
  if (moduleText !== undefined) return { file: `${base}.py`, source: moduleText, isPackage: false };
  return base.startsWith(bounds.root) && isFolder(base) ? { file: base, source: '', isPackage: true } : undefined;
}

/** A module of an installed package; its file is named as a library's, `<installed>/timm/layers/mlp.py`. */
function installedModule(parts: readonly string[], { folders, isGiven }: SitePackages): Resolved {
  const [name = ''] = parts;
  for (const folder of folders) {
    if (!isReadable(folder, name, isGiven)) continue;
    const found = moduleIn(folder, parts, { root: folder });
    // A folder without sources is data.
    if (found === undefined || (found.source === '' && !found.file.endsWith('.py'))) continue;
    return {
      ...found,
      file: `<installed>/${found.file
        .slice(folder.length + 1)
        .split(sep)
        .join('/')}`,
    };
  }
  return undefined;
}

/** Sources under `root`; module names resolve as Python would with the file's folder, its parents and `src` on the path. */
export function diskSources(options: DiskSourceOptions): SourceProvider {
  const root = resolve(options.root);
  const bounded = { ...options, root };
  let installed: SitePackages | undefined;
  return {
    read: (path) => readText(resolve(root, path), bounded),
    list: (folder) => listFolder(resolve(root, folder), root),
    usersOf: (file) => usersOf(resolve(root, file), root),
    resolveModule(name, fromFile) {
      const parts = name.split('.');
      for (const folder of isLibraryFile(fromFile) ? [] : searchFolders(fromFile, root)) {
        const found = moduleIn(folder, parts, bounded);
        if (found !== undefined) return found;
      }
      const own = isLibraryFile(fromFile) ? undefined : folderOfPackage(root, parts[0] ?? '');
      if (own !== undefined) return moduleIn(own, parts, bounded);
      installed ??=
        options.sitePackages === undefined
          ? findSitePackages(root)
          : { folders: options.sitePackages.map((folder) => resolve(folder)), isGiven: true };
      return installedModule(parts, installed);
    },
  };
}

/** Sources that remember every text they gave. */
export function rememberingSources(options: DiskSourceOptions): {
  readonly sources: SourceProvider;
  readonly texts: ReadonlyMap<string, string>;
} {
  const inner = diskSources(options);
  const root = resolve(options.root);
  const texts = new Map<string, string>();
  return {
    texts,
    sources: {
      read(path) {
        const text = inner.read(path);
        if (text !== undefined) texts.set(resolve(root, path), text);
        return text;
      },
      list: (folder) => inner.list?.(folder),
      usersOf: (file) => inner.usersOf?.(file) ?? [],
      resolveModule(name, fromFile) {
        const found = inner.resolveModule(name, fromFile);
        if (found !== undefined && found.source !== '' && !isLibraryFile(found.file))
          texts.set(found.file, found.source);
        return found;
      },
    },
  };
}
