/** One row per category, a bar per series: names of layers need the width. */
import type { BarChart } from '../../../../server/src/curvature/chart';
import { axisBottom } from 'd3-axis';
import { select } from 'd3-selection';
import { MARGIN, type Area, type Drawing, type Mark } from '../../shared/chart';
import { svgElement } from '../../shared/element';
import { legend, seriesClass } from './legend';
import { isShown, numberAxis } from './scales';
import { withInterval } from './wording';

const BAR = 12;
const GAP = 6;
const LONGEST_NAME = 0.34;
const LETTER = 6.4;

export const heightOfBars = ({ categories, series }: BarChart): number =>
  MARGIN.top + MARGIN.bottom + legendHeight(series.length) + categories.length * (BAR * series.length + GAP);

const legendHeight = (count: number): number => (count > 1 ? 20 : 0);

export function drawBars(chart: BarChart, { width, height }: Area): Drawing {
  const { categories, series } = chart;
  const left = Math.min(LONGEST_NAME * width, 16 + LETTER * Math.max(4, ...categories.map((name) => name.length)));
  const values = series.flatMap((each) => [...each.values, ...(each.low ?? []), ...(each.high ?? [])]);
  const axis = numberAxis(
    chart.y,
    [...values.filter((value) => value !== null), ...(chart.marks ?? []).map(({ value }) => value)],
    [left, width - MARGIN.right],
    true,
  );
  const floor = axis.scale.range()[0] ?? left;
  const zero = chart.y.scale === 'linear' ? axis.scale(0) : floor;
  const top = MARGIN.top + legendHeight(series.length);
  const group = BAR * series.length + GAP;
  const marks: Mark[] = [];
  const bars = categories.flatMap((category, row) => {
    const y = top + row * group;
    const name = svgElement(
      'text',
      { class: 'study-legend', x: left - 6, y: y + (BAR * series.length) / 2 + 4, 'text-anchor': 'end' },
      shortened(category, (left - 10) / LETTER),
    );
    const own = series.flatMap((each, i) => {
      const value = each.values[row] ?? null;
      const at = y + i * BAR;
      const text = `${category}${series.length > 1 ? `, ${each.name}` : ''}: `;
      if (value === null || !isShown(chart.y, value)) {
        marks.push({ x: zero, y: at + BAR / 2, text: `${text}${value === null ? 'not computed' : String(value)}` });
        return [];
      }
      const [low, high] = [each.low?.[row] ?? null, each.high?.[row] ?? null];
      const end = axis.scale(value);
      marks.push({ x: end, y: at + BAR / 2, text: `${text}${withInterval(value, low, high)} ${chart.y.title}` });
      return [
        svgElement('rect', {
          class: `study-bar ${seriesClass(i)}`,
          x: Math.min(zero, end),
          width: Math.max(1, Math.abs(end - zero)),
          y: at + 1,
          height: BAR - 2,
        }),
        ...(low === null || high === null || !isShown(chart.y, high)
          ? []
          : [
              svgElement('line', {
                class: 'bar-error',
                x1: isShown(chart.y, low) ? axis.scale(low) : floor,
                x2: axis.scale(high),
                y1: at + BAR / 2,
                y2: at + BAR / 2,
              }),
            ]),
      ];
    });
    return [name, ...own];
  });
  const ruler = svgElement('g', { class: 'axis', transform: `translate(0,${height - MARGIN.bottom})` });
  select(ruler).call(
    axisBottom(axis.scale)
      .tickValues([...axis.ticks])
      .tickFormat((value) => axis.text(value.valueOf()))
      .tickSizeOuter(0),
  );
  return {
    children: [
      ruler,
      ...bars,
      ...(chart.marks ?? []).map(({ value }) =>
        svgElement('line', {
          class: 'study-mark',
          x1: axis.scale(value),
          x2: axis.scale(value),
          y1: top,
          y2: height - MARGIN.bottom,
        }),
      ),
      ...(series.length > 1
        ? legend(
            series.map(({ name }) => name),
            width,
          )
        : []),
      svgElement(
        'text',
        { class: 'axis-title', x: (left + width) / 2, y: height - 5, 'text-anchor': 'middle' },
        chart.y.title,
      ),
    ],
    marks,
  };
}

/** The end of a dotted path says more than its beginning. */
const shortened = (name: string, letters: number): string =>
  name.length <= letters ? name : `…${name.slice(name.length - Math.max(3, Math.floor(letters) - 1))}`;
