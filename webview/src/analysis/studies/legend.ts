/** Names of series in their colours. */
import { svgElement } from '../../shared/element';
import { MARGIN } from '../../shared/chart';

/** Colours of the theme that are told apart; later series repeat them dashed. */
const COLOURS = 6;

export const seriesClass = (index: number): string => `series-${index % COLOURS}${index >= COLOURS ? ' repeated' : ''}`;

const LETTER = 6.4;

/** One row from the left; names that find no room are left to the table. */
export function legend(names: readonly string[], width: number): SVGElement[] {
  let at = MARGIN.left;
  return names.flatMap((name, i) => {
    const length = 22 + LETTER * name.length;
    if (at + length > width) return [];
    const x = at;
    at += length + 10;
    return [
      svgElement('line', { class: `study-line ${seriesClass(i)}`, x1: x, x2: x + 14, y1: 9, y2: 9 }),
      svgElement('text', { class: 'study-legend', x: x + 18, y: 13 }, name),
    ];
  });
}
