/** Studies as text: headline, quantities, tables; charts stay to the panel, the HTML page and the JSON. */
import type { StudyTable } from '../curvature/chart';
import { definitionOf } from '../curvature/catalogue';
import { quantityOfStudy, type AnalysisResult, type StudyResult } from '../curvature/result';
import type { Quantity } from '../curvature/quantity';
import { formatNumber, formatQuantity } from './numbers';
import type { Style } from './style';

const TABLE_ROWS = 12;
const PART_ROWS = 8;

/** One section per study. */
export const studySections = (result: AnalysisResult, style: Style): string[][] =>
  result.studies.map((study) => section(study, result, style));

function section(study: StudyResult, result: AnalysisResult, style: Style): string[] {
  const quantityOf = (id: string): Quantity => quantityOfStudy(study, result, id) ?? { id, notComputed: 'missing' };
  const whole = study.quantities.filter((id) => !id.endsWith(']'));
  const parts = study.quantities.filter((id) => id.endsWith(']'));
  const titles = whole.map((id) => definitionOf(id)?.title ?? id);
  const width = Math.max(20, ...titles.map((title) => title.length)) + 2;
  return [
    `${style.bold(study.title)}${style.dim(`   ${study.id}`)}`,
    ...(study.outdated === undefined ? [] : [`  Outdated: ${study.outdated.reason}.`]),
    ...study.remarks.map((remark) => `  ${remark}`),
    ...whole.map((id, i) => `  ${(titles[i] ?? id).padEnd(width)}${formatQuantity(quantityOf(id))}`),
    ...partLines(parts, quantityOf, style),
    ...study.tables.flatMap((table) => tableLines(table, style)),
  ];
}

/** Quantities of layers, the first of each kind. */
function partLines(ids: readonly string[], quantityOf: (id: string) => Quantity, style: Style): string[] {
  const kindOf = (id: string): string => id.slice(0, id.indexOf('['));
  return [...new Set(ids.map(kindOf))].flatMap((kind) => {
    const own = ids.filter((id) => kindOf(id) === kind);
    return [
      style.dim(`  ${definitionOf(kind)?.title ?? kind}`),
      ...own
        .slice(0, PART_ROWS)
        .map((id) => `    ${id.slice(kind.length + 1, -1).padEnd(28)} ${formatQuantity(quantityOf(id))}`),
      ...(own.length > PART_ROWS
        ? [style.dim(`    … and ${own.length - PART_ROWS} more (--format json has all)`)]
        : []),
    ];
  });
}

export const tableCell = (value: string | number | null): string =>
  value === null ? '–' : typeof value === 'number' ? formatNumber(value) : value;

export function tableLines({ title, columns, rows }: StudyTable, style: Style, most = TABLE_ROWS): string[] {
  const head = columns.map((column) => (column.unit === undefined ? column.title : `${column.title} (${column.unit})`));
  const body = rows.slice(0, most).map((row) => row.map(tableCell));
  const widths = head.map((text, k) => Math.max(text.length, ...body.map((row) => row[k]?.length ?? 0)));
  const isNumber = columns.map((_, k) => rows.every((row) => typeof row[k] !== 'string'));
  const line = (cells: readonly string[]): string =>
    `    ${cells.map((text, k) => (isNumber[k] === true ? text.padStart(widths[k] ?? 0) : text.padEnd(widths[k] ?? 0))).join('  ')}`.trimEnd();
  return [
    style.dim(`  ${title}`),
    style.dim(line(head)),
    ...body.map(line),
    ...(rows.length > most ? [style.dim(`    … and ${rows.length - most} more`)] : []),
  ];
}
