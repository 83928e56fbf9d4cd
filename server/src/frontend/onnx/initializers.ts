/** What each initialiser of a graph is: a weight that training changes, a buffer, or a constant. */
import { decodeElements, isFloatingType, toFloat64 } from '../../checkpoint/elementType';
import type { OnnxModelFile, OnnxTensor } from '../../checkpoint/onnx/onnxModelFile';
import { CheckpointError } from '../../checkpoint/checkpointError';
import { elementCount, type Node } from '../../graph/node';
import { constant } from '../../graph/operations';
import { isExportersName } from './layerNames';

export type InitializerKind = 'parameter' | 'buffer' | 'constant';

/** An initialiser with its values where they are needed to follow the graph. */
export interface Initializer {
  readonly tensor: OnnxTensor;
  readonly kind: InitializerKind;
  /** Of constants, and of small weights (an exponent, a bound). */
  readonly values: Float64Array | undefined;
}

/** Elements of a floating initialiser that are read with the graph. */
const SMALL = 4096;
/** Bytes of all constants together. */
const LARGEST_CONSTANTS = 256 * 2 ** 20;

/** What PyTorch's newer exporter notes of a value: PARAMETER, BUFFER, CONSTANT_TENSOR. */
const KIND = 'pkg.torch.export.graph_signature.InputSpec.kind';

/** Operands that are running statistics, by operator. */
const statistics: Readonly<Record<string, readonly number[]>> = { BatchNormalization: [3, 4] };

/** Throws a CheckpointError for types that cannot be computed with, or too many constants. */
export function readInitializers(model: OnnxModelFile, file: string): Promise<Map<string, Initializer>> {
  const kinds = notedKinds(model);
  const buffers = statisticsOf(model, statistics);
  return initializersOf(model, file, (tensor) => kindOf(tensor, kinds.get(tensor.name), buffers.has(tensor.name)));
}

/** Names of the operands that are running statistics. */
export const statisticsOf = (
  { nodes }: OnnxModelFile,
  operands: Readonly<Record<string, readonly number[]>>,
): ReadonlySet<string> =>
  new Set(nodes.flatMap(({ opType, input }) => (operands[opType] ?? []).map((index) => input[index] ?? '')));

/** The same with another idea of what each tensor is. */
export async function initializersOf(
  model: OnnxModelFile,
  file: string,
  kindOfTensor: (tensor: OnnxTensor) => InitializerKind,
): Promise<Map<string, Initializer>> {
  const found = new Map<string, Initializer>();
  let spent = 0;
  for (const tensor of model.initializers) {
    const kind = kindOfTensor(tensor);
    const count = elementCount(tensor.shape);
    const isNeeded = kind === 'constant' || count <= SMALL;
    spent += isNeeded ? 8 * count : 0;
    if (spent > LARGEST_CONSTANTS)
      throw new CheckpointError('its constants take too much memory', file, `initialiser '${tensor.name}'`);
    found.set(tensor.name, { tensor, kind, values: isNeeded ? await valuesOf(tensor, file) : undefined });
  }
  return found;
}

const notedKinds = (model: OnnxModelFile): Map<string, string> =>
  new Map(
    [...model.valueInfo, ...model.inputs].flatMap(({ name, metadataProps }) => {
      const kind = metadataProps.find(({ key }) => key === KIND)?.value;
      return kind === undefined ? [] : [[name, kind] as const];
    }),
  );

/** Without a note: floating tensors are weights, but for statistics, and single numbers that the exporter made. */
function kindOf({ name, type, shape }: OnnxTensor, noted: string | undefined, isStatistic: boolean): InitializerKind {
  if (type === undefined || !isFloatingType(type)) return 'constant';
  if (noted === 'PARAMETER') return 'parameter';
  if (isStatistic || noted === 'BUFFER') return 'buffer';
  const isSingle = elementCount(shape) === 1;
  return (noted !== undefined || isSingle) && isExportersName(name) ? 'constant' : 'parameter';
}

async function valuesOf({ name, type, typeName, bytes }: OnnxTensor, file: string): Promise<Float64Array> {
  if (type === undefined || bytes === undefined)
    throw new CheckpointError(`elements of type ${typeName} are not read`, file, `initialiser '${name}'`);
  return toFloat64(decodeElements(await bytes.read(0, bytes.size), type, true));
}

const LARGEST_INT = 2 ** 31 - 1;

/** A constant of the graph; whole numbers beyond 32 bits (an open end of a slice) become the largest there are. */
export function constantNode(values: Float64Array, type: string, shape: readonly number[]): Node {
  if (type.includes('float')) return constant(values, shape);
  if (type === 'bool') return constant(Uint8Array.from(values, Number), shape);
  return constant(
    Int32Array.from(values, (value) => Math.min(Math.max(value, -LARGEST_INT - 1), LARGEST_INT)),
    shape,
  );
}
