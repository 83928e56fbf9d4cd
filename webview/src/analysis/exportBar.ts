/** The buttons that write what a view shows to a file. */
import { pngBase64, svgText } from '../shared/chartExport';
import { element } from '../shared/element';
import { button } from '../shared/toolkit';
import type { PanelActions } from './view';

export interface Exported {
  /** Of what, as part of the file's name. */
  readonly name: () => string;
  /** The chart, in the document; undefined while there is none. */
  readonly chart?: () => SVGSVGElement | undefined;
  readonly csv: () => string;
  /** Plain data. */
  readonly json: () => unknown;
}

export function exportBar(title: string, { name, chart, csv, json }: Exported, actions: PanelActions): HTMLElement {
  const save = (ending: string, content: string, encoding: 'utf8' | 'base64' = 'utf8'): void => {
    actions.post({ kind: 'save', name: `${name().replace(/[^\w.-]+/g, '-')}.${ending}`, content, encoding });
  };
  const ofChart = (act: (drawn: SVGSVGElement) => void) => () => {
    const drawn = chart?.();
    if (drawn !== undefined) act(drawn);
  };
  const made = (label: string, act: () => void): HTMLElement =>
    button(label, act, { description: `Export ${title} as ${label}` });
  const pictures =
    chart === undefined
      ? []
      : [
          made(
            'SVG',
            ofChart((drawn) => {
              save('svg', svgText(drawn));
            }),
          ),
          made(
            'PNG',
            ofChart((drawn) => {
              void pngBase64(drawn).then((content) => {
                save('png', content, 'base64');
              });
            }),
          ),
        ];
  return element(
    'div',
    { class: 'export-bar', role: 'group', 'aria-label': `Export ${title}` },
    element('span', { class: 'quiet' }, 'Export'),
    ...pictures,
    made('CSV', () => {
      save('csv', csv());
    }),
    made('JSON', () => {
      save('json', `${JSON.stringify(json(), null, 2)}\n`);
    }),
  );
}
