/**
 * Weights that a file keeps as whole numbers with scales: the graph turns them into floating ones by DequantizeLinear. These
 * products are the weights that a model computes with, and have derivatives; they take the place of the whole numbers.
 */
import { requireRange, type ByteSource } from '../byteSource';
import { decodeElements, elementWidth, toFloat64, type ElementType } from '../elementType';
import type { OnnxModelFile, OnnxTensor } from './onnxModelFile';
import type { NodeMessage } from './schema';

const FLOAT_WIDTH = 4;
/** Scales that are kept; more are no scales of a weight's rows or blocks. */
const MOST_SCALES = 1 << 22;

/** (x − zero)·scale, where scale and zero are shared by all elements, by a row of an axis, or by blocks along it. */
interface Steps {
  readonly scales: Float64Array;
  readonly zeros: Float64Array | undefined;
  /** Position of an element's scale. */
  readonly at: (element: number) => number;
}

/** float32 numbers of a tensor of whole ones, computed for the range that is read. */
class DequantisedBytes implements ByteSource {
  readonly name: string;
  readonly size: number;
  constructor(
    private readonly bytes: ByteSource,
    private readonly type: ElementType,
    private readonly steps: Steps,
  ) {
    this.name = bytes.name;
    this.size = (bytes.size / elementWidth(type)) * FLOAT_WIDTH;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    requireRange(this, offset, length);
    const first = Math.floor(offset / FLOAT_WIDTH);
    const count = Math.ceil((offset + length) / FLOAT_WIDTH) - first;
    const width = elementWidth(this.type);
    const whole = toFloat64(decodeElements(await this.bytes.read(first * width, count * width), this.type, true));
    const { scales, zeros, at } = this.steps;
    const values = Float32Array.from(whole, (value, i) => {
      const step = at(first + i);
      return (value - (zeros?.[step] ?? 0)) * (scales[step] ?? NaN);
    });
    const start = offset - first * FLOAT_WIDTH;
    return new Uint8Array(values.buffer, start, length);
  }
}

/** Where an element's scale stands; undefined where the shapes do not belong together. */
function placesOf(shape: readonly number[], scale: readonly number[], node: NodeMessage): Steps['at'] | undefined {
  const count = product(scale);
  if (count === 1) return () => 0;
  const attribute = (name: string): number | undefined => node.attribute.find((each) => each.name === name)?.i;
  const given = attribute('axis') ?? 1;
  const axis = given < 0 ? given + shape.length : given;
  const inner = product(shape.slice(axis + 1));
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

const product = (sizes: readonly number[]): number => sizes.reduce((whole, size) => whole * size, 1);

const wholeTypes: ReadonlySet<ElementType | undefined> = new Set(['int8', 'uint8', 'int16', 'uint16', 'int32']);

async function numbersOf({ bytes, type, shape }: OnnxTensor): Promise<Float64Array | undefined> {
  if (bytes === undefined || type === undefined || product(shape) > MOST_SCALES) return undefined;
  return toFloat64(decodeElements(await bytes.read(0, bytes.size), type, true));
}

/** The floating weight that a DequantizeLinear makes; undefined where it needs more than the file's constants. */
async function dequantised(
  node: NodeMessage,
  initializers: ReadonlyMap<string, OnnxTensor>,
): Promise<OnnxTensor | undefined> {
  const [x, scale, zero] = node.input.map((name) => initializers.get(name));
  const [name = ''] = node.output;
  if (x?.bytes === undefined || x.type === undefined || scale === undefined || !wholeTypes.has(x.type))
    return undefined;
  const hasZero = (node.input[2] ?? '') !== '';
  const [scales, zeros] = [await numbersOf(scale), zero === undefined ? undefined : await numbersOf(zero)];
  const at = placesOf(x.shape, scale.shape, node);
  if (scales === undefined || at === undefined || (hasZero && zeros?.length !== scales.length)) return undefined;
  return {
    name,
    shape: x.shape,
    type: 'float32',
    typeName: 'float32',
    bytes: new DequantisedBytes(x.bytes, x.type, { scales, zeros, at }),
  };
}

/** The model with floating weights in place of whole ones, and the names of these. */
export async function withDequantisedWeights(model: Omit<OnnxModelFile, 'dequantised'>): Promise<OnnxModelFile> {
  const initializers = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const made = new Map<NodeMessage, OnnxTensor>();
  for (const node of model.nodes)
    if (node.opType === 'DequantizeLinear') {
      const tensor = await dequantised(node, initializers);
      if (tensor !== undefined) made.set(node, tensor);
    }
  if (made.size === 0) return { ...model, dequantised: new Set() };
  const nodes = model.nodes.filter((node) => !made.has(node));
  const inner = (each: NodeMessage): readonly string[] => [
    ...each.input,
    ...each.attribute.flatMap(({ g }) => g?.node.flatMap(inner) ?? []),
  ];
  const read = new Set([...nodes.flatMap(inner), ...model.outputs.map(({ name }) => name)]);
  const spent = new Set([...made.keys()].flatMap(({ input }) => input));
  const kept = model.initializers.filter(({ name }) => read.has(name) || !spent.has(name));
  const derived = [...made.values()];
  return {
    ...model,
    nodes,
    initializers: [...kept, ...derived],
    dequantised: new Set(derived.map(({ name }) => name)),
  };
}
