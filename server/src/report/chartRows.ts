/** Every chart as a table: for those who do not see it, and for export. */
import type { Chart } from '../curvature/chart';

export interface ChartRows {
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export function chartRows(chart: Chart): ChartRows {
  switch (chart.kind) {
    case 'lines':
      return {
        head: ['series', chart.x.title, chart.y.title, 'low', 'high', 'label'],
        rows: chart.series.flatMap(({ name, points }) =>
          points.map(({ x, y, low, high, label }) => [name, x, y, low ?? null, high ?? null, label ?? null]),
        ),
      };
    case 'bars':
      return {
        head: ['', ...chart.series.flatMap(({ name, low }) => (low === undefined ? [name] : [name, 'low', 'high']))],
        rows: chart.categories.map((category, i) => [
          category,
          ...chart.series.flatMap(({ values, low, high }) => {
            const value = values[i] ?? null;
            return low === undefined ? [value] : [value, low[i] ?? null, high?.[i] ?? null];
          }),
        ]),
      };
    case 'histogram':
      return {
        head: ['from', 'to', 'count'],
        rows: chart.counts.map((count, i) => [chart.edges[i] ?? null, chart.edges[i + 1] ?? null, count]),
      };
    case 'heatmap':
      return {
        head: ['', ...chart.columns],
        rows: chart.rows.map((name, i) => [name, ...chart.columns.map((_, k) => chart.values[i]?.[k] ?? null)]),
      };
  }
}

/** What the chart says, in a sentence. */
export function chartSummary(chart: Chart): string {
  const { rows } = chartRows(chart);
  const what = {
    lines: 'points',
    bars: 'categories',
    histogram: 'bins',
    heatmap: 'rows',
  }[chart.kind];
  return `${chart.title}. ${chart.caption ?? ''} ${rows.length} ${what}; the table below has the numbers.`;
}
