import type { Interval, Quantity } from '../curvature/quantity';
import { isComputed } from '../curvature/quantity';

/** A number with `digits` significant digits, plain where that is short, else as 1.23e-4. */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
  const magnitude = Math.abs(value);
  const plain = magnitude === 0 || (magnitude >= 1e-3 && magnitude < 1e6);
  const written = plain
    ? String(Number(value.toPrecision(digits)))
    : value
        .toExponential(digits - 1)
        .replace(/\.?0+e/, 'e')
        .replace('e+', 'e');
  return written.replace('-', '−').replace('e−', 'e-').replace(/e−/, 'e-');
}

/** `[low, high]`, with the side that is not known left open. */
export function formatInterval({ low, high }: Interval): string {
  return `[${low === null ? '−∞' : formatNumber(low)}, ${high === null ? '∞' : formatNumber(high)}]`;
}

/** `12.3 [11.9, 12.7]`, or why there is no number. */
export const formatQuantity = (quantity: Quantity): string =>
  isComputed(quantity)
    ? `${formatNumber(quantity.value)}  ${formatInterval(quantity.interval)}`
    : `not computed: ${quantity.notComputed}`;
