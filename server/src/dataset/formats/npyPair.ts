/** `x.npy` beside `y.npy`, under the usual names. */
import { openNpy } from '../../checkpoint/npy';
import { arrayDataset } from '../arrayDataset';
import { chooseArrays } from '../chooseArrays';
import type { DataFiles, Dataset } from '../dataset';
import { joinedHash } from '../joinedHash';
import { tensorSamples } from '../sampleArrays';

/** Names of the arrays in `folder`; `wanted` (a file name) must be among those used, alone if it has no partner. */
export async function openNpyFolder(files: DataFiles, folder: string, wanted: string | undefined): Promise<Dataset> {
  const names = (await files.list(folder)).filter((name) => name.endsWith('.npy'));
  const samples = await Promise.all(
    names.map(async (file) => {
      const source = await files.open(`${folder}/${file}`);
      const name = file.slice(0, -'.npy'.length);
      const tensor = (await openNpy(source, name, `array '${name}'`))(name);
      return { ...tensorSamples(tensor, name, source.name), file, source };
    }),
  );
  const chosen = chooseArrays(samples);
  const single = samples.filter(({ file }) => file === wanted);
  const arrays = single.length > 0 && !chosen.arrays.some(({ file }) => file === wanted) ? single : chosen.arrays;
  return arrayDataset(folder, arrays, `${folder} (${arrays.map(({ file }) => file).join(', ')})`, () =>
    joinedHash(arrays.map(({ source }) => source)),
  );
}
