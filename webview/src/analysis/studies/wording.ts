/** Numbers in the charts and tables of studies. */
import { formatNumber } from '../../../../server/src/report/numbers';

export const number = (value: number, digits = 3): string => formatNumber(value, digits);

/** `0.12 [0.1, 0.14]` */
export const withInterval = (value: number, low?: number | null, high?: number | null): string =>
  low === undefined || high === undefined || low === null || high === null
    ? number(value)
    : `${number(value)} [${number(low)}, ${number(high)}]`;

export const cellText = (value: string | number | null): string =>
  value === null ? '–' : typeof value === 'number' ? number(value, 4) : value;
