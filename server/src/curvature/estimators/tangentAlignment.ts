/**
 * Alignment of tangent features with labels (Baratin et al. 2021; Lou, Mingard and Hayou 2022): the centred kernel alignment A = yᵀKy/(‖K‖_F‖y‖²) of K = JJᵀ, J = ∂f/∂θ_l of a layer, with the outer product of the labels. Rows
 * of J belong to a sample and an output; they and the one-hot labels are centred over samples, output by output. From 0 to 1: how much of what the layer can move is the direction in which the
 * labels differ.
 */
import { symmetricTimesTransposed } from '../linearAlgebra/matrixProduct';
import { addScaled, combination, dot, scaled, type Vector } from '../linearAlgebra/vector';
import { jackknifeHalfWidth } from '../statistics/jackknife';
import { mean } from '../statistics/moments';
import type { ParameterGroup } from '../problem';
import type { Probed } from './hutchPlusPlus';

/** Groups of samples left out in turn. */
const GROUPS = 10;

/** Gram matrix over the elements of a layer, N·C rows sample by sample. */
export function layerGram(rows: readonly Vector[], { ranges }: Pick<ParameterGroup, 'ranges'>): Float64Array[] {
  const parts = ranges.map(([start, end]) => {
    const part = rows.map((row) => row.subarray(start, end));
    return symmetricTimesTransposed(part, part);
  });
  const [gram = rows.map(() => new Float64Array(rows.length)), ...others] = parts;
  for (const other of others) gram.forEach((row, i) => addScaled(row, 1, other[i] as Float64Array));
  return gram;
}

/** `classes`: of every sample; NaN where features or labels do not differ between samples. */
export function tangentAlignment(gram: readonly Float64Array[], classes: readonly number[], outputs: number): Probed {
  const n = classes.length;
  const all = classes.map((_, i) => i);
  const groups = Math.min(GROUPS, n);
  return {
    value: alignmentOf(gram, classes, outputs, all),
    halfWidth:
      n < 4
        ? Infinity
        : jackknifeHalfWidth(groups, (left) =>
            alignmentOf(
              gram,
              classes,
              outputs,
              all.filter((i) => i % groups !== left),
            ),
          ),
  };
}

function alignmentOf(
  gram: readonly Float64Array[],
  classes: readonly number[],
  outputs: number,
  samples: readonly number[],
): number {
  const labels = centredLabels(samples, classes, outputs);
  let [form, square] = [0, 0];
  for (let c = 0; c < outputs; c++)
    for (let d = 0; d < outputs; d++) {
      const block = centred(samples.map((i) => rowOf(gram[i * outputs + c] as Float64Array, samples, outputs, d)));
      block.forEach((row, i) => {
        const label = labels[i * outputs + c] as number;
        square += dot(row, row);
        for (let j = 0; j < row.length; j++) form += (row[j] as number) * label * (labels[j * outputs + d] as number);
      });
    }
  return form / (Math.sqrt(square) * dot(labels, labels));
}

/** Entries of a row that belong to these samples and one output. */
function rowOf(row: Float64Array, samples: readonly number[], outputs: number, output: number): Float64Array {
  const entries = new Float64Array(samples.length);
  for (let j = 0; j < entries.length; j++) entries[j] = row[(samples[j] as number) * outputs + output] as number;
  return entries;
}

/** A square block without the means of its rows and columns, in place. */
function centred(block: readonly Float64Array[]): readonly Float64Array[] {
  const ofColumns = scaled(
    combination(
      block,
      block.map(() => 1),
    ),
    1 / block.length,
  );
  const whole = mean(ofColumns);
  for (const row of block) {
    const shift = whole - mean(row);
    for (let j = 0; j < row.length; j++) row[j] = (row[j] as number) - (ofColumns[j] as number) + shift;
  }
  return block;
}

function centredLabels(samples: readonly number[], classes: readonly number[], outputs: number): Float64Array {
  const labels = new Float64Array(samples.length * outputs);
  samples.forEach((i, row) => (labels[row * outputs + (classes[i] as number)] = 1));
  for (let c = 0; c < outputs; c++) {
    const share = samples.filter((i) => classes[i] === c).length / samples.length;
    for (let row = 0; row < samples.length; row++)
      labels[row * outputs + c] = (labels[row * outputs + c] as number) - share;
  }
  return labels;
}
