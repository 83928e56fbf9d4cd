/** Recognises networks that are products of matrices: linear and convolution layers without biases or activations. */
import { elementCount, topologicalOrder, type Node } from '../graph/node';
import { unknownOrder } from '../graph/simplify/substitute';
import { isLayout, origin } from './layout';
import type { Problem } from './problem';

/** A layer as a map of its input; a linear one has a single position and a kernel of one element. */
export interface ChainLayer {
  readonly channelsIn: number;
  readonly channelsOut: number;
  /** Positions of an image, before and after. */
  readonly positionsIn: number;
  readonly positionsOut: number;
  /** Elements of the kernel of one channel in and one out. */
  readonly kernel: number;
}

/** From input to output, or undefined where the model is anything else, or its loss looks at weights beside the output. Convolutions in groups are no such layers. */
export function linearChain(problem: Pick<Problem, 'trace'>): readonly ChainLayer[] | undefined {
  const { loss, output, parameters, data } = problem.trace(1);
  const beside = new Set(unknownOrder([loss], new Set([output])));
  if (parameters.some((parameter) => beside.has(parameter))) return undefined;
  const order = topologicalOrder([output]);
  const isProduct = ({ primitive }: Node): boolean => primitive === 'dot' || primitive === 'conv';
  const products = order.filter(isProduct);
  const others = order.filter((node) => !isProduct(node) && node.primitive !== 'input' && !isLayout(node.primitive));
  if (others.length > 0 || products.length !== parameters.length || products.length === 0) return undefined;
  const layers: ChainLayer[] = [];
  for (const product of products) {
    const weight = product.inputs.map(origin).find((node) => parameters.some((parameter) => parameter === node));
    const layer = weight === undefined ? undefined : layerOf(product, weight);
    const before = layers.at(-1);
    if (layer === undefined || (before !== undefined && sizeIn(layer) !== sizeOut(before))) return undefined;
    layers.push(layer);
  }
  const [x] = data;
  const [first] = layers;
  return x !== undefined && first !== undefined && elementCount(x.shape) === sizeIn(first) ? layers : undefined;
}

/**
 * The chain that a loss sees which stays when all outputs of a sample rise by the same number: its last matrix has one row less, in a basis where that direction is an axis. The same
 * layers where the output has several positions.
 */
export const withoutShift = (layers: readonly ChainLayer[]): readonly ChainLayer[] =>
  layers.map((layer, l) =>
    l === layers.length - 1 && layer.positionsOut === 1 ? { ...layer, channelsOut: layer.channelsOut - 1 } : layer,
  );

export const sizeIn = ({ channelsIn, positionsIn }: ChainLayer): number => channelsIn * positionsIn;
export const sizeOut = ({ channelsOut, positionsOut }: ChainLayer): number => channelsOut * positionsOut;

function layerOf(product: Node, weight: Node): ChainLayer | undefined {
  const { shape } = weight;
  if (product.primitive === 'conv') {
    const [x, w] = product.inputs as readonly [Node, Node];
    // The kernel has to be the second operand as it is: [O, I, ...kernel].
    if (product.parameters.groups !== 1 || origin(w) !== weight || !isSameShape(w, weight)) return undefined;
    const [channelsOut = 0, channelsIn = 0, ...kernel] = shape;
    return {
      channelsIn,
      channelsOut,
      positionsIn: elementCount(x.shape) / channelsIn,
      positionsOut: elementCount(product.shape) / channelsOut,
      kernel: kernel.reduce((size, length) => size * length, 1),
    };
  }
  const size = elementCount(product.shape);
  if (shape.length !== 2 || !shape.includes(size)) return undefined;
  return { channelsIn: elementCount(shape) / size, channelsOut: size, positionsIn: 1, positionsOut: 1, kernel: 1 };
}

const isSameShape = (a: Node, b: Node): boolean =>
  a.shape.length === b.shape.length && a.shape.every((size, axis) => size === b.shape[axis]);
