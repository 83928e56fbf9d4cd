/** The weights of an ONNX file as values of its graph, and which of them are parameters of the model. */
import type { OnnxModelFile } from '../../checkpoint/onnx/onnxModelFile';
import type { NodeMessage } from '../../checkpoint/onnx/schema';
import { elementCount, type Node } from '../../graph/node';
import { input as inputNode, transpose } from '../../graph/operations';
import type { ConstantData } from '../../graph/primitives';
import type { TracedBuffer, TracedModel, TracedParameter } from '../model';
import { constantNode, type Initializer } from './initializers';
import { layerOfWeight } from './layerNames';

/** The structure of a file, and its initialisers as what they are to the model. */
export interface WeightsOfFile {
  readonly structure: OnnxModelFile;
  readonly initializers: ReadonlyMap<string, Initializer>;
}

/** An initialiser as a value of the graph. */
export interface Weight {
  readonly name: string;
  readonly initializer: Initializer;
  readonly node: Node;
  readonly layer: string;
}

export function weightsOf({ structure, initializers }: WeightsOfFile): Weight[] {
  const readers = new Map<string, NodeMessage>();
  for (const node of structure.nodes) for (const name of node.input) if (!readers.has(name)) readers.set(name, node);
  return [...initializers].flatMap(([name, initializer]) => {
    const { tensor, kind, values, transposeOf } = initializer;
    if (transposeOf !== undefined) return [];
    const node =
      kind === 'constant' && values !== undefined
        ? constantNode(values, tensor.typeName, tensor.shape)
        : inputNode(kind, tensor.shape);
    return [{ name, initializer, node, layer: layerOfWeight(name, readers.get(name)) }];
  });
}

/** Parameters and buffers as far as names go: what turns out to have no derivative is a buffer as well. */
export function parted(
  weights: readonly Weight[],
  outputs: readonly Node[],
): Pick<TracedModel, 'parameters' | 'buffers' | 'stateKeys' | 'totalParameters'> {
  const reached = differentiable(outputs);
  const trained = (weight: Weight): boolean =>
    weight.initializer.kind === 'parameter' && (outputs.length === 0 || reached.has(weight.node));
  const parameters = weights.flatMap((weight) => (trained(weight) ? parameterOf(weight) : []));
  const buffers = weights.filter((weight) => !trained(weight)).map(bufferOf);
  const stateKeys = weights.map((weight) => ({
    key: weight.name,
    kind: trained(weight) ? ('parameter' as const) : ('buffer' as const),
    storage: weight.name,
    shape: weight.node.shape,
  }));
  return { parameters, buffers, stateKeys, totalParameters: sizeOf(parameters.map(({ shape }) => shape)) };
}

const sizeOf = (shapes: readonly (readonly number[])[]): number =>
  shapes.reduce((sum, shape) => sum + elementCount(shape), 0);

/** Every node on which an output depends through floating numbers alone. */
function differentiable(outputs: readonly Node[]): Set<Node> {
  const reached = new Set<Node>();
  const pending = [...outputs];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.dtype !== 'float' || reached.has(node)) continue;
    reached.add(node);
    if (node.primitive !== 'stopGradient') pending.push(...node.inputs);
  }
  return reached;
}

/** Values of a weight that was too large to be read with the graph are in the file, which the model's checkpoint is. */
const valuesOf = ({ name, initializer }: Weight): Float64Array => {
  if (initializer.values !== undefined) return initializer.values;
  throw new RangeError(`the values of '${name}' are read from the file when they are needed`);
};

function parameterOf(weight: Weight): TracedParameter[] {
  const { name, node, layer, initializer } = weight;
  if (node.primitive !== 'input') return [];
  return [
    {
      name,
      shape: initializer.tensor.shape,
      layer,
      file: '',
      line: 0,
      node,
      requiresGrad: true,
      initial: () => valuesOf(weight),
    },
  ];
}

function bufferOf(weight: Weight): TracedBuffer {
  const { name, node } = weight;
  const initial = (): ConstantData => (node.primitive === 'constant' ? node.parameters.data : valuesOf(weight));
  return { name, shape: node.shape, dtype: node.dtype, node, persistent: true, initial };
}

/** Copies of weights turned round, as what they are. */
export function transposesIn({ initializers }: WeightsOfFile, weights: readonly Weight[]): ReadonlyMap<string, Node> {
  const own = new Map(weights.map(({ name, node }) => [name, node]));
  const found = new Map<string, Node>();
  for (const [name, { transposeOf = '' }] of initializers) {
    const weight = own.get(transposeOf);
    if (weight !== undefined) found.set(name, transpose(weight, [1, 0]));
  }
  return found;
}
