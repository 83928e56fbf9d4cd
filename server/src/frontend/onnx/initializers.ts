/** What each initialiser of a graph is: a weight that training changes, a buffer, or a constant. */
import { decodeElements, isFloatingType, toFloat64 } from '../../checkpoint/elementType';
import { exportedSignature, type NotedKind } from '../../checkpoint/onnx/exportedSignature';
import { isExportersName } from '../../checkpoint/onnx/exporterNames';
import { isMadeTensor } from '../../checkpoint/onnx/madeTensors';
import type { OnnxModelFile, OnnxTensor } from '../../checkpoint/onnx/onnxModelFile';
import { piecesOf } from '../../checkpoint/onnx/tensorElements';
import { CheckpointError } from '../../checkpoint/checkpointError';
import { elementCount, type Node } from '../../graph/node';
import { constant } from '../../graph/operations';
import { transposesOf } from './tiedWeights';

export type InitializerKind = 'parameter' | 'buffer' | 'constant';

/** An initialiser with its values where they are needed to follow the graph. */
export interface Initializer {
  readonly tensor: OnnxTensor;
  readonly kind: InitializerKind;
  /** Of constants, and of small weights (an exponent, a bound). */
  readonly values: Float64Array | undefined;
  /** The weight that this is the transpose of: it is no weight of its own. */
  readonly transposeOf?: string;
}

/** Elements of a floating initialiser that are read with the graph. */
const SMALL = 4096;
/** Bytes of all constants together. */
const LARGEST_CONSTANTS = 256 * 2 ** 20;

/** Operands that are running statistics, by operator. */
const statistics: Readonly<Record<string, readonly number[]>> = { BatchNormalization: [3, 4] };

/** Throws a CheckpointError for types that cannot be computed with, or too many constants. */
export async function readInitializers(model: OnnxModelFile, file: string): Promise<Map<string, Initializer>> {
  const signature = exportedSignature(model);
  const buffers = statisticsOf(model, statistics);
  const factors = factorsOf(model);
  const neutral = neutralOperands(model);
  const isMade = isMadeTensor(signature, model.separated);
  const made = model.initializers.filter(isMade);
  const copies = made.filter(({ name }) => factors.has(name));
  const transposes = await transposesOf(
    copies,
    model.initializers.filter((tensor) => !isMade(tensor)),
  );
  const left = signature === undefined ? undefined : signature.folded - (copies.length - transposes.size);
  const judged = await judgedTensors(
    made.filter(({ name }) => !factors.has(name)),
    left,
    neutral,
  );
  const kinds = new Map<string, InitializerKind>();
  for (const tensor of model.initializers)
    kinds.set(
      tensor.name,
      kindOf(tensor, signature?.kinds.get(tensor.name), buffers.has(tensor.name), judged.get(tensor.name)),
    );
  const found = await initializersOf(model, file, ({ name }) => kinds.get(name) ?? 'constant');
  for (const [name, transposeOf] of transposes) {
    const initializer = found.get(name);
    if (initializer !== undefined) found.set(name, { ...initializer, transposeOf });
  }
  return found;
}

/** What tensors that the exporter made are, as far as that is seen. Numbers of its own (the share of a mean) come last: parameters of the source that are left are in the others. */
async function judgedTensors(
  made: readonly OnnxTensor[],
  left: number | undefined,
  neutral: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, InitializerKind | undefined>> {
  const judged = new Map<string, InitializerKind | undefined>();
  const isNumber = ({ shape }: OnnxTensor): boolean => shape.length === 0;
  let open = left;
  for (const tensor of [...made.filter((each) => !isNumber(each)), ...made.filter(isNumber)]) {
    const kind = await madeKind(tensor, isNumber(tensor) ? open : left, neutral.get(tensor.name));
    judged.set(tensor.name, kind);
    if (kind === undefined && open !== undefined && isFloating(tensor)) open -= 1;
  }
  return judged;
}

const isFloating = ({ type }: OnnxTensor): boolean => type !== undefined && isFloatingType(type);

/** Initialisers that a product takes as they are. */
const factorsOf = ({ nodes }: OnnxModelFile): ReadonlySet<string> =>
  new Set(
    nodes.flatMap(({ opType, input }) =>
      products.has(opType) ? input.filter((_, index) => !isState(opType, index)) : [],
    ),
  );

const products: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'GRU', 'LSTM', 'MatMul', 'RNN']);

/** Operands in which a recurrence takes the state that it begins with. */
const states: Readonly<Record<string, readonly number[]>> = { GRU: [5], LSTM: [5, 6], RNN: [5] };
const isState = (opType: string, index: number): boolean => states[opType]?.includes(index) ?? false;

/**
 * Operands with the number that leaves the result as it is. Exporters write group normalisation by an instance normalisation with such operands, and
 * its own scale and shift after it; for a fixed batch, they write out the zeros with which a recurrence begins.
 */
const neutralOperands = ({ nodes }: OnnxModelFile): ReadonlyMap<string, number> =>
  new Map(
    nodes.flatMap(({ opType, input }) =>
      input.flatMap((name, index): [string, number][] => {
        const number = isState(opType, index)
          ? 0
          : opType === 'InstanceNormalization'
            ? [undefined, 1, 0][index]
            : undefined;
        return number === undefined ? [] : [[name, number]];
      }),
    ),
  );

/** Elements of a tensor whose values tell what it is. */
const LARGEST_MASK = 1 << 24;
/** Added to scores, so that their exponentials vanish. */
const FORBIDDING = -100;

/**
 * What an exporter computed while it wrote the file: of parameters (the transpose of a matrix, rows of a table), of buffers,
 * or of neither (masks). `left`: parameters of the source that the file has neither by name nor as a factor of a product,
 * where it tells; without one, it was computed of no parameter. `neutral`: with this number alone it changes nothing.
 */
async function madeKind(
  tensor: OnnxTensor,
  left: number | undefined,
  neutral: number | undefined,
): Promise<InitializerKind | undefined> {
  const { type, bytes, shape } = tensor;
  if (type === undefined || !isFloatingType(type) || bytes === undefined) return undefined;
  if (left !== undefined && left <= 0) return 'constant';
  if (elementCount(shape) > LARGEST_MASK || (shape.length < 2 && neutral === undefined)) return undefined;
  const values = await commonTo(tensor, neutral);
  if (neutral !== undefined) return values.areNeutral ? 'constant' : undefined;
  return values.areMask || (left !== undefined && values.areEqual) ? 'constant' : undefined;
}

interface Common {
  /** All leave a result as it is. */
  readonly areNeutral: boolean;
  readonly areEqual: boolean;
  /** All are zero or forbid, and some forbid. */
  readonly areMask: boolean;
}

/** What all values of a tensor have in common: read in pieces, as far as there is something to tell. */
async function commonTo(tensor: OnnxTensor, neutral: number | undefined): Promise<Common> {
  let first: number | undefined;
  let [areNeutral, areEqual, areOfMask, forbids] = [neutral !== undefined, true, true, false];
  for await (const values of piecesOf(tensor)) {
    first ??= values[0];
    areNeutral &&= values.every((value) => value === neutral);
    areEqual &&= values.every((value) => value === first);
    areOfMask &&= values.every((value) => value === 0 || value <= FORBIDDING);
    forbids ||= values.some((value) => value <= FORBIDDING);
    if (!areNeutral && !areEqual && !areOfMask) break;
  }
  return { areNeutral, areEqual, areMask: areOfMask && forbids };
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

/** Without a note: floating tensors are weights, but for statistics, and single numbers that the exporter made. */
function kindOf(
  { name, type, shape }: OnnxTensor,
  noted: NotedKind | undefined,
  isStatistic: boolean,
  made: InitializerKind | undefined,
): InitializerKind {
  if (type === undefined || !isFloatingType(type)) return 'constant';
  if (noted === 'PARAMETER') return 'parameter';
  if (isStatistic || noted === 'BUFFER') return 'buffer';
  if (made !== undefined) return made;
  const isSingle = elementCount(shape) === 1;
  return (noted !== undefined || isSingle) && isExportersName(name) ? 'constant' : 'parameter';
}

async function valuesOf({ name, type, typeName, bytes }: OnnxTensor, file: string): Promise<Float64Array> {
  if (type === undefined || bytes === undefined)
    throw new CheckpointError(`elements of type ${typeName} are not read`, file, `initialiser '${name}'`);
  return toFloat64(decodeElements(await bytes.read(0, bytes.size), type, true));
}

const LARGEST_INT = 2 ** 31 - 1;

/** Whole numbers as 32 bits hold them; beyond, as an open end of a slice is, they become the largest there are. */
export const wholeNumbers = (values: ArrayLike<number>): Int32Array =>
  Int32Array.from(values, (value) => Math.min(Math.max(value, -LARGEST_INT - 1), LARGEST_INT));

/** A constant of the graph. */
export function constantNode(values: Float64Array, type: string, shape: readonly number[]): Node {
  if (type.includes('float')) return constant(values, shape);
  if (type === 'bool') return constant(Uint8Array.from(values, Number), shape);
  return constant(wholeNumbers(values), shape);
}
