/** Bars with their intervals, in cells of tables and as a chart of its own. */
import { scaleLinear } from 'd3-scale';
import { element, svgElement } from '../shared/element';
import { number } from './wording';

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A bar behind a number, `share` of the cell's width; `low` … `high` is the interval in the same unit. */
export function barCell(
  text: string | Node,
  share: number,
  bounds?: { readonly low: number; readonly high: number },
): HTMLElement {
  const bar = element('span', { class: 'bar' });
  bar.style.width = `${100 * clamp(share)}%`;
  const track = element('span', { class: 'bar-track', 'aria-hidden': 'true' }, bar);
  if (bounds !== undefined) {
    const whisker = element('span', { class: 'bar-whisker' });
    whisker.style.left = `${100 * clamp(bounds.low)}%`;
    whisker.style.width = `${100 * Math.max(0, clamp(bounds.high) - clamp(bounds.low))}%`;
    track.append(whisker);
  }
  return element('span', { class: 'bar-cell' }, element('span', {}, text), track);
}

const clamp = (share: number): number => Math.max(0, Math.min(1, share));

const ROW = 20;
const LABEL = 200;
const WIDTH = 760;

/** The bars as a chart, for export: as tall as there are bars. */
export function barChart(title: string, bars: readonly Bar[]): SVGSVGElement {
  const ends = bars.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  const x = scaleLinear([Math.min(0, ...ends), Math.max(1e-300, ...ends)], [LABEL, WIDTH - 80]);
  const height = 36 + ROW * bars.length;
  const rows = bars.map(({ label, value, low, high }, i) => {
    const y = 34 + ROW * i;
    const [from, to] = [Math.min(x(0), x(value)), Math.max(x(0), x(value))];
    return svgElement(
      'g',
      {},
      svgElement('text', { class: 'bar-label', x: LABEL - 8, y: y + 11, 'text-anchor': 'end' }, label),
      svgElement('rect', { class: 'bar-shape', x: from, y: y + 2, width: Math.max(0.5, to - from), height: ROW - 8 }),
      low === null || high === null
        ? null
        : svgElement('line', { class: 'bar-error', x1: x(low), x2: x(high), y1: y + 8, y2: y + 8 }),
      svgElement('text', { class: 'bar-value', x: Math.max(to, x(high ?? value)) + 6, y: y + 11 }, number(value)),
    );
  });
  const chart = svgElement(
    'svg',
    { class: 'chart', width: WIDTH, height },
    svgElement('text', { class: 'chart-title', x: LABEL, y: 18 }, title),
    ...rows,
  );
  chart.style.width = `${WIDTH}px`;
  return chart;
}
