import { covariance } from './moments';

/** Spearman's ρ: the correlation of ranks, ties sharing their mean rank. NaN where one side has a single rank. */
export function rankCorrelation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const [a, b] = [ranks(x), ranks(y)];
  const scale = Math.sqrt(covariance(a, a) * covariance(b, b));
  return scale > 0 ? Math.max(-1, Math.min(1, covariance(a, b) / scale)) : NaN;
}

function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end++;
    for (let k = start; k < end; k++) result[order[k] as number] = (start + end + 1) / 2;
    start = end;
  }
  return result;
}
