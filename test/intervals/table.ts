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
import { sampleRows } from './rows/samples';

export const rows: readonly Row[] = [
  ...probedRows,
  ...curvatureRows,
  ...batchRows,
  ...sampleRows,
  ...fisherRows,
  ...gradientRows,
  ...noiseRows,
  ...gapRows,
  ...pairedNoiseRows,
];
