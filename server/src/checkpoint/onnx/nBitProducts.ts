/**
 * ONNX Runtime's product with a matrix of few bits (MatMulNBits): B [N, blocks, bytes] with a scale, and maybe a zero, for each block
 * of a row. The matrix [N, K] of floating numbers takes its place, and an ordinary product the operator's.
 */
import { madeAttribute } from './madeAttribute';
import type { NodeMessage } from './schema';
import type { OnnxTensor } from './onnxModelFile';
import { numbersOf, type Dequantised, type Steps } from './scaledNumbers';
import { PackedIntegers, UnpaddedRows } from './wholeNumbers';

interface Layout {
  readonly rows: number;
  readonly columns: number;
  readonly bits: number;
  readonly block: number;
  /** In a row. */
  readonly blocks: number;
}

function layoutOf({ attribute: attributes }: NodeMessage): Layout | undefined {
  const given = (name: string, otherwise: number): number =>
    attributes.find((each) => each.name === name)?.i ?? otherwise;
  const [rows, columns, bits, block] = [given('N', 0), given('K', 0), given('bits', 4), given('block_size', 0)];
  const isKnown = rows > 0 && columns > 0 && block > 0 && [2, 4, 8].includes(bits) && (block * bits) % 8 === 0;
  return isKnown ? { rows, columns, bits, block, blocks: Math.ceil(columns / block) } : undefined;
}

/** Zeros of the blocks: packed like the matrix, each row filled up to a byte; of the scales' type; or the middle of the range. */
async function zerosOf(
  zero: OnnxTensor | undefined,
  { rows, blocks, bits }: Layout,
): Promise<Float64Array | undefined> {
  const count = rows * blocks;
  if (zero === undefined) return new Float64Array(count).fill(2 ** (bits - 1));
  if (zero.bytes === undefined) return undefined;
  if (zero.type !== 'uint8') return numbersOf(zero);
  const padded = (Math.ceil((blocks * bits) / 8) * 8) / bits;
  const packed = new PackedIntegers(zero.bytes, (zero.bytes.size * 8) / bits, bits, false);
  return packed.count === rows * padded ? new UnpaddedRows(packed, blocks, padded).read(0, count) : undefined;
}

/** Undefined where the matrix is no constant of the file, or is kept in another order. */
export async function nBitProduct(
  node: NodeMessage,
  initializers: ReadonlyMap<string, OnnxTensor>,
): Promise<Dequantised | undefined> {
  const [a = '', b = '', scaleName = '', zeroName = '', order = '', bias = ''] = node.input;
  const [matrix, scale] = [initializers.get(b), initializers.get(scaleName)];
  const layout = layoutOf(node);
  if (matrix?.bytes === undefined || scale === undefined || layout === undefined || order !== '') return undefined;
  const { rows, columns, bits, block, blocks } = layout;
  const packed = new PackedIntegers(matrix.bytes, rows * blocks * block, bits, false);
  if (matrix.bytes.size !== (packed.count * bits) / 8) return undefined;
  const scales = await numbersOf(scale);
  const zeros = await zerosOf(initializers.get(zeroName), layout);
  const isGiven = zeroName === '' || initializers.has(zeroName);
  if (!isGiven || scales?.length !== rows * blocks || zeros?.length !== scales.length) return undefined;
  const steps: Steps = {
    scales,
    zeros,
    at: (element) => Math.floor(element / columns) * blocks + Math.floor((element % columns) / block),
  };
  const product = bias === '' ? node.output : [`${node.output[0] ?? ''} without its bias`];
  const fused = {
    ...node,
    opType: 'FusedMatMul',
    input: [a, b],
    output: product,
    attribute: [madeAttribute('transB', { i: 1, type: 2 })],
  };
  const sum = { ...node, opType: 'Add', domain: '', input: [...product, bias], attribute: [] };
  return {
    name: b,
    shape: [rows, columns],
    numbers: new UnpaddedRows(packed, columns, blocks * block),
    steps,
    nodes: bias === '' ? [fused] : [fused, sum],
  };
}
