/** Checkpoints of TensorFlow: an `.index` with its data files, also those of a SavedModel (`variables/variables.index`). */
import { CheckpointError } from '../checkpointError';
import { branch, plain, type ContentNode } from '../contents';
import type { Format } from '../format';
import { contiguousStrides, StridedTensor } from '../stridedTensor';
import { OBJECT_GRAPH, variableNames } from '../tensorflow/objectGraph';
import { hasTableFooter } from '../tensorflow/sortedTable';
import { readTensorBundle, type BundleTensor } from '../tensorflow/tensorBundle';

export const tensorflow: Format = {
  match: hasTableFooter,

  async read(source, { openBeside }) {
    if (openBeside === undefined)
      throw new CheckpointError('its data files cannot be opened', source.name, 'file', 'Open it from its folder.');
    const { tensors, littleEndian, shards } = await readTensorBundle(source, openBeside);
    const graph = tensors.find(({ key }) => key === OBJECT_GRAPH);
    const names = graph === undefined ? new Map<string, string>() : await variableNames(graph.bytes);
    const leaves = namedOnce(tensors, names).map(([name, tensor]) => ({
      name,
      tensor,
      node: leaf(tensor, littleEndian),
    }));
    const entries = (optimizer: boolean): [string, ContentNode][] =>
      leaves.filter(({ tensor }) => isOfOptimizer(tensor.key) === optimizer).map(({ name, node }) => [name, node]);
    const slots = entries(true);
    return {
      format: 'tensorflow',
      root: branch([...entries(false), ...(slots.length === 0 ? [] : [['optimizer', branch(slots)] as const])]),
      warnings: [],
      sources: shards,
    };
  },
};

const VALUE = /\/\.ATTRIBUTES\/VARIABLE_VALUE$/;
/** An exported model lists its variables a second time. */
const SECOND_LIST = /^_all_variables\/\d+\/\.ATTRIBUTES/;

/** The program's names where they are unique, else the places among its objects; in the order of the model's variables. */
function namedOnce(
  tensors: readonly BundleTensor[],
  names: ReadonlyMap<string, string>,
): (readonly [string, BundleTensor])[] {
  const order = new Map([...names.keys()].map((key, i) => [key, i]));
  const used = new Set<string>();
  return tensors
    .filter(({ key }) => key !== OBJECT_GRAPH && !SECOND_LIST.test(key))
    .sort((a, b) => (order.get(a.key) ?? Infinity) - (order.get(b.key) ?? Infinity) || 0)
    .map((tensor) => {
      const name = names.get(tensor.key) ?? '';
      const chosen = name === '' || used.has(name) ? tensor.key.replace(VALUE, '') : name;
      used.add(chosen);
      return [chosen, tensor] as const;
    });
}

/** By its key: slots of optimizers of TensorFlow 1 are named after them. Optimizers of Keras 3 list the model's variables, too. */
const isOfOptimizer = (key: string): boolean =>
  (/(^|\/)(optimizer|\.OPTIMIZER_SLOT)\/|^save_counter\//.test(key) && !key.includes('/_trainable_variables/')) ||
  /\/(Adam|Adam_1|Momentum|RMSProp|RMSProp_1|Adagrad|ExponentialMovingAverage)$|^beta[12]_power$/.test(key);

function leaf({ key, shape, type, bytes }: BundleTensor, littleEndian: boolean): ContentNode {
  if (type === undefined) return plain('<data that are no numbers>');
  const layout = { shape, strides: contiguousStrides(shape), offset: 0 };
  return {
    kind: 'tensor',
    shape,
    typeName: type,
    named: (name) => new StridedTensor(name, type, { key, bytes, littleEndian }, layout),
  };
}
