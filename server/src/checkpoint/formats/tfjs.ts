/** Models of TensorFlow.js as checkpoints: the weights of `model.json` and its shards. */
import { CheckpointError } from '../checkpointError';
import { branch, plain, type ContentNode } from '../contents';
import type { Format } from '../format';
import { contiguousStrides, StridedTensor } from '../stridedTensor';
import { readTfjsJson, readTfjsModelFile, type TfjsWeight } from '../tfjs';

export const tfjs: Format = {
  match: async (source) => (await readTfjsJson(source)) !== undefined,

  async read(source, { openBeside }) {
    const json = await readTfjsJson(source);
    if (json === undefined || openBeside === undefined)
      throw new CheckpointError(
        'its shards cannot be opened',
        source.name,
        'weightsManifest',
        'Open it from its folder.',
      );
    const { weights, sources, format, producer } = await readTfjsModelFile(json, source.name, openBeside);
    const about = branch([
      ['format', plain(format)],
      ['producer', plain(producer)],
    ]);
    return {
      format: 'tfjs',
      root: branch([...weights.map((weight) => [weight.name, tensorNode(weight)] as const), ['__metadata__', about]]),
      warnings: [],
      sources,
    };
  },
};

function tensorNode({ name, shape, type, bytes }: TfjsWeight): ContentNode {
  const storage = { key: name, bytes, littleEndian: true };
  const layout = { shape, strides: contiguousStrides(shape), offset: 0 };
  return { kind: 'tensor', shape, typeName: type, named: (path) => new StridedTensor(path, type, storage, layout) };
}
