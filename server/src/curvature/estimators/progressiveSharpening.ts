/** How sharpness changes along a run, and when it reaches the edge of stability (catalogue B7). */
import { studentT95 } from '../statistics/studentT';

export interface SharpnessAt {
  readonly step: number;
  readonly sharpness: number;
}

export interface SharpeningRate {
  /** dλ/dstep, by least squares. */
  readonly slope: number;
  /** 95 %, from the scatter around the line; Infinity for two points. */
  readonly halfWidth: number;
  /** The line at the last step. */
  readonly last: number;
}

/** Needs at least two different steps. */
export function sharpeningRate(points: readonly SharpnessAt[]): SharpeningRate {
  const n = points.length;
  const average = (value: (point: SharpnessAt) => number): number =>
    points.reduce((sum, point) => sum + value(point) / n, 0);
  const [centre, level] = [average(({ step }) => step), average(({ sharpness }) => sharpness)];
  const spread = n * average(({ step }) => (step - centre) ** 2);
  const slope = (n * average(({ step, sharpness }) => (step - centre) * (sharpness - level))) / spread;
  const residual = n * average(({ step, sharpness }) => (sharpness - level - slope * (step - centre)) ** 2);
  return {
    slope,
    halfWidth: n < 3 ? Infinity : studentT95(n - 2) * Math.sqrt(residual / (n - 2) / spread),
    last: level + slope * ((points.at(-1)?.step ?? centre) - centre),
  };
}

/** The step at which the line reaches `edge`; undefined where it falls, or is beyond already. */
export function stepAtEdge({ slope, last }: SharpeningRate, lastStep: number, edge: number): number | undefined {
  return slope > 0 && last < edge ? lastStep + (edge - last) / slope : undefined;
}
