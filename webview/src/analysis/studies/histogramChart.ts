/** Counts in bins of any width. */
import { scaleLinear } from 'd3-scale';
import type { Histogram } from '../../../../server/src/curvature/chart';
import { MARGIN, axes, type Area, type Drawing } from '../../shared/chart';
import { svgElement } from '../../shared/element';
import { isShown, numberAxis } from './scales';
import { number } from './wording';

export function drawHistogram(chart: Histogram, area: Area): Drawing {
  const { width, height } = area;
  const edges = chart.edges.filter((edge) => isShown(chart.x, edge));
  const x = numberAxis(
    chart.x,
    [...edges, ...(chart.marks ?? []).map(({ value }) => value)],
    [MARGIN.left, width - MARGIN.right],
  );
  const most = Math.max(1, ...chart.counts);
  const y = scaleLinear([0, most * 1.08], [height - MARGIN.bottom, MARGIN.top]);
  const floor = height - MARGIN.bottom;
  const bins = chart.counts.flatMap((count, k) => {
    const [low = NaN, high = NaN] = chart.edges.slice(k, k + 2);
    return isShown(chart.x, low) && isShown(chart.x, high) ? [{ low, high, count }] : [];
  });
  const ticks = y.ticks(4).filter(Number.isInteger);
  return {
    children: [
      ...axes({ x, y: { scale: y, title: 'count', ticks, text: (value: number) => String(value) } }, area),
      ...bins.map(({ low, high, count }) =>
        svgElement('rect', {
          class: 'study-bar series-0',
          x: x.scale(low),
          width: Math.max(1, x.scale(high) - x.scale(low) - 1),
          y: y(count),
          height: Math.max(0, floor - y(count)),
        }),
      ),
      ...(chart.marks ?? []).flatMap(({ value, label }) => {
        const at = x.scale(value);
        const right = at > width / 2;
        return [
          svgElement('line', { class: 'study-mark', x1: at, x2: at, y1: MARGIN.top, y2: floor }),
          svgElement(
            'text',
            {
              class: 'study-mark-label',
              x: at + (right ? -5 : 5),
              y: MARGIN.top + 10,
              'text-anchor': right ? 'end' : 'start',
            },
            label,
          ),
        ];
      }),
    ],
    marks: bins.map(({ low, high, count }) => ({
      x: (x.scale(low) + x.scale(high)) / 2,
      text: `${number(low)} … ${number(high)}: ${count}`,
    })),
  };
}
