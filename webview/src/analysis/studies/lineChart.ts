/** Curves, points and steps over two axes, with intervals and reference lines. */
import { area, curveStepAfter, line } from 'd3-shape';
import type { LineChart, Mark as Reference, Point } from '../../../../server/src/curvature/chart';
import { MARGIN, axes, type Area, type Drawing, type Mark } from '../../shared/chart';
import { svgElement } from '../../shared/element';
import { legend, seriesClass } from './legend';
import { isShown, numberAxis, type NumberAxis } from './scales';
import { number, withInterval } from './wording';

export function drawLines(chart: LineChart, room: Area): Drawing {
  const shown = chart.series.map((series) => ({
    ...series,
    points: series.points.filter(({ x, y }) => isShown(chart.x, x) && isShown(chart.y, y)),
  }));
  const points = shown.flatMap((series) => series.points);
  const marksOn = (axis: 'x' | 'y'): number[] =>
    (chart.marks ?? []).flatMap((mark) => (mark.axis === axis ? mark.value : []));
  const legendHeight = chart.series.length > 1 ? 20 : 0;
  const x = numberAxis(
    chart.x,
    [...points.map((point) => point.x), ...marksOn('x')],
    [MARGIN.left, room.width - MARGIN.right],
  );
  const y = numberAxis(
    chart.y,
    [...points.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y]), ...marksOn('y')],
    [room.height - MARGIN.bottom, MARGIN.top + legendHeight],
  );
  return {
    children: [
      ...axes({ x, y }, room),
      ...(chart.marks ?? []).flatMap((mark) => reference(mark, x, y, room)),
      ...shown.flatMap(({ style, points: own }, i) => seriesOf(style, own, i, x, y)),
      ...(legendHeight === 0
        ? []
        : legend(
            chart.series.map(({ name }) => name),
            room.width,
          )),
    ],
    marks: readings(shown, x, y, chart),
  };
}

function seriesOf(
  style: LineChart['series'][number]['style'],
  points: readonly Point[],
  index: number,
  x: NumberAxis,
  y: NumberAxis,
): SVGElement[] {
  const name = seriesClass(index);
  const clamp = (value: number): number => {
    const [low = 0, high = 0] = y.scale.range();
    return Math.max(Math.min(low, high), Math.min(Math.max(low, high), y.scale(value)));
  };
  if (style === 'points')
    return points.flatMap((point) => [
      ...(point.low === undefined || point.high === undefined
        ? []
        : [
            svgElement('line', {
              class: `study-error ${name}`,
              x1: x.scale(point.x),
              x2: x.scale(point.x),
              y1: clamp(point.low),
              y2: clamp(point.high),
            }),
          ]),
      svgElement('circle', { class: `study-point ${name}`, cx: x.scale(point.x), cy: y.scale(point.y), r: 3 }),
    ]);
  const band = area<Point>()
    .x((point) => x.scale(point.x))
    .y0((point) => clamp(point.low ?? point.y))
    .y1((point) => clamp(point.high ?? point.y));
  const curve = line<Point>()
    .x((point) => x.scale(point.x))
    .y((point) => y.scale(point.y));
  if (style === 'steps') {
    band.curve(curveStepAfter);
    curve.curve(curveStepAfter);
  }
  const hasBand = points.some(({ low, high }) => low !== undefined && high !== undefined);
  return [
    ...(hasBand ? [svgElement('path', { class: `study-band ${name}`, d: band([...points]) ?? '' })] : []),
    svgElement('path', { class: `study-line ${name}`, d: curve([...points]) ?? '' }),
    ...(points.length > 60
      ? []
      : points.map((point) =>
          svgElement('circle', { class: `study-point ${name}`, cx: x.scale(point.x), cy: y.scale(point.y), r: 2.5 }),
        )),
  ];
}

function reference(
  { axis, value, label }: Reference,
  x: NumberAxis,
  y: NumberAxis,
  { width, height }: Area,
): SVGElement[] {
  const at = axis === 'x' ? x.scale(value) : y.scale(value);
  if (!Number.isFinite(at)) return [];
  const vertical = axis === 'x';
  const right = vertical && at > width / 2;
  return [
    svgElement('line', {
      class: 'study-mark',
      x1: vertical ? at : MARGIN.left,
      x2: vertical ? at : width - MARGIN.right,
      y1: vertical ? MARGIN.top : at,
      y2: vertical ? height - MARGIN.bottom : at,
    }),
    svgElement(
      'text',
      {
        class: 'study-mark-label',
        x: vertical ? at + (right ? -5 : 5) : width - MARGIN.right - 4,
        y: vertical ? height - MARGIN.bottom - 8 : at - 5,
        'text-anchor': right || !vertical ? 'end' : 'start',
      },
      label,
    ),
  ];
}

/** All points from left to right. */
function readings(series: LineChart['series'], x: NumberAxis, y: NumberAxis, chart: LineChart): Mark[] {
  const several = series.length > 1;
  return series
    .flatMap(({ name, points }) =>
      points.map((point) => ({
        x: x.scale(point.x),
        y: y.scale(point.y),
        text: `${several ? `${name}: ` : ''}${point.label === undefined ? '' : `${point.label}, `}${chart.x.title} ${number(point.x)}, ${chart.y.title} ${withInterval(point.y, point.low, point.high)}`,
      })),
    )
    .sort((a, b) => a.x - b.x);
}
