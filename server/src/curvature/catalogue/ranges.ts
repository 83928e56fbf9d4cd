/** What quantities cannot be, whatever the data: an interval ends where these ranges do. */
import type { Interval } from '../quantity';

interface Range {
  readonly least: number;
  readonly most: number;
}

const SHARE: Range = { least: 0, most: 1 };
const POSITIVE: Range = { least: 0, most: Infinity };

/** Shares, and other numbers from 0 to 1. */
const shares: ReadonlySet<string> = new Set([
  'A4.massAtZero',
  'A4.negativeMass',
  'A11.offDiagonalShare',
  'A11.layerOffDiagonalShare',
  'C3.halfShare',
  'C3.largestShare',
  'C3.varianceLeft',
  'C4.gradientShare',
  'C4.overlap',
  'C4.varianceShare',
  'C6.bestVarianceLeft',
  'C6.checkpointBestVarianceLeft',
  'C8.modelShare',
  'C9.clippedShare',
  'D4.deadShare',
  'D8.directionShare',
]);

/** Norms, squares, traces and eigenvalues of positive semidefinite matrices, and ratios of them. */
const positive: ReadonlySet<string> = new Set([
  'A2.frobenius',
  'A5.effectiveDimension',
  'A5.numericalRank',
  'A6.classEndRatio',
  'A7.empiricalFisherLambdaMax',
  'A7.empiricalFisherTrace',
  'A7.fisherLambdaMax',
  'A7.fisherLambdaMin',
  'A7.fisherTrace',
  'A7.residualShare',
  'A8.gaussNewtonLambdaMax',
  'A8.kernelLambdaMax',
  'A9.balance',
  'A9.endRatio',
  'A9.rootBalance',
  'A10.gradientNorm',
  'B8.noiseToSignal',
  'C1.gradientNorm',
  'C1.layerGradientNorm',
  'C1.layerSignalToNoise',
  'C1.noiseScale',
  'C1.variance',
  'C5.gap',
  'C5.stepChange',
  'C6.checkpointVarianceLeft',
  'C6.svrgVarianceLeft',
  'C7.addedVariance',
  'C8.dataVariance',
  'C8.modelVariance',
  'D4.activation',
  'D4.gradient',
  'D5.certifiedRadius',
  'D5.localNorm',
  'D5.spectralProduct',
  'D5.voteVariance',
  'D8.directionGain',
  'D8.meanSquare',
  'D8.spectralNorm',
  'D8.squareSpread',
]);

const rangeOf = (id: string): Range | undefined => (shares.has(id) ? SHARE : positive.has(id) ? POSITIVE : undefined);

/**
 * The value and its interval inside the range of the quantity. A value beyond the range by no more than the error of its estimate is at the range's end; one that is further out is a fault,
 * and stays as it is so that it is seen.
 */
export function insideRange(
  id: string,
  value: number,
  interval: Interval,
): { readonly value: number; readonly interval: Interval } {
  const range = rangeOf(id);
  if (range === undefined) return { value, interval };
  const nearest = Math.min(range.most, Math.max(range.least, value));
  if (!(Math.abs(value - nearest) <= interval.estimator)) return { value, interval };
  const within = (limit: number): number => Math.min(range.most, Math.max(range.least, limit));
  const high = within(interval.high ?? Infinity);
  return {
    value: nearest,
    interval: { ...interval, low: within(interval.low ?? -Infinity), high: Number.isFinite(high) ? high : null },
  };
}
