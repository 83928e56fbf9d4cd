/** Where torchvision keeps its data sets. */
import { bind, type DataCall } from '../dataCall';
import type { DataFiles, DatasetOptions } from '../dataset';
import { splitOf, torchvisionSets } from './catalogue';

/** Folders below `root` that hold a data set under the name torchvision gives it. */
export async function knownFolders(files: DataFiles, root: string): Promise<string[]> {
  const names = new Set(await files.list(root));
  const found = new Set<string>();
  for (const { places, image } of Object.values(torchvisionSets))
    for (const place of image === undefined ? [] : places('train')) {
      const [first = ''] = place.split('/');
      if (place !== '' && names.has(first) && (await files.isFolder(`${root}/${place}`))) found.add(`${root}/${place}`);
    }
  return [...found];
}

/** What a data set made by a script is opened with; undefined for those that are not torchvision's. */
export interface MadeSet {
  /** As the script writes it. */
  readonly root: string;
  /** Below root, in the order to try. */
  readonly places: readonly string[];
  readonly options: DatasetOptions;
}

export function madeSet(call: DataCall): MadeSet | undefined {
  const set = call.origin === 'library' ? torchvisionSets[call.name] : undefined;
  if (set === undefined) return undefined;
  const args = bind(call, set.parameters);
  if (typeof args['root'] !== 'string') return undefined;
  const split = splitOf(args);
  return { root: args['root'], places: set.places(split), options: { transform: args['transform'] ?? null, split } };
}
