/** Numbers and reasons as the panel writes them. */
import { isComputed } from '../../../server/src/curvature/quantity';
import type { Interval, Quantity } from '../../../server/src/curvature/quantity';
import { formatInterval, formatNumber } from '../../../server/src/report/numbers';
import { element } from '../shared/element';
import type { Field } from '../shared/csv';

const DIGITS = 3;

export const number = (value: number, digits = DIGITS): string => formatNumber(value, digits);

/** What the asterisk behind an interval says; stands below every view. */
export const ASTERISK =
  '* Error of the estimate on the analysed samples alone; how much other samples would change the number is not known.';

type Ends = Pick<Interval, 'low' | 'high'> & Partial<Pick<Interval, 'sampling'>>;

/** Interval ends have as many digits as the value, so that both can be compared. An asterisk marks an unknown sampling error. */
export const interval = ({ low, high, sampling }: Ends): string =>
  `${formatInterval({ low: rounded(low), high: rounded(high), estimator: 0, sampling: null })}${sampling === null ? '*' : ''}`;

const rounded = (value: number | null): number | null =>
  value === null || !Number.isFinite(value) ? value : Number(value.toPrecision(DIGITS + 1));

export const count = (value: number): string => value.toLocaleString('en-US');

export const percent = (share: number): string => `${number(100 * share)} %`;

/** `1.23 [1.2, 1.3]`, the interval set back; a reason where there is no number. */
export function quantityCell(quantity: Quantity): HTMLElement {
  if (!isComputed(quantity))
    return element('span', { class: 'missing', title: quantity.notComputed }, quantity.notComputed);
  return valueCell(quantity.value, quantity.interval);
}

export const valueCell = (value: number, bounds: Ends): HTMLElement =>
  element('span', {}, number(value, 4), ' ', element('span', { class: 'interval' }, interval(bounds)));

/** In a table of numbers a reason is a dash with the reason at hand. */
export function shortQuantityCell(quantity: Quantity): HTMLElement {
  if (isComputed(quantity)) {
    const title = `95 % interval ${interval(quantity.interval)}`;
    return element('span', { title }, number(quantity.value));
  }
  return missing(quantity.notComputed);
}

export const missing = (reason: string): HTMLElement =>
  element('span', { class: 'missing', title: `Not computed: ${reason}`, 'aria-label': `not computed: ${reason}` }, '–');

export const quantityFields = (quantity: Quantity): readonly Field[] =>
  isComputed(quantity) ? [quantity.value, quantity.interval.low, quantity.interval.high] : [null, null, null];

export const quantityTitles = (name: string): readonly string[] => [name, `${name}_low`, `${name}_high`];

export const sortOf = (quantity: Quantity): number | null => (isComputed(quantity) ? quantity.value : null);

export const fileName = (path: string): string => path.split(/[\\/]/).pop() ?? path;

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${number(seconds / 3600, 2)} h`;
}

/** Bytes in binary units. */
export function size(bytes: number): string {
  const exponent = bytes < 1024 ? 0 : Math.min(3, Math.floor(Math.log2(bytes) / 10));
  return `${number(bytes / 1024 ** exponent)} ${['B', 'KiB', 'MiB', 'GiB'][exponent] ?? 'B'}`;
}

export const moment = (milliseconds: number): string =>
  new Date(milliseconds).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
