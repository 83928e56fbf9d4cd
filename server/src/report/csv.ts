import { isComputed } from '../curvature/quantity';
import type { AnalysisResult } from '../curvature/result';

/** A field of RFC 4180. */
const field = (value: string | number | null): string => {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const COLUMNS = ['id', 'value', 'unit', 'low', 'high', 'estimator', 'sampling', 'method', 'hvps', 'samples', 'source'];

/** Every quantity as a row; one that was not computed has its reason in the column `method`. */
export function toCsv({ quantities }: AnalysisResult): string {
  const rows = Object.entries(quantities).map(([id, quantity]) => {
    if (!isComputed(quantity)) return [id, null, null, null, null, null, null, `not computed: ${quantity.notComputed}`];
    const { value, unit, interval, method, hvps, samples, source } = quantity;
    const { low, high, estimator, sampling } = interval;
    return [id, value, unit, low, high, estimator, sampling, method, hvps, samples, source];
  });
  return [COLUMNS, ...rows].map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
}
