/** The singular values of a matrix, largest first, on a logarithmic scale. */
import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import type { TensorReport } from '../../../server/src/protocol/editor';
import { svgElement } from '../shared/element';
import { Chart, MARGIN, axes, type Area, type Drawing } from '../shared/chart';
import { logarithmicTicks } from '../shared/ticks';
import { count, number } from './wording';

export type SingularReport = TensorReport & { ok: true; want: 'singularValues' };

/** Points of their own are drawn up to this number; beyond, the line says it. */
const MOST_POINTS = 120;

export class SingularChart {
  readonly chart = new Chart('Singular values');

  update(report: SingularReport, logarithmicIndex: boolean): void {
    const { spectralNorm, values, complete } = report;
    const summary = `${count(values.length)} ${complete ? '' : 'leading '}singular values from ${number(spectralNorm)} down to ${number(values.at(-1) ?? 0)}.`;
    this.chart.update(summary, (area) => drawingOf(report, logarithmicIndex, area));
  }
}

/** Values within the error of zero cannot be told from it and have no place on a logarithmic scale. */
export const distinguishable = ({ values, error }: SingularReport): number[] => values.filter((value) => value > error);

function drawingOf(report: SingularReport, logarithmicIndex: boolean, area: Area): Drawing {
  const { width, height } = area;
  const shown = distinguishable(report);
  const [largest, smallest] = [shown[0], shown.at(-1)];
  if (largest === undefined || smallest === undefined) return { children: [], marks: [] };
  const across = [MARGIN.left, width - MARGIN.right];
  const end = Math.max(2, report.values.length);
  const x = logarithmicIndex ? scaleLog([1, end], across) : scaleLinear([1, end], across);
  const y = scaleLog([smallest / 1.3, largest * 1.3], [height - MARGIN.bottom, MARGIN.top]);
  const yTicks = logarithmicTicks(smallest / 1.3, largest * 1.3, 6);
  const xTicks = logarithmicIndex
    ? logarithmicTicks(1, end, 6)
    : x.ticks(Math.max(3, Math.floor(width / 110))).filter(Number.isInteger);
  const points: [number, number][] = shown.map((value, k) => [x(k + 1), y(value)]);
  return {
    children: [
      ...axes(
        {
          x: { scale: x, title: 'index', ticks: xTicks, text: (value: number) => count(value) },
          y: { scale: y, title: 'singular value', ticks: yTicks, text: (value: number) => number(value, 2) },
        },
        area,
      ),
      svgElement('path', { class: 'singular-line', d: line()(points) }),
      ...(points.length <= MOST_POINTS
        ? points.map(([cx, cy]) => svgElement('circle', { class: 'singular-point', cx, cy, r: 2.5 }))
        : []),
    ],
    marks: shown.map((value, k) => ({
      x: points[k]?.[0] ?? 0,
      text: `σ${count(k + 1)} = ${number(value, 6)}, ${number(value / largest, 3)} of the largest`,
    })),
  };
}
