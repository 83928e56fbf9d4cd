/** Every row of docs/intervals.md. */
import type { Row } from './row';
import { batchRows } from './rows/batches';
import { curvatureRows } from './rows/curvature';
import { probedRows } from './rows/probed';
import { gradientRows } from './rows/gradient';
import { noiseRows } from './rows/noise';
import { sampleRows } from './rows/samples';

export const rows: readonly Row[] = [
  ...probedRows,
  ...curvatureRows,
  ...batchRows,
  ...sampleRows,
  ...gradientRows,
  ...noiseRows,
];
