/**
 * Weights that a file keeps as whole numbers with scales: the graph turns them into floating ones by DequantizeLinear, or within a
 * product. These are the weights that a model computes with, and have derivatives; they take the place of the whole numbers.
 */
import { requireRange, type ByteSource } from '../byteSource';
import { elementCount } from '../elementCount';
import type { ElementType } from '../elementType';
import { nBitProduct } from './nBitProducts';
import type { OnnxTensor } from './onnxModelFile';
import type { ReadModel } from './separateWeights';
import { numbersOf, type Dequantised, type Steps } from './scaledNumbers';
import type { NodeMessage } from './schema';
import { StoredIntegers, type WholeNumbers } from './wholeNumbers';

const FLOAT_WIDTH = 4;

/** float32 numbers of a tensor of whole ones, computed for the range that is read. */
class DequantisedBytes implements ByteSource {
  readonly name: string;
  readonly size: number;
  constructor(
    private readonly numbers: WholeNumbers,
    private readonly steps: Steps,
  ) {
    this.name = numbers.name;
    this.size = numbers.count * FLOAT_WIDTH;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    requireRange(this, offset, length);
    const first = Math.floor(offset / FLOAT_WIDTH);
    const count = Math.ceil((offset + length) / FLOAT_WIDTH) - first;
    const whole = await this.numbers.read(first, count);
    const { scales, zeros, at } = this.steps;
    const values = Float32Array.from(whole, (value, i) => {
      const step = at(first + i);
      return (value - (zeros?.[step] ?? 0)) * (scales[step] ?? NaN);
    });
    return new Uint8Array(values.buffer, offset - first * FLOAT_WIDTH, length);
  }
}

/** Where an element's scale stands; undefined where the shapes do not belong together. */
function placesOf(shape: readonly number[], scale: readonly number[], node: NodeMessage): Steps['at'] | undefined {
  const count = elementCount(scale);
  if (count === 1) return () => 0;
  const attribute = (name: string): number | undefined => node.attribute.find((each) => each.name === name)?.i;
  const given = attribute('axis') ?? 1;
  const axis = given < 0 ? given + shape.length : given;
  const inner = elementCount(shape.slice(axis + 1));
  const size = shape[axis] ?? 0;
  if (scale.length === 1) return count === size ? (element) => Math.floor(element / inner) % size : undefined;
  const block = attribute('block_size') ?? 0;
  const blocks = Math.ceil(size / block);
  const fits = shape.every((each, i) => scale[i] === (i === axis ? blocks : each));
  if (block < 1 || scale.length !== shape.length || !fits) return undefined;
  return (element) => {
    const outer = Math.floor(element / (inner * size));
    const row = Math.floor(element / inner) % size;
    return (outer * blocks + Math.floor(row / block)) * inner + (element % inner);
  };
}

const wholeTypes: ReadonlySet<ElementType | undefined> = new Set(['int8', 'uint8', 'int16', 'uint16', 'int32']);

/** The whole numbers of a tensor of a type that stands for floating ones. */
function wholeNumbersOf({ bytes, packed, type }: OnnxTensor): WholeNumbers | undefined {
  if (packed !== undefined) return packed;
  return bytes === undefined || type === undefined || !wholeTypes.has(type)
    ? undefined
    : new StoredIntegers(bytes, type);
}

/** The floating weight that a DequantizeLinear makes; undefined where it needs more than the file's constants. */
async function dequantised(
  node: NodeMessage,
  initializers: ReadonlyMap<string, OnnxTensor>,
): Promise<Dequantised | undefined> {
  const [x, scale, zero] = node.input.map((name) => initializers.get(name));
  const [name = ''] = node.output;
  const numbers = x === undefined ? undefined : wholeNumbersOf(x);
  if (x === undefined || numbers === undefined || scale === undefined) return undefined;
  const hasZero = (node.input[2] ?? '') !== '';
  const [scales, zeros] = [await numbersOf(scale), zero === undefined ? undefined : await numbersOf(zero)];
  const at = placesOf(x.shape, scale.shape, node);
  if (scales === undefined || at === undefined || (hasZero && zeros?.length !== scales.length)) return undefined;
  return { name, shape: x.shape, numbers, steps: { scales, zeros, at }, nodes: [] };
}

const readers: Readonly<Record<string, typeof dequantised>> = {
  DequantizeLinear: dequantised,
  MatMulNBits: nBitProduct,
};

const tensorOf = ({ name, shape, numbers, steps }: Dequantised): OnnxTensor => ({
  name,
  shape,
  type: 'float32',
  typeName: 'float32',
  bytes: new DequantisedBytes(numbers, steps),
});

/** The model with floating weights in place of whole ones, and the names of these. */
export async function withDequantisedWeights(model: Omit<ReadModel, 'dequantised'>): Promise<ReadModel> {
  const initializers = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const made = new Map<NodeMessage, Dequantised>();
  for (const node of model.nodes) {
    const found = await readers[node.opType]?.(node, initializers);
    if (found !== undefined) made.set(node, found);
  }
  if (made.size === 0) return { ...model, dequantised: new Set() };
  const nodes = model.nodes.flatMap((node) => made.get(node)?.nodes ?? [node]);
  const inner = (each: NodeMessage): readonly string[] => [
    ...each.input,
    ...each.attribute.flatMap(({ g }) => g?.node.flatMap(inner) ?? []),
  ];
  const read = new Set([...nodes.flatMap(inner), ...model.outputs.map(({ name }) => name)]);
  const spent = new Set([...made.keys()].flatMap(({ input }) => input));
  const derived = new Map([...made.values()].map((each) => [each.name, tensorOf(each)]));
  const kept = model.initializers.filter(({ name }) => !derived.has(name) && (read.has(name) || !spent.has(name)));
  return {
    ...model,
    nodes,
    initializers: [...kept, ...derived.values()],
    dequantised: new Set(derived.keys()),
  };
}
