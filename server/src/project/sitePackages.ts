/** Folders of installed Python packages that a project uses. Their sources are read like the workspace's, never executed. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** Entries of one folder that are looked at; environments have a few hundred. */
const MOST_ENTRIES = 20_000;
/** Bytes of a file in which a dependency on PyTorch is looked for. */
const HEAD = 256 * 1024;

/** Modelled by hand, or of no use for reading a model; `torch` itself above all. */
const neverRead = new Set(
  'torch torchvision numpy scipy pandas matplotlib sklearn tensorflow jax jaxlib einops yaml tqdm triton sympy networkx PIL cv2'.split(
    ' ',
  ),
);

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).slice(0, MOST_ENTRIES);
  } catch {
    return [];
  }
}

/** `ENV/lib/python3.x/site-packages`, on Windows `ENV/Lib/site-packages`. */
function packagesOf(environment: string): string[] {
  const versions = entriesOf(join(environment, 'lib')).filter((name) => /^python3(\.\d+)?$/.test(name));
  return [
    ...versions.map((version) => join(environment, 'lib', version, 'site-packages')),
    join(environment, 'Lib', 'site-packages'),
  ];
}

export interface SitePackages {
  readonly folders: readonly string[];
  /** Named by the user: every package in it may be read. Found: those that use PyTorch. */
  readonly isGiven: boolean;
}

/** Names the folders for this process and those it starts: the value of `--site-packages`. */
export function useSitePackages(folders: readonly string[]): void {
  if (folders.length > 0)
    process.env['HESSIAN_LENS_SITE_PACKAGES'] = folders.map((each) => resolve(each)).join(delimiter);
}

/** Folders that were named, else the project's own environment and the one that is active where the program was started. */
export function findSitePackages(root: string, environment: NodeJS.ProcessEnv = process.env): SitePackages {
  const given = (environment['HESSIAN_LENS_SITE_PACKAGES'] ?? '').split(delimiter).filter((each) => each !== '');
  if (given.length > 0) return { folders: given.map((each) => resolve(each)), isGiven: true };
  const active = [environment['VIRTUAL_ENV'], environment['CONDA_PREFIX']].filter((each) => each !== undefined);
  const candidates = ['.venv', 'venv', 'env'].map((name) => join(root, name)).concat(active);
  try {
    return { folders: [...new Set(candidates.flatMap(packagesOf).filter(isFolder))], isGiven: false };
  } catch {
    return { folders: [], isGiven: false };
  }
}

const head = (path: string): string => {
  try {
    return statSync(path).size > 64 * HEAD ? '' : readFileSync(path, 'utf8').slice(0, HEAD);
  } catch {
    return '';
  }
};

const importsTorch = /^\s*(?:import|from) torch\b/m;

/** Does the package say that it needs PyTorch, or import it in one of its first files? */
function usesTorch(folder: string, name: string): boolean {
  const normal = (text: string): string => text.toLowerCase().replace(/[-.]/g, '_');
  const distribution = entriesOf(folder).find(
    (entry) => entry.endsWith('.dist-info') && normal(entry).startsWith(`${normal(name)}_`),
  );
  if (distribution !== undefined) return /^Requires-Dist: torch\b/m.test(head(join(folder, distribution, 'METADATA')));
  const sources = [join(folder, `${name}.py`)];
  for (const entry of entriesOf(join(folder, name)).slice(0, 200)) {
    const path = join(folder, name, entry);
    if (entry.endsWith('.py')) sources.push(path);
    else if (!entry.includes('.')) sources.push(join(path, '__init__.py'), join(path, 'layers.py'));
  }
  return sources.slice(0, 60).some((path) => importsTorch.test(head(path)));
}

const known = new Map<string, boolean>();

/** May the package `name` of `folder` be read? */
export function isReadable(folder: string, name: string, isGiven: boolean): boolean {
  if (neverRead.has(name) || !/^\w+$/.test(name)) return false;
  if (isGiven) return true;
  const key = join(folder, name);
  const answer = known.get(key) ?? usesTorch(folder, name);
  if (known.size > 5_000) known.clear();
  known.set(key, answer);
  return answer;
}
