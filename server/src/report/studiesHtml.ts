/** Studies in the page of a report; charts as the numbers behind them. */
import { definitionOf } from '../curvature/catalogue';
import { quantityOfStudy, type AnalysisResult, type StudyResult } from '../curvature/result';
import { chartRows } from './chartRows';
import { escape, quantityTable, table } from './htmlParts';
import { tableCell } from './studies';

type Cell = string | number | null;

/** Nothing where no study ran. */
export const studiesHtml = (result: AnalysisResult): string[] =>
  result.studies.length === 0 ? [] : ['<h2>Studies</h2>', ...result.studies.flatMap((study) => parts(study, result))];

function parts(study: StudyResult, result: AnalysisResult): string[] {
  const nameOf = (id: string): string => {
    const part = /\[(.*)\]$/.exec(id)?.[1];
    const title = definitionOf(id)?.title ?? id;
    return escape(part === undefined ? title : `${part}: ${title}`);
  };
  const entries = study.quantities.flatMap((id) => {
    const quantity = quantityOfStudy(study, result, id);
    return quantity === undefined ? [] : [[nameOf(id), quantity, id.endsWith(']')] as const];
  });
  const whole = entries.filter(([, , isPart]) => !isPart).map(([name, quantity]) => [name, quantity] as const);
  const ofParts = entries.filter(([, , isPart]) => isPart).map(([name, quantity]) => [name, quantity] as const);
  return [
    `<h3>${escape(study.title)} <span class="muted">${escape(study.id)}</span></h3>`,
    study.outdated === undefined ? '' : `<p class="muted">Outdated: ${escape(study.outdated.reason)}.</p>`,
    ...study.remarks.map((remark) => `<p>${escape(remark)}</p>`),
    whole.length === 0 ? '' : quantityTable(whole),
    ...study.tables.map(({ title, caption, columns, rows }) =>
      folded(
        title,
        caption,
        columns.map((column) => (column.unit === undefined ? column.title : `${column.title} (${column.unit})`)),
        rows,
      ),
    ),
    ...study.charts.map((chart) => {
      const { head, rows } = chartRows(chart);
      return folded(chart.title, chart.caption, head, rows);
    }),
    ofParts.length === 0 ? '' : `<details><summary>By layer</summary>${quantityTable(ofParts)}</details>`,
  ];
}

const folded = (
  title: string,
  caption: string | undefined,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
): string =>
  `<details><summary>${escape(title)}</summary>${caption === undefined ? '' : `<p class="muted">${escape(caption)}</p>`}${table(
    head.map(escape),
    rows.map((row) => row.map((cell) => escape(tableCell(cell)))),
    head.length,
  )}</details>`;
