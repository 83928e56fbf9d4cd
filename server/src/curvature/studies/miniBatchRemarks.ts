/** What B3's numbers mean for the script's optimizer. */
import type { FoundOptimizer } from '../analysis/stability';
import { short } from '../numberText';
import { valueOf, type Quantity } from '../quantity';

export const USUAL_BATCH = 32;

export function miniBatchRemarks(
  optimizer: FoundOptimizer | null,
  batchSharpness: Quantity | undefined,
  meanSquareLimit: Quantity | undefined,
): string[] {
  const [sharpness, limit] = [valueOf(batchSharpness), valueOf(meanSquareLimit)];
  if (sharpness === undefined || limit === undefined) return [];
  const batch = optimizer?.batchSize ?? USUAL_BATCH;
  const rate = optimizer?.learningRate ?? null;
  const known = optimizer === null ? `Batches of ${batch} (none was found in the code)` : `Batches of ${batch}`;
  const lines = [
    `${known} make SGD unstable above a learning rate of ${short(limit)} in the mean square, and step against a batch sharpness of ${short(sharpness)}, which is at its edge at ${short(2 / sharpness)}.`,
  ];
  if (rate !== null && optimizer?.adaptive === undefined && optimizer?.momentum === 0)
    lines.push(
      rate > limit
        ? `The script's learning rate ${short(rate)} is above that: the distance from a minimum grows in the mean square.`
        : `The script's learning rate ${short(rate)} is ${short(rate / limit)} of that.`,
    );
  if (optimizer?.adaptive !== undefined || (optimizer?.momentum ?? 0) !== 0)
    lines.push('These limits are of plain SGD; momentum and adaptive steps change them (the trial run B10 has both).');
  return lines;
}
