/** Sizes, counts and numbers as the checkpoint editor writes them. */
import { formatNumber } from '../../../server/src/report/numbers';

export const number = (value: number, digits = 4): string => formatNumber(value, digits);

export const count = (value: number): string => value.toLocaleString('en-US');

export function percent(share: number): string {
  if (share > 0 && share < 1e-4) return '< 0.01 %';
  return `${formatNumber(100 * share, 3)} %`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(size: number): string {
  const power = size < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(size) / 10));
  const value = size / 1024 ** power;
  const text = power === 0 ? String(size) : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
  return `${text} ${UNITS[power] ?? ''}`;
}

/** 1,234 · 12.3 M · 1.75 B */
export function large(value: number): string {
  if (value < 1e6) return count(value);
  return value < 1e9 ? `${(value / 1e6).toPrecision(3)} M` : `${(value / 1e9).toPrecision(3)} B`;
}

export const shape = (axes: readonly number[]): string => (axes.length === 0 ? 'scalar' : axes.join(' × '));

export const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;

export const fileName = (path: string): string => path.split(/[\\/]/).pop() ?? path;
