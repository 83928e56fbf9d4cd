/**
 * Alignment of tangent features with labels (Baratin et al. 2021; Lou, Mingard and Hayou 2022): the centred kernel alignment A = yᵀKy/(‖K‖_F‖y‖²) of K = JJᵀ, J = ∂f/∂θ_l of a layer, with the outer product of the labels. Rows
 * of J belong to a sample and an output; they and the one-hot labels are centred over samples, output by output. From 0 to 1: how much of what the layer can move is the direction in which the
 * labels differ.
 */
import { dotOver, type Vector } from '../linearAlgebra/vector';
import { jackknifeHalfWidth } from '../statistics/jackknife';
import { mean } from '../statistics/moments';
import type { ParameterGroup } from '../problem';
import type { Probed } from './hutchPlusPlus';

/** Groups of samples left out in turn. */
const GROUPS = 10;

/** Gram matrix over the elements of a layer, N·C rows sample by sample. */
export function layerGram(rows: readonly Vector[], { ranges }: Pick<ParameterGroup, 'ranges'>): Float64Array[] {
  const gram = rows.map(() => new Float64Array(rows.length));
  rows.forEach((a, i) => {
    for (let j = 0; j <= i; j++) {
      const value = dotOver(a, rows[j] as Vector, ranges);
      (gram[i] as Float64Array)[j] = value;
      (gram[j] as Float64Array)[i] = value;
    }
  });
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
  const n = samples.length;
  const labels = centredLabels(samples, classes, outputs);
  let [form, square] = [0, 0];
  for (let c = 0; c < outputs; c++)
    for (let d = 0; d < outputs; d++) {
      const block = samples.map((i) => {
        const row = gram[i * outputs + c] as Float64Array;
        return Float64Array.from(samples, (j) => row[j * outputs + d] as number);
      });
      const ofRows = block.map((row) => mean(row));
      const ofColumns = Float64Array.from(samples, (_, j) => mean(block.map((row) => row[j] as number)));
      const whole = mean(ofRows);
      block.forEach((row, i) => {
        const label = labels[i * outputs + c] as number;
        const shift = whole - (ofRows[i] as number);
        for (let j = 0; j < n; j++) {
          const value = (row[j] as number) - (ofColumns[j] as number) + shift;
          square += value * value;
          form += value * label * (labels[j * outputs + d] as number);
        }
      });
    }
  const labelSquare = labels.reduce((sum, y) => sum + y * y, 0);
  return form / (Math.sqrt(square) * labelSquare);
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
