/** The samples of an analysis: drawn from a data file, or a synthetic batch that fits the model. */
import { checkLabels, countNonFinite } from '../dataset/checks';
import type { Dataset, DatasetOptions } from '../dataset/dataset';
import { hasWeights, targetPosition } from '../dataset/sampleWeights';
import { openDataset } from '../dataset/openDataset';
import { stratifiedIndices, sampleIndices } from '../dataset/sampling';
import { syntheticDataset } from '../dataset/synthetic';
import { Random } from '../curvature/random';
import type { ArrayData, ArrayValue } from '../engine/engine';
import type { InputSpec, TracedInput, TracedModel } from '../frontend/model';
import { elementCount } from '../graph/node';
import type { DiskDataFiles } from '../project/diskDataFiles';
import { InputError } from './inputError';

export interface Samples {
  /** One per data input of the model, then one per target; axis 0 counts samples. */
  readonly arrays: readonly ArrayValue[];
  readonly count: number;
  /** Number of every sample in the data set, where only part of it was drawn. */
  readonly numbers?: readonly number[];
  /** For the provenance: `synthetic`, or what they are. */
  readonly description: string;
  readonly hash: string | null;
  readonly notes: readonly string[];
}

/** Opens the data set; throws when it is empty. */
export async function openData(files: DiskDataFiles, path: string, options: DatasetOptions = {}): Promise<Dataset> {
  const dataset = await openDataset(files, path, options);
  if (dataset.size === 0) throw new InputError('the data set holds no samples', { file: path });
  return dataset;
}

/** Shapes and element types of inputs and targets as the data have them, in order. */
export const inputSpecsOf = (dataset: Dataset): InputSpec[] =>
  dataset.arrays
    .slice(0, hasWeights(dataset) ? -1 : undefined)
    .map(({ shape, dtype }) => ({ kind: 'shape', sample: shape, dtype }));

/** `wanted` samples drawn by the seed, each class with its share where there are labels. */
export async function drawSamples(
  dataset: Dataset,
  traced: TracedModel,
  targets: readonly TracedInput[],
  wanted: number,
  seed: number,
  path: string,
): Promise<Samples> {
  const inputs = [...traced.inputs, ...targets];
  if (dataset.arrays.length < inputs.length)
    throw new InputError(
      `the model and its loss take ${inputs.length} arrays (${inputs.map(({ name }) => name).join(', ')}), the data have ${dataset.arrays.length} (${dataset.arrays.map(({ name }) => name).join(', ')})`,
      { file: path, hint: 'Save inputs and targets in one .npz as x and y.' },
    );
  const random = new Random(seed, 'samples');
  const count = Math.min(wanted, dataset.size);
  const { indices: picked, how } = await pickIndices(dataset, count, random);
  const indices = picked.sort((a, b) => a - b);
  const values = await dataset.batch(indices);
  const arrays = inputs.map((input, i) => fit(values[i], input, dataset.arrays[i]?.name ?? '', path));
  return {
    arrays,
    count,
    ...(count < dataset.size ? { numbers: indices } : {}),
    description:
      count < dataset.size
        ? `${dataset.description}, ${count} of ${dataset.size} drawn ${how}, seed ${seed}`
        : dataset.description,
    hash: await dataset.hash(),
    notes: [],
  };
}

/** Most labels that are read to draw by their shares. */
const MOST_LABELS = 1 << 23;

/** Label-stratified where the target is one integer per sample with fewer classes than samples drawn. */
async function pickIndices(
  dataset: Dataset,
  count: number,
  random: Random,
): Promise<{ readonly indices: number[]; readonly how: string }> {
  const { size, arrays } = dataset;
  const uniform = (): { indices: number[]; how: string } => ({
    indices: sampleIndices(size, count, random),
    how: 'uniformly',
  });
  const position = targetPosition(dataset) ?? NaN;
  const target = arrays[position];
  const isLabel = target?.dtype === 'int' && target.shape.length === 0;
  if (count >= size || !isLabel || size > MOST_LABELS) return uniform();
  const all = Array.from({ length: size }, (_, index) => index);
  const labels = await dataset.column(position, all);
  const classes = new Set(labels.data as Int32Array).size;
  if (classes > count) return uniform();
  return { indices: stratifiedIndices(labels.data, count, random), how: `by the shares of ${classes} classes` };
}

/** Checks an array against what the graph takes, and converts its element type where that loses nothing. */
function fit(value: ArrayValue | undefined, input: TracedInput, array: string, path: string): ArrayValue {
  if (value === undefined) throw new InputError(`no data for ${input.name}`, { file: path });
  const expected = input.shape.slice(1);
  const found = value.shape.slice(1);
  const place = { file: path, array };
  if (elementCount(expected) !== elementCount(found) || !sameLayout(expected, found))
    throw new InputError(
      `array '${array}' has samples of shape [${found.join(', ')}], ${input.name} takes [${expected.join(', ')}]`,
      { file: path, hint: 'Check the order of the arrays (inputs first, targets last) and --loss.' },
    );
  const converted = convert(value, input, array, path);
  if (input.dtype === 'int' && input.range !== undefined) checkLabels(converted, input.range, place, input.ignored);
  const bad = countNonFinite(converted);
  if (bad > 0) throw new InputError(`array '${array}' holds ${bad} NaN or infinite values`, { file: path });
  return { ...converted, shape: [value.shape[0] ?? 0, ...expected] };
}

/** Equal but for axes of size 1 ([N, 1] labels for [N]), or flattened, as training loops do before a perceptron. */
const sameLayout = (expected: readonly number[], found: readonly number[]): boolean =>
  expected.length === 1 || sameButOnes(expected, found);

const sameButOnes = (a: readonly number[], b: readonly number[]): boolean => {
  const [left, right] = [a.filter((n) => n !== 1), b.filter((n) => n !== 1)];
  return left.length === right.length && left.every((n, i) => n === right[i]);
};

function convert(value: ArrayValue, input: TracedInput, array: string, path: string): ArrayValue {
  if (value.dtype === input.dtype) return value;
  if (input.dtype === 'float')
    return { ...value, dtype: 'float', data: Float32Array.from(value.data as ArrayLike<number>) };
  const whole = (value.data as Float64Array).every((x) => Number.isInteger(x));
  if (!whole)
    throw new InputError(
      `array '${array}' holds ${value.dtype} numbers that are not whole, ${input.name} takes ${input.dtype === 'int' ? 'integers' : 'true or false'}`,
      {
        file: path,
        hint: 'Check the order of the arrays and --loss.',
      },
    );
  const data =
    input.dtype === 'int'
      ? Int32Array.from(value.data as ArrayLike<number>)
      : Uint8Array.from(value.data as ArrayLike<number>);
  return { ...value, dtype: input.dtype, data };
}

/** Seeded samples of the right shapes; data given in `--input` expressions is used as it is. */
export async function synthesise(
  traced: TracedModel,
  targets: readonly TracedInput[],
  count: number,
  seed: number,
): Promise<Samples> {
  const inputs = [...traced.inputs, ...targets];
  const given = traced.inputs.every(({ sample }) => sample !== undefined) ? traced.batch : undefined;
  const size = given ?? count;
  const synthetic = syntheticDataset(
    inputs.map(({ name, shape, dtype, range }) => ({
      name,
      shape: shape.slice(1),
      dtype,
      ...(range === undefined ? {} : { classes: range }),
    })),
    size,
    new Random(seed, 'data'),
  );
  const drawn = await synthetic.batch(Array.from({ length: size }, (_, i) => i));
  const arrays = drawn.map((value, i): ArrayValue => {
    const sample: ArrayData | undefined = given === undefined ? undefined : inputs[i]?.sample;
    return sample === undefined ? value : { ...value, data: sample };
  });
  return {
    arrays,
    count: size,
    description: 'synthetic',
    hash: null,
    notes: ['data: synthetic; only real data tells what training will meet'],
  };
}
