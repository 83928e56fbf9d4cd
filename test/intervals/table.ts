/** Every row of docs/intervals.md. */
import type { Row } from './row';
import { batchRows } from './rows/batches';
import { curvatureRows } from './rows/curvature';
import { probedRows } from './rows/probed';
import { fisherRows } from './rows/fisher';
import { gapRows } from './rows/gap';
import { gradientRows } from './rows/gradient';
import { noiseRows } from './rows/noise';
import { pairedNoiseRows } from './rows/pairedNoise';
import { prunedRows } from './rows/pruned';
import { sampleRows } from './rows/samples';
import { subsampledRows } from './rows/subsampled';

export const rows: readonly Row[] = [
  ...probedRows,
  ...curvatureRows,
  ...subsampledRows,
  ...batchRows,
  ...sampleRows,
  ...fisherRows,
  ...gradientRows,
  ...noiseRows,
  ...gapRows,
  ...pairedNoiseRows,
  ...prunedRows,
];
