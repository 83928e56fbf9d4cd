import { describe, expect, it } from 'vitest';
import { plotSpectrum, smoothDensity } from '../../../server/src/report/spectrumPlot';
import { formatNumber } from '../../../server/src/report/numbers';

describe('spectrum plot', () => {
  it('smooths to a density whose integral is 1', () => {
    const nodes = [
      { value: -1, weight: 0.25 },
      { value: 2, weight: 0.75 },
    ];
    const columns = 2000;
    const density = smoothDensity(nodes, -3, 4, columns, 0.2);
    const integral = density.reduce((sum, d) => sum + (d * 7) / columns, 0);
    expect(integral).toBeCloseTo(1, 6);
  });

  it('raises a column over every node, also over a single outlier far to the right', () => {
    const nodes = [
      { value: 0, weight: 0.9999 },
      { value: 50, weight: 0.0001 },
    ];
    const lines = plotSpectrum(nodes, 60);
    const bottom = lines.at(-3) ?? '';
    const bars = bottom.slice(bottom.indexOf('│') + 1);
    // 3 % margins on both sides: 0 lies in column 1, 50 in column 58.
    expect(bars[1]).not.toBe(' ');
    expect(bars[58]).not.toBe(' ');
    expect(bars.slice(10, 50).trim()).toBe('');
  });

  it('draws nothing where there is no range', () => {
    expect(plotSpectrum([{ value: 3, weight: 1 }])).toEqual([]);
    expect(plotSpectrum([{ value: NaN, weight: 1 }])).toEqual([]);
  });
});

describe('numbers in text', () => {
  it.each([
    [0, '0'],
    [30.938734, '30.94'],
    [-0.001234567, '−0.001235'],
    [1.5e-7, '1.5e-7'],
    [12345678, '1.235e7'],
    [Infinity, '∞'],
    [NaN, 'NaN'],
  ])('writes %d as %s', (value, text) => expect(formatNumber(value)).toBe(text));
});
