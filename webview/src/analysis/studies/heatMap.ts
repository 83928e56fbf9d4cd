/** A matrix as colours: one hue by strength, or two for signs. */
import type { HeatMap } from '../../../../server/src/curvature/chart';
import type { Area, Drawing, Mark } from '../../shared/chart';
import { svgElement } from '../../shared/element';
import { number } from './wording';

const LABELS = { left: 110, top: 8, bottom: 74, right: 14 };
const CELL = { least: 9, most: 34 };
/** Orders of magnitude that a logarithmic map shows. */
const DECADES = 6;
const LETTER = 6.2;

const cellSize = ({ columns }: HeatMap, width: number): number =>
  Math.max(CELL.least, Math.min(CELL.most, (width - LABELS.left - LABELS.right) / Math.max(1, columns.length)));

/** For the usual width of a panel. */
export const heightOfHeatMap = (map: HeatMap): number =>
  LABELS.top + LABELS.bottom + map.rows.length * cellSize(map, 700);

export function drawHeatMap(map: HeatMap, { width, height }: Area): Drawing {
  const size = Math.min(cellSize(map, width), (height - LABELS.top - LABELS.bottom) / Math.max(1, map.rows.length));
  const strength = strengthOf(map);
  const marks: Mark[] = [];
  const cells = map.rows.flatMap((row, i) =>
    map.columns.flatMap((column, k) => {
      const value = map.values[i]?.[k] ?? null;
      const [x, y] = [LABELS.left + k * size, LABELS.top + i * size];
      marks.push({
        x: x + size / 2,
        y: y + size / 2,
        text: `${row} × ${column}: ${value === null ? 'not computed' : `${number(value)} ${map.unit}`}`,
      });
      return value === null
        ? []
        : [
            svgElement('rect', {
              class: `heat-cell ${map.scale === 'diverging' && value < 0 ? 'negative' : 'positive'}`,
              x,
              y,
              width: Math.max(1, size - 1),
              height: Math.max(1, size - 1),
              'fill-opacity': strength(value).toFixed(3),
            }),
          ];
    }),
  );
  const letters = LABELS.left / LETTER - 1;
  const skip = Math.max(1, Math.ceil(11 / size));
  return {
    children: [
      ...cells,
      ...map.rows.map((name, i) =>
        i % skip === 0
          ? label(name, letters, LABELS.left - 5, LABELS.top + (i + 0.5) * size + 4, undefined)
          : svgElement('g'),
      ),
      ...map.columns.map((name, k) => {
        const [x, y] = [LABELS.left + (k + 0.5) * size + 4, LABELS.top + map.rows.length * size + 8];
        return k % skip === 0 ? label(name, LABELS.bottom / LETTER, x, y, `rotate(-60 ${x} ${y})`) : svgElement('g');
      }),
    ],
    marks,
  };
}

const label = (name: string, letters: number, x: number, y: number, transform: string | undefined): SVGElement =>
  svgElement(
    'text',
    { class: 'study-legend', x, y, 'text-anchor': 'end', transform },
    name.length <= letters ? name : `…${name.slice(name.length - Math.floor(letters) + 1)}`,
  );

/** 0.04 … 1 */
function strengthOf({ values, scale }: HeatMap): (value: number) => number {
  const magnitudes = values.flat().flatMap((value) => (value === null ? [] : [Math.abs(value)]));
  const largest = Math.max(1e-300, ...magnitudes);
  if (scale !== 'log') return (value) => Math.max(0.04, Math.abs(value) / largest);
  return (value) => Math.max(0.04, 1 + Math.log10(Math.max(1e-300, Math.abs(value)) / largest) / DECADES);
}
