/**
 * Variance that a randomised product adds to the weight gradient of a linear layer (Bershatsky et al. 2022, "Memory-Efficient Backpropagation through Large Linear Layers"). The gradient
 * XᵀY of a batch (rows xₖ: inputs, yₖ: gradients at the outputs) is replaced by XᵀSᵀSY with a Gaussian S of m rows, E[SᵀS] = I, whose variance is (‖X‖²‖Y‖² + ‖XᵀY‖²)/m by the fourth moments of normal rows: E‖Xᵀs‖²‖Yᵀs‖² = ‖X‖²‖Y‖² + 2‖XᵀY‖².
 * With aₖ = ‖xₖ‖² and bₖ = ‖yₖ‖² of independent samples, batches of B have
 *     E‖X‖²‖Y‖² = B·E[ab] + B(B − 1)·E[a]E[b],      E‖XᵀY‖² = B²‖ḡ‖² + B·tr C.
 */
import type { Random } from '../random';
import { jackknifeLimits, LOGARITHM, type Limited } from '../statistics/jackknifeLimits';

export interface LayerNoise {
  /** ‖xₖ‖², ‖yₖ‖² and ḡ·gₖ per sample. */
  readonly inputs: Float64Array;
  readonly outputs: Float64Array;
  readonly projections: Float64Array;
}

interface Sums {
  readonly count: number;
  readonly a: number;
  readonly b: number;
  readonly ab: number;
  readonly meanSquare: number;
}

/** Added variance over that of the choice of samples, for batches of `batch` and m = ratio·batch. */
export function addedVariance(
  { inputs, outputs, projections }: LayerNoise,
  batch: number,
  ratio: number,
  random: Random,
): Limited {
  const n = inputs.length;
  const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
  const product = inputs.map((a, i) => a * (outputs[i] as number));
  const meanSquare = total(projections) / n;
  const whole: Sums = { count: n, a: total(inputs), b: total(outputs), ab: total(product), meanSquare };
  const without = (i: number): Sums => ({
    count: n - 1,
    a: whole.a - (inputs[i] as number),
    b: whole.b - (outputs[i] as number),
    ab: whole.ab - (product[i] as number),
    meanSquare: (n * n * meanSquare - 2 * n * (projections[i] as number) + (product[i] as number)) / (n - 1) ** 2,
  });
  return jackknifeLimits(
    relative(whole, batch, ratio),
    n,
    (i) => relative(without(i), batch, ratio),
    LOGARITHM,
    random,
  );
}

function relative({ count, a, b, ab, meanSquare }: Sums, batch: number, ratio: number): number {
  const noise = ab / count - meanSquare;
  const pairs = batch * (ab / count) + (batch * (batch - 1) * a * b) / count ** 2;
  const squares = batch ** 2 * meanSquare + batch * noise;
  return (pairs + squares) / (ratio * batch * batch ** 2) / (noise / batch);
}
