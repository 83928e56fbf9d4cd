/** How a tensor's elements are distributed. */
import { max } from 'd3-array';
import { scaleLinear, scaleLog } from 'd3-scale';
import type { TensorStatistics } from '../../../server/src/protocol/editor';
import { svgElement } from '../shared/element';
import { Chart, MARGIN, axes, type Area, type Drawing } from '../shared/chart';
import { logarithmicTicks } from '../shared/ticks';
import { count, number, percent } from './wording';

export interface Bin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

export function binsOf({ histogram, minimum, maximum }: TensorStatistics): Bin[] {
  if (minimum === null || maximum === null) return [];
  const edge = (k: number): number => minimum * (1 - k / histogram.length) + maximum * (k / histogram.length);
  return histogram.map((size, k) => ({ low: edge(k), high: edge(k + 1), count: size }));
}

export class HistogramChart {
  readonly chart = new Chart('Histogram');

  update(statistics: TensorStatistics, logarithmic: boolean): void {
    const bins = binsOf(statistics);
    this.chart.update(summaryOf(bins, statistics), (area) => drawingOf(bins, logarithmic, area));
  }
}

function summaryOf(bins: readonly Bin[], { count: all }: TensorStatistics): string {
  const most = bins.reduce((best, bin) => (bin.count > best.count ? bin : best), { low: 0, high: 0, count: 0 });
  return `${bins.length} bins of equal width; most elements, ${count(most.count)} of ${count(all)}, lie between ${number(most.low)} and ${number(most.high)}.`;
}

function drawingOf(bins: readonly Bin[], logarithmic: boolean, area: Area): Drawing {
  const { width, height } = area;
  const [first, last] = [bins[0], bins.at(-1)];
  if (first === undefined || last === undefined) return { children: [], marks: [] };
  const single = first.low === last.high;
  // A single value has no width: it stands in the middle.
  const padding = single ? Math.max(Math.abs(first.low), 1) / 2 : 0;
  const x = scaleLinear([first.low - padding, last.high + padding], [MARGIN.left, width - MARGIN.right]);
  const most = max(bins, (bin) => bin.count) ?? 1;
  const range = [height - MARGIN.bottom, MARGIN.top];
  const y = logarithmic ? scaleLog([0.7, most * 1.1], range) : scaleLinear([0, most * 1.05], range);
  const floor = height - MARGIN.bottom;
  const all = bins.reduce((sum, bin) => sum + bin.count, 0);
  const places = bins.map(({ low, high }) =>
    single ? { left: x(low) - 12, right: x(low) + 12 } : { left: x(low), right: x(high) },
  );
  const bars = bins.flatMap((bin, k) => {
    const place = places[k];
    if (place === undefined || bin.count === 0) return [];
    const top = y(bin.count);
    const gap = place.right - place.left > 3 ? 1 : 0;
    return [
      svgElement('rect', {
        class: 'histogram-bar',
        x: place.left,
        width: Math.max(1, place.right - place.left - gap),
        y: Math.min(top, floor - 1),
        height: Math.max(1, floor - top),
      }),
    ];
  });
  const yTicks = logarithmic ? logarithmicTicks(1, most, 5) : y.ticks(4).filter(Number.isInteger);
  const drawn = axes(
    {
      x: {
        scale: x,
        title: 'value',
        ticks: x.ticks(Math.max(3, Math.floor(width / 90))),
        text: (value: number) => number(value, 3),
      },
      y: {
        scale: y,
        title: 'elements',
        ticks: yTicks,
        text: (value: number) => (value >= 1e5 ? number(value, 2) : count(value)),
      },
    },
    area,
  );
  return {
    children: [...drawn, ...bars],
    marks: bins.map((bin, k) => ({
      x: ((places[k]?.left ?? 0) + (places[k]?.right ?? 0)) / 2,
      text: `${number(bin.low)} … ${number(bin.high)}: ${count(bin.count)} elements, ${percent(bin.count / all)} of the finite ones`,
    })),
  };
}
