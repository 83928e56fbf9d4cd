/** `.keras`: a zip of the model's configuration and its weights in HDF5. */
import { hasZipSignature, ZipArchive } from '../archive/zipArchive';
import { openHdf5 } from '../hdf5File';
import { kerasContents } from '../kerasWeights';
import type { Format } from '../format';

const WEIGHTS = 'model.weights.h5';

export const kerasArchive: Format = {
  async match(source) {
    if (!(await hasZipSignature(source))) return false;
    const { names } = await ZipArchive.open(source);
    return names.includes(WEIGHTS) && names.includes('config.json');
  },

  async read(source) {
    const archive = await ZipArchive.open(source);
    return { format: 'keras', root: kerasContents(await openHdf5(await archive.entry(WEIGHTS))), warnings: [] };
  },
};
