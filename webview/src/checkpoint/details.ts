/** What is known of the tensor or folder that is active in the tree. */
import type { TensorEntry, TensorStatistics } from '../../../server/src/protocol/editor';
import { pngBase64, svgText } from '../shared/chartExport';
import { csvOf } from '../shared/csv';
import { element, type Child } from '../shared/element';
import { actionLink, button, checkbox, section } from '../shared/toolkit';
import { healthOf } from './health';
import { HistogramChart, binsOf } from './histogramChart';
import type { Inspection, Inspections, Want } from './inspections';
import { SingularChart, distinguishable, type SingularReport } from './singularChart';
import { elementsOf, groupTitles, tensorsOf, type Folder, type TreeNode } from './tensorTree';
import { bytes, count, large, number, percent, plural, shape } from './wording';

/** Tensors up to this size are read as soon as they are looked at; larger ones when asked for. */
export const READ_AT_ONCE = 64 * 2 ** 20;

/** Tensors listed one by one before the rest is counted. */
const LISTED = 100;

export interface DetailActions {
  readonly copy: (text: string) => void;
  readonly save: (name: string, content: string, encoding?: 'utf8' | 'base64') => void;
  readonly inspections: Inspections;
  /** Makes a tensor the active one, wherever it is in the tree. */
  readonly reveal: (entry: TensorEntry) => void;
  /** Settings of the charts, kept across reloads. */
  readonly recall: (name: 'logCounts' | 'logIndex') => boolean;
  readonly keep: (name: 'logCounts' | 'logIndex', value: boolean) => void;
}

export class DetailView {
  readonly element = element('div', { class: 'details', role: 'region', 'aria-label': 'Details', tabindex: -1 });
  private readonly histogram = new HistogramChart();
  private readonly singular = new SingularChart();
  private shown: { readonly key: string; readonly nodes: Map<string, unknown> } | undefined;

  constructor(private readonly actions: DetailActions) {}

  update(node: TreeNode | undefined): void {
    if (node === undefined) {
      this.shown = undefined;
      this.element.replaceChildren(element('p', { class: 'quiet' }, 'Nothing is selected.'));
    } else if (node.kind === 'folder') this.showFolder(node);
    else this.showTensor(node.entry);
  }

  // ── a folder

  private showFolder(folder: Folder): void {
    const tensors = tensorsOf(folder.children);
    const { inspections } = this.actions;
    const states = tensors.map(({ name }) => inspections.of(name, 'statistics').kind);
    const checked = states.filter((kind) => kind === 'done').length;
    const failed = tensors.filter((_, i) => states[i] === 'failed');
    const unhealthy = tensors.filter((entry) => this.badges(entry).some(({ severity }) => severity !== 'fine'));
    const left = tensors.length - checked;
    this.place(`folder ${folder.id} ${tensors.length} ${checked} ${failed.length}`, () => [
      element('h2', {}, folder.path),
      facts([
        ['Tensors', count(folder.tensors)],
        ['Elements', count(folder.elements)],
        ['Size', bytes(folder.bytes)],
        ...typesOf(tensors),
      ]),
      section(
        'Health',
        element('p', {}, healthSummary(tensors.length, checked, unhealthy.length)),
        ...this.listed(unhealthy, (entry) => this.badgeElements(entry)),
        ...this.listed(failed, () => [element('span', { class: 'health error' }, 'Not read')]),
        left === 0 ? null : button(`Check ${plural(left, 'tensor', 'tensors')}`, () => inspections.startSweep(tensors)),
      ),
    ]);
  }

  private listed(entries: readonly TensorEntry[], badges: (entry: TensorEntry) => HTMLElement[]): HTMLElement[] {
    const rest = entries.length - LISTED;
    return [
      ...entries.slice(0, LISTED).map((entry) =>
        element(
          'p',
          { class: 'unhealthy' },
          actionLink(entry.name, () => this.actions.reveal(entry)),
          ...badges(entry),
        ),
      ),
      ...(rest > 0 ? [quiet(`and ${count(rest)} more`)] : []),
    ];
  }

  // ── a tensor

  private showTensor(entry: TensorEntry): void {
    const { inspections } = this.actions;
    const statistics = inspections.of(entry.name, 'statistics');
    const singular = inspections.of(entry.name, 'singularValues');
    const statisticsArea = element('div', {});
    const singularArea = element('div', {});
    const isNew = this.place(
      `tensor ${entry.name}`,
      () => [
        element(
          'div',
          { class: 'detail-head' },
          element('h2', {}, entry.name),
          button('Copy name', () => this.actions.copy(entry.name), { description: `Copy name ${entry.name}` }),
        ),
        facts([
          ['Shape', shape(entry.shape)],
          ['Type', entry.dtype],
          ['Elements', count(elementsOf(entry.shape))],
          ['Size', bytes(entry.bytes)],
          ...(entry.bitsPerWeight === undefined
            ? []
            : ([['Bits a weight', `${entry.bitsPerWeight}, with its share of the scales`]] as const)),
          ['Part', groupTitles[entry.group]],
          ...(entry.sharedWith === undefined ? [] : ([['Shares memory with', entry.sharedWith]] as const)),
        ]),
        section('Statistics', statisticsArea),
        section('Singular values', singularArea),
      ],
      { statisticsArea, singularArea },
    );
    if (isNew) this.element.scrollTop = 0;
    this.part('statisticsArea', statistics, () => this.statisticsOf(entry, statistics));
    this.part('singularArea', singular, () => this.singularOf(entry, singular));
  }

  private statisticsOf(entry: TensorEntry, inspection: Inspection<'statistics'>): Child[] {
    if (entry.bitsPerWeight !== undefined) return [quiet(`Tensors of type ${entry.dtype} are listed, not read.`)];
    if (elementsOf(entry.shape) === 0) return [quiet('The tensor has no elements.')];
    if (inspection.kind !== 'done')
      return this.waiting(entry, 'statistics', inspection, `Compute statistics, reading ${bytes(entry.bytes)}`);
    const { statistics } = inspection.report;
    const logarithmic = this.actions.recall('logCounts');
    this.histogram.update(statistics, logarithmic);
    const toggle = checkbox('Logarithmic counts', (checked) => {
      this.actions.keep('logCounts', checked);
      this.histogram.update(statistics, checked);
    });
    toggle.toggleAttribute('checked', logarithmic);
    const bins = binsOf(statistics);
    return [
      element('p', { class: 'badges' }, ...this.badgeElements(entry)),
      ...this.badges(entry)
        .filter(({ severity }) => severity !== 'fine')
        .map(({ explanation }) => element('p', {}, explanation)),
      facts(statisticsFacts(statistics)),
      ...(bins.length === 0
        ? [quiet('No finite elements, so no histogram.')]
        : [
            element(
              'div',
              { class: 'view-bar' },
              toggle,
              this.exports(
                'histogram',
                entry.name,
                () => this.histogram.chart.svg,
                () => csvOf([['low', 'high', 'count'], ...bins.map(({ low, high, count: size }) => [low, high, size])]),
              ),
            ),
            this.histogram.chart.element,
            table('Histogram as a table', ['From', 'To', 'Elements'], () =>
              bins.map(({ low, high, count: size }) => [number(low), number(high), count(size)]),
            ),
          ]),
    ];
  }

  private singularOf(entry: TensorEntry, inspection: Inspection<'singularValues'>): Child[] {
    if (entry.bitsPerWeight !== undefined) return [];
    const reason = noMatrix(entry);
    if (reason !== undefined) return [quiet(reason)];
    const [rows = 0] = entry.shape;
    const columns = elementsOf(entry.shape) / rows;
    if (inspection.kind !== 'done')
      return [
        quiet(
          `Of the matrix ${count(rows)} × ${count(columns)}: the first axis against ${entry.shape.length === 2 ? 'the second' : 'the others'}.`,
        ),
        ...this.waiting(entry, 'singularValues', inspection, 'Compute singular values'),
      ];
    const { report } = inspection;
    const logarithmic = this.actions.recall('logIndex');
    this.singular.update(report, logarithmic);
    const toggle = checkbox('Logarithmic index', (checked) => {
      this.actions.keep('logIndex', checked);
      this.singular.update(report, checked);
    });
    toggle.toggleAttribute('checked', logarithmic);
    const shown = distinguishable(report);
    return [
      facts(singularFacts(report)),
      ...(report.complete
        ? []
        : [
            quiet(
              `The matrix is too large for all ${count(Math.min(rows, columns))} values: these are the ${count(report.values.length)} largest that converged.`,
            ),
          ]),
      shown.length === 0
        ? quiet('Every singular value is zero.')
        : element(
            'div',
            { class: 'view-bar' },
            toggle,
            this.exports(
              'singular-values',
              entry.name,
              () => this.singular.chart.svg,
              () => csvOf([['index', 'singular_value'], ...report.values.map((value, k) => [k + 1, value])]),
            ),
          ),
      shown.length === 0 ? null : this.singular.chart.element,
      shown.length < report.values.length && shown.length > 0
        ? quiet(
            `${plural(report.values.length - shown.length, 'value is', 'values are')} zero to working precision and not drawn.`,
          )
        : null,
      table('Singular values as a table', ['Index', 'Value'], () =>
        report.values.slice(0, 5000).map((value, k) => [count(k + 1), number(value, 7)]),
      ),
      quiet(`${report.method}. Each value is within ${number(report.error, 2)} of a true one.`),
    ];
  }

  private waiting(
    entry: TensorEntry,
    want: Want,
    inspection: Exclude<Inspection<Want>, { kind: 'done' }>,
    label: string,
  ): Child[] {
    const { inspections } = this.actions;
    const ask = (): void => inspections.ask(entry.name, want);
    switch (inspection.kind) {
      case 'none':
        return [button(label, ask)];
      case 'failed':
        return [
          element('p', { class: 'failure', role: 'alert' }, `Not computed: ${inspection.message}`),
          inspection.hint === undefined ? null : quiet(inspection.hint),
          button('Try again', ask),
        ];
      case 'running':
        return [
          progress(
            inspection.fraction,
            want === 'statistics' ? `Reading ${bytes(entry.bytes)}` : 'Computing singular values',
          ),
          button('Cancel', () => inspections.abandon(entry.name, want)),
        ];
    }
  }

  // ── what they share

  private badges(entry: TensorEntry) {
    const statistics = this.actions.inspections.statistics(entry.name);
    return statistics === undefined ? [] : healthOf(entry, statistics);
  }

  private badgeElements(entry: TensorEntry): HTMLElement[] {
    return this.badges(entry).map(({ severity, label, explanation }) =>
      element('span', { class: `health ${severity}`, title: explanation }, label),
    );
  }

  private exports(kind: string, of: string, chart: () => SVGSVGElement, csv: () => string): HTMLElement {
    const { save } = this.actions;
    const name = `${of.replace(/[^\w.-]+/g, '-')}-${kind}`;
    const made = (label: string, act: () => void): HTMLElement =>
      button(label, act, { description: `Export ${kind} as ${label}` });
    return element(
      'div',
      { class: 'export-bar', role: 'group', 'aria-label': `Export ${kind}` },
      element('span', { class: 'quiet' }, 'Export'),
      made('SVG', () => save(`${name}.svg`, svgText(chart()))),
      made('PNG', () => void pngBase64(chart()).then((content) => save(`${name}.png`, content, 'base64'))),
      made('CSV', () => save(`${name}.csv`, csv())),
    );
  }

  /** Builds the content when it is about something else than before; says whether it is. */
  private place(key: string, build: () => Child[], parts: Readonly<Record<string, HTMLElement>> = {}): boolean {
    if (this.shown?.key === key) return false;
    this.shown = { key, nodes: new Map() };
    this.parts = parts;
    this.element.replaceChildren(...build().filter((child) => child !== null && child !== undefined));
    return true;
  }

  private parts: Readonly<Record<string, HTMLElement>> = {};

  /** Builds a part when what it is about changed, so that progress elsewhere does not take the focus away. */
  private part(name: string, about: unknown, build: () => Child[]): void {
    const area = this.parts[name];
    if (area === undefined || this.shown?.nodes.get(name) === about) return;
    const before = this.shown?.nodes.get(name) as Inspection<Want> | undefined;
    this.shown?.nodes.set(name, about);
    const fraction = runningFraction(about as Inspection<Want>);
    if (before?.kind === 'running' && fraction !== undefined && showFraction(area, fraction)) return;
    const hadFocus = area.contains(document.activeElement);
    area.replaceChildren(...build().filter((child) => child !== null && child !== undefined));
    if (hadFocus) (area.querySelector<HTMLElement>('vscode-button') ?? this.element).focus();
  }
}

const runningFraction = (inspection: Inspection<Want>): number | null | undefined =>
  inspection.kind === 'running' ? inspection.fraction : undefined;

export function progress(fraction: number | null, label: string): HTMLElement {
  const made = element(
    'div',
    { class: 'waiting', role: 'progressbar', 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': 100 },
    element('span', { class: 'waiting-text' }),
    element('div', { class: 'progress' }, element('span', { class: 'progress-fill' })),
  );
  made.dataset['label'] = label;
  fillProgress(made, fraction);
  return made;
}

function showFraction(area: HTMLElement, fraction: number | null): boolean {
  const bar = area.querySelector<HTMLElement>('.waiting');
  if (bar === null) return false;
  fillProgress(bar, fraction);
  return true;
}

export function fillProgress(bar: HTMLElement, fraction: number | null): void {
  const share = Math.round(100 * (fraction ?? 0));
  const text = `${bar.dataset['label'] ?? ''}${fraction === null ? '…' : `, ${share} %`}`;
  bar.querySelector('.waiting-text')?.replaceChildren(text);
  bar.classList.toggle('indeterminate', fraction === null);
  if (fraction === null) bar.removeAttribute('aria-valuenow');
  else bar.setAttribute('aria-valuenow', String(share));
  const fill = bar.querySelector<HTMLElement>('.progress-fill');
  if (fill !== null) fill.style.width = `${share}%`;
}

const quiet = (text: string): HTMLElement => element('p', { class: 'quiet' }, text);

export const facts = (entries: readonly (readonly [string, string])[]): HTMLElement =>
  element(
    'dl',
    { class: 'facts' },
    ...entries.flatMap(([term, text]) => [element('dt', {}, term), element('dd', {}, text)]),
  );

/** A table that is made when it is opened. */
function table(title: string, head: readonly string[], rows: () => readonly (readonly string[])[]): HTMLElement {
  const made = element('details', { class: 'as-table' }, element('summary', {}, title));
  made.addEventListener('toggle', () => {
    if (!made.open || made.querySelector('table') !== null) return;
    const body = rows().map((row) => element('tr', {}, ...row.map((cell) => element('td', { class: 'number' }, cell))));
    const header = element('tr', {}, ...head.map((cell) => element('th', { class: 'number', scope: 'col' }, cell)));
    made.append(
      element(
        'div',
        { class: 'table-frame', tabindex: 0 },
        element('table', {}, element('thead', {}, header), element('tbody', {}, ...body)),
      ),
    );
  });
  return made;
}

function noMatrix({ shape: axes, dtype }: TensorEntry): string | undefined {
  if (axes.length < 2) return 'Not a matrix: singular values need at least two axes.';
  if (elementsOf(axes) === 0) return 'The tensor has no elements.';
  return dtype.startsWith('complex') ? 'Not computed of complex tensors.' : undefined;
}

const known = (value: number | null, finite: number): string =>
  value !== null ? number(value, 6) : `not computed: ${finite > 0 ? 'it overflows' : 'no finite element'}`;

function statisticsFacts(statistics: TensorStatistics): [string, string][] {
  const { minimum, maximum, mean, standardDeviation, zeros, nan, infinite, denormal, count: all } = statistics;
  const finite = all - nan - infinite;
  const some = (value: number): string =>
    value === 0 ? '0' : `${count(value)} (${percent(value / Math.max(1, all))})`;
  return [
    ['Minimum', known(minimum, finite)],
    ['Maximum', known(maximum, finite)],
    ['Mean', known(mean, finite)],
    ['Standard deviation', known(standardDeviation, finite)],
    ['Zeros', some(zeros)],
    ['NaN', some(nan)],
    ['Infinite', some(infinite)],
    ['Denormal', some(denormal)],
  ];
}

function singularFacts(report: SingularReport): [string, string][] {
  const { spectralNorm, stableRank, conditionNumber, complete, rows, columns, values } = report;
  const condition =
    conditionNumber !== null
      ? number(conditionNumber, 4)
      : complete
        ? 'singular to working precision'
        : 'not computed: the smallest value is not known';
  return [
    ['Matrix', `${count(rows)} × ${count(columns)}`],
    ['Spectral norm', number(spectralNorm, 6)],
    ['Stable rank', `${number(stableRank, 4)} of ${count(Math.min(rows, columns))}`],
    ['Condition number', condition],
    ...(complete ? ([['Smallest', number(values.at(-1) ?? 0, 4)]] as [string, string][]) : []),
  ];
}

/** How much of the folder each element type takes. */
function typesOf(tensors: readonly TensorEntry[]): [string, string][] {
  const sums = new Map<string, number>();
  for (const { dtype, shape: axes } of tensors) sums.set(dtype, (sums.get(dtype) ?? 0) + elementsOf(axes));
  return [
    [
      'Types',
      [...sums]
        .sort((a, b) => b[1] - a[1])
        .map(([dtype, elements]) => `${dtype} (${large(elements)})`)
        .join(', '),
    ],
  ];
}

function healthSummary(all: number, checked: number, unhealthy: number): string {
  if (checked === 0) return 'Not checked yet. Checking reads every element.';
  const found = unhealthy === 0 ? 'nothing found' : plural(unhealthy, 'tensor needs a look', 'tensors need a look');
  return `${count(checked)} of ${count(all)} checked: ${found}.`;
}
