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

const dataset = (path: string, shape: readonly number[]): Hdf5Dataset => ({
  path: path.split('/'),
  shape,
  dtype: undefined,
  named: unread,
});

it('the kernel that SpectralNormalization keeps beside that of its layer is left out', () => {
  const datasets = Object.entries(shapes).map(([path, shape]) => dataset(path, shape));
  const named = ['layers/spectral_normalization_1/vars', 'layers/spectral_normalization_1/layer/vars'];
  const attributes: Hdf5Contents['attributes'] = new Map(
    named.map((path, i) => [path, { name: i === 0 ? 'spectral_normalization_1' : 'dense_3' }]),
  );
  const contents = kerasContents({ datasets, attributes });
  expect(JSON.stringify(contents)).not.toContain('spectral_normalization_1/1');
  for (const key of ['spectral_normalization_1/0', 'dense_3/0', 'dense_3/1'])
    expect(JSON.stringify(contents)).toContain(key);
});

it('weights that are listed for two layers under one name are those of both', () => {
  const datasets = [dataset('dense/dense/kernel:0', [3, 3]), dataset('inner/dense/kernel:0', [3, 3])];
  const attributes: Hdf5Contents['attributes'] = new Map<string, Readonly<Record<string, unknown>>>([
    ['', { layer_names: ['dense', 'inner'] }],
    ['dense', { weight_names: ['dense/kernel:0'] }],
    ['inner', { weight_names: ['dense/kernel:0'] }],
  ]);
  const text = JSON.stringify(kerasContents({ datasets, attributes }));
  for (const key of ['"dense/kernel"', '"inner/dense/kernel"']) expect(text).toContain(key);
});
