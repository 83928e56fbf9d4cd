/** What the checkpoint editor tells of one tensor. */
import type { CheckpointTensor } from '../checkpoint/checkpoint';
import { CheckpointError } from '../checkpoint/checkpointError';
import { elementWidth, isComplexType, toFloat64 } from '../checkpoint/elementType';
import { isQuantisedType } from '../checkpoint/quantisedType';
import { histogram } from '../checkpoint/histogram';
import type { Pause } from '../curvature/linearAlgebra/bidiagonalise';
import { singularValues, type MatrixSource } from '../curvature/linearAlgebra/singularValues';
import type { TensorReport } from '../protocol/editor';
import { InputError } from '../worker/inputError';

export async function statisticsReport(tensor: CheckpointTensor): Promise<TensorReport> {
  const statistics = await tensor.statistics();
  const { count, nan, infinite, denormal, zero, min, max, mean, std } = statistics;
  return {
    ok: true,
    want: 'statistics',
    statistics: {
      count,
      minimum: finite(min),
      maximum: finite(max),
      mean: finite(mean),
      standardDeviation: finite(std),
      zeros: zero,
      nan,
      infinite,
      denormal,
      histogram: await histogram(tensor, statistics),
    },
  };
}

/** What JSON cannot carry is not known. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Singular values of the first axis × the others. Throws an InputError for what is no real matrix or too large. */
export async function singularValuesReport(
  tensor: CheckpointTensor,
  file: string,
  pause: Pause,
): Promise<TensorReport> {
  const source = matrixOf(tensor, file);
  try {
    const { values, complete, error, frobenius, method } = await singularValues(source, pause);
    const largest = values[0] ?? 0;
    const smallest = values.at(-1) ?? 0;
    return {
      ok: true,
      want: 'singularValues',
      values: [...values],
      complete,
      error,
      method,
      rows: source.rows,
      columns: source.columns,
      spectralNorm: largest,
      // ‖A‖_F²/‖A‖₂², a number between 1 and the rank; of the zero matrix it is 0, as its rank.
      stableRank: largest === 0 ? 0 : (frobenius / largest) ** 2,
      conditionNumber: complete && smallest > error ? finite(largest / smallest) : null,
    };
  } catch (failure) {
    if (failure instanceof RangeError) throw new InputError(`${tensor.name}: ${failure.message}`, { file });
    throw failure;
  }
}

function matrixOf(tensor: CheckpointTensor, file: string): MatrixSource {
  const { shape, dtype, name, elementCount } = tensor;
  const [rows = 0] = shape;
  if (shape.length < 2 || elementCount === 0)
    throw new InputError(`${name} [${shape.join(', ')}] is not a matrix`, {
      file,
      hint: 'Singular values need at least two axes; the first is taken against the others.',
    });
  if (isQuantisedType(dtype) || isComplexType(dtype))
    throw new InputError(`${name} is ${dtype}; singular values are computed of real tensors`, { file });
  const columns = elementCount / rows;
  return {
    rows,
    columns,
    isNarrow: elementWidth(dtype) <= 2 || dtype === 'float32',
    readRows: async (start, count) => toFloat64(await tensor.readRange(start * columns, count * columns)),
  };
}

/** The tensor of the listing. */
export function namedTensor(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  name: string,
  file: string,
): CheckpointTensor {
  const tensor = tensors.get(name);
  if (tensor !== undefined) return tensor;
  throw new CheckpointError('there is no such tensor', file, `tensor '${name}'`, 'Reload the checkpoint.');
}
