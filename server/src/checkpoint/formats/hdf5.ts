/** Keras's `.h5` and `.weights.h5`. */
import { hasHdf5Signature, openHdf5 } from '../hdf5File';
import { kerasContents } from '../kerasWeights';
import type { Format } from '../format';

export const hdf5: Format = {
  match: hasHdf5Signature,
  async read(source) {
    return { format: 'hdf5', root: kerasContents(await openHdf5(source)), warnings: [] };
  },
};
