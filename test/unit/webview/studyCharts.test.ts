import { describe, expect, test } from 'vitest';
import type { Chart } from '../../../server/src/curvature/chart';
import { chartRows, chartSummary } from '../../../server/src/report/chartRows';
import { isShown, numberAxis } from '../../../webview/src/analysis/studies/scales';

const charts: readonly Chart[] = [
  {
    kind: 'lines',
    title: 'Curves',
    x: { title: 'step', scale: 'linear' },
    y: { title: 'loss', scale: 'log' },
    series: [
      { name: 'a', style: 'line', points: [{ x: 0, y: 1, low: 0.5, high: 2 }] },
      { name: 'b', style: 'points', points: [{ x: 1, y: 3, label: 'sample 4' }] },
    ],
  },
  {
    kind: 'bars',
    title: 'Layers',
    categories: ['fc1', 'fc2'],
    y: { title: 'κ', scale: 'log' },
    series: [
      { name: 'plain', values: [1, null] },
      { name: 'Adam', values: [2, 3], low: [1, 2], high: [3, null] },
    ],
  },
  { kind: 'histogram', title: 'Norms', x: { title: 'norm', scale: 'log' }, edges: [1, 10, 100], counts: [4, 2] },
  {
    kind: 'heatmap',
    title: 'Blocks',
    rows: ['x', 'y'],
    columns: ['x', 'y'],
    values: [
      [1, 2],
      [2, null],
    ],
    unit: 'share',
    scale: 'log',
  },
];

describe('charts of studies', () => {
  test('have every number in their table', () => {
    expect(charts.map(chartRows)).toEqual([
      {
        head: ['series', 'step', 'loss', 'low', 'high', 'label'],
        rows: [
          ['a', 0, 1, 0.5, 2, null],
          ['b', 1, 3, null, null, 'sample 4'],
        ],
      },
      {
        head: ['', 'plain', 'Adam', 'low', 'high'],
        rows: [
          ['fc1', 1, 2, 1, 3],
          ['fc2', null, 3, 2, null],
        ],
      },
      {
        head: ['from', 'to', 'count'],
        rows: [
          [1, 10, 4],
          [10, 100, 2],
        ],
      },
      {
        head: ['', 'x', 'y'],
        rows: [
          ['x', 1, 2],
          ['y', 2, null],
        ],
      },
    ]);
    for (const chart of charts) expect(chartSummary(chart)).toContain(chart.title);
  });

  test('have axes that hold all that they can show', () => {
    const log = numberAxis({ title: 'η', scale: 'log' }, [0.01, 0, -1, NaN, 100], [0, 400]);
    expect(log.scale(0.01)).toBeGreaterThan(0);
    expect(log.scale(100)).toBeLessThan(400);
    expect(log.ticks.length).toBeGreaterThan(1);
    const linear = numberAxis({ title: 'n', scale: 'linear' }, [5, 5], [0, 400]);
    expect(linear.scale(5)).toBeCloseTo(200);
    expect(numberAxis({ title: 'n', scale: 'linear' }, [], [0, 400]).scale(0)).toBeGreaterThan(0);
    expect(isShown({ title: '', scale: 'log' }, 0)).toBe(false);
    expect(isShown({ title: '', scale: 'linear' }, -2)).toBe(true);
  });
});
