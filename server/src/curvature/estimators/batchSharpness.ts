/**
 * Batch sharpness E[g_BᵀH_Bg_B]/E‖g_B‖² (catalogue B3): the curvature of a batch's loss along its own gradient, on average. Where it is above 2/η, a step of SGD raises the loss of its own batch in
 * expectation (to second order); SGD is seen to hover at 2/η (Andreyev and Beneventano 2024, "Edge of Stochastic Stability").
 */
import type { BatchLoss } from '../operators/batchLoss';
import type { Random } from '../random';
import { symmetricSpread, type Spread } from '../quantity';
import { mean } from '../statistics/moments';
import { studentisedFunction } from '../statistics/studentisedFunction';
import { drawn } from './trainingRun';

export interface BatchSharpness {
  readonly value: number;
  /** 95 %, from the spread between batches. */
  readonly error: Spread;
}

export async function batchSharpness(
  loss: Pick<BatchLoss, 'gradientCurvature'>,
  theta: Float64Array,
  options: {
    readonly sampleCount: number;
    readonly batch: number;
    readonly draws: number;
    readonly random: Random;
    readonly onDraw?: (share: number) => void;
  },
): Promise<BatchSharpness> {
  const { sampleCount, batch, draws, random, onDraw } = options;
  const curvatures: number[] = [];
  const squares: number[] = [];
  // All samples at once are one batch, whatever is drawn.
  const count = batch >= sampleCount ? 1 : draws;
  for (let draw = 0; draw < count; draw++) {
    const samples = drawn(sampleCount, batch, random);
    const { square, curvature } = await loss.gradientCurvature(theta, samples);
    curvatures.push(curvature);
    squares.push(square);
    onDraw?.((draw + 1) / count);
  }
  const value = mean(curvatures) / mean(squares);
  const error =
    count === 1
      ? symmetricSpread(0)
      : studentisedFunction(
          [Float64Array.from(curvatures), Float64Array.from(squares)],
          ([curvature = NaN, square = NaN]) => curvature / square,
          random,
        );
  return { value, error };
}
