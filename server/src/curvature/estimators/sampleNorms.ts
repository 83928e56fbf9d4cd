import type { PerSample } from '../operators/perSample';
import { mean } from '../statistics/moments';

/** What is known of the gradients gᵢ of single samples without storing them. */
export interface SampleNorms {
  /** ℓᵢ */
  readonly losses: Float64Array;
  /** ‖gᵢ‖² */
  readonly squares: Float64Array;
  /** gᵢ·ḡ */
  readonly projections: Float64Array;
  /** ‖ḡ‖² */
  readonly meanSquare: number;
}

export async function sampleNorms(
  perSample: Pick<PerSample, 'gradientsAlong'>,
  gradient: Float64Array,
): Promise<SampleNorms> {
  const found = await perSample.gradientsAlong(gradient);
  const { losses } = found;
  const overTensors = (rows: readonly Float64Array[]): Float64Array =>
    Float64Array.from(losses, (_, i) => rows.reduce((sum, own) => sum + (own[i] as number), 0));
  const [squares, projections] = [overTensors(found.squares), overTensors(found.projections)];
  return {
    losses,
    squares,
    projections,
    meanSquare: projections.reduce((sum, value) => sum + value, 0) / losses.length,
  };
}

/** Rounding of a mean of squares over its value, in roundoffs. */
const ROUNDING = 50;

/** Whether gradients differ by more than what `roundoff` explains, mean ‖gᵢ‖² − ‖ḡ‖² being a difference of nearly equal numbers where they do not. */
export function varies(
  { squares, meanSquare }: Pick<SampleNorms, 'squares' | 'meanSquare'>,
  roundoff: number,
): boolean {
  const square = mean(squares);
  return square - meanSquare > ROUNDING * roundoff * square;
}

/** ‖ḡ‖² without sample i. */
export function meanSquareWithout({ squares, projections, meanSquare }: SampleNorms, i: number): number {
  const n = squares.length;
  return (n * n * meanSquare - 2 * n * (projections[i] as number) + (squares[i] as number)) / (n - 1) ** 2;
}
