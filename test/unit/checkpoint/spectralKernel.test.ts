import { expect, it } from 'vitest';
import type { Hdf5Contents, Hdf5Dataset } from '../../../server/src/checkpoint/hdf5File';
import { kerasContents } from '../../../server/src/checkpoint/kerasWeights';

// The data sets of a file that Keras 3.15 wrote for SpectralNormalization(Dense(3)).
const shapes: Readonly<Record<string, readonly number[]>> = {
  'layers/spectral_normalization_1/layer/vars/0': [4, 3],
  'layers/spectral_normalization_1/layer/vars/1': [3],
  'layers/spectral_normalization_1/vars/0': [4, 3],
  'layers/spectral_normalization_1/vars/1': [1, 3],
};

const unread = (name: string): never => {
  throw new Error(`${name} is not read`);
};

it('the kernel that SpectralNormalization keeps beside that of its layer is left out', () => {
  const datasets = Object.entries(shapes).map(([path, shape]): Hdf5Dataset => ({
    path: path.split('/'),
    shape,
    dtype: undefined,
    named: unread,
  }));
  const named = ['layers/spectral_normalization_1/vars', 'layers/spectral_normalization_1/layer/vars'];
  const attributes: Hdf5Contents['attributes'] = new Map(
    named.map((path, i) => [path, { name: i === 0 ? 'spectral_normalization_1' : 'dense_3' }]),
  );
  const contents = kerasContents({ datasets, attributes });
  expect(JSON.stringify(contents)).not.toContain('spectral_normalization_1/1');
  for (const key of ['spectral_normalization_1/0', 'dense_3/0', 'dense_3/1'])
    expect(JSON.stringify(contents)).toContain(key);
});
