/** Tab "Quantities": every number with what it rests on; findings, checks and provenance. */
import { isComputed } from '../../../server/src/curvature/quantity';
import type { Quantity } from '../../../server/src/curvature/quantity';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import type { Finding } from '../../../server/src/diagnosis/finding';
import { toCsv } from '../../../server/src/report/csv';
import { DataTable } from '../shared/dataTable';
import { element } from '../shared/element';
import { actionLink, searchField, section } from '../shared/toolkit';
import { exportBar } from './exportBar';
import type { PanelActions, Shown, View } from './view';
import { count, duration, fileName, interval, number, quantityCell, size } from './wording';

interface QuantityRow {
  readonly id: string;
  readonly quantity: Quantity;
}

export function createQuantitiesView(actions: PanelActions): View {
  let shown: Shown | undefined;
  let wanted = actions.recall('quantities.search', '');
  const search = searchField('Search quantities, methods, papers', (text) => {
    wanted = text;
    actions.keep('quantities.search', text);
    draw();
  });
  search.value = wanted;
  const table = quantityTable();
  const found = element('p', { class: 'quiet', role: 'status' });
  const findings = element('div', { class: 'findings' });
  const checks = element('dl', { class: 'facts' });
  const facts = element('dl', { class: 'facts' });
  const bar = exportBar(
    'all quantities',
    {
      name: () => `${shown?.stored.model ?? 'model'}-quantities`,
      csv: () => (shown === undefined ? '' : toCsv(shown.stored.result)),
      json: () => shown?.stored.result,
    },
    actions,
  );
  const draw = (): void => {
    if (shown === undefined) return;
    const { result } = shown.stored;
    const rows = Object.entries(result.quantities).map(([id, quantity]) => ({ id, quantity }));
    const matching = rows.filter((row) => matches(row, wanted));
    table.update(matching);
    found.textContent = wanted === '' ? `${rows.length} quantities` : `${matching.length} of ${rows.length} quantities`;
    findings.replaceChildren(
      ...(result.findings.length === 0
        ? [element('p', { class: 'quiet' }, 'No findings.')]
        : result.findings.map((finding) => findingCard(finding, actions))),
    );
    checks.replaceChildren(
      ...result.guards.flatMap(({ name, verdict, deviation, tolerance, explanation }) =>
        fact(
          guardNames[name],
          `${verdict}: ${explanation} (deviation ${number(deviation, 2)}, rounding explains ${number(tolerance, 2)})`,
        ),
      ),
      ...(result.guards.length === 0 ? fact('Checks', 'none yet') : []),
    );
    facts.replaceChildren(...factsOf(result).flatMap(([name, text]) => fact(name, text)));
  };
  return {
    element: element(
      'div',
      { class: 'view' },
      section('Findings', findings),
      section('Quantities', element('div', { class: 'view-bar' }, search, found, bar), table.element),
      element(
        'div',
        { class: 'columns' },
        section('Checks of the numbers', checks),
        section('Where they come from', facts),
      ),
    ),
    update: (next) => {
      shown = next;
      draw();
    },
  };
}

const guardNames = {
  symmetry: 'The Hessian is symmetric',
  hessianDifference: 'Hessian against differences of gradients',
  gradientDifference: 'Gradient against differences of the loss',
} as const;

const fact = (name: string, text: string): HTMLElement[] => [element('dt', {}, name), element('dd', {}, text)];

/** Every word of the search is somewhere in the row. */
function matches({ id, quantity }: QuantityRow, wanted: string): boolean {
  const text = (
    isComputed(quantity)
      ? `${id} ${quantity.unit} ${quantity.method} ${quantity.source} ${quantity.notResolved ?? ''}`
      : `${id} not computed ${quantity.notComputed}`
  ).toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function findingCard(finding: Finding, actions: PanelActions): HTMLElement {
  const { code, severity, message, file, line, related } = finding;
  const link = (to: { file: string; line: number }): HTMLElement =>
    actionLink(`${fileName(to.file)}:${to.line}`, () => {
      actions.post({ kind: 'reveal', file: to.file, line: to.line });
    });
  return element(
    'article',
    { class: `finding ${severity}`, 'aria-label': `${severity} ${code}` },
    element(
      'p',
      { class: 'finding-head' },
      element('strong', {}, `${severity} ${code}`),
      ' ',
      link(finding.line > 0 ? finding : { file, line }),
      ' ',
      actionLink(
        'What it means',
        () => {
          actions.post({ kind: 'openDocumentation', code });
        },
        `Documentation of ${code}`,
      ),
    ),
    element('p', {}, message),
    ...related.map((place) => element('p', { class: 'quiet' }, link(place), ` ${place.message}`)),
  );
}

function factsOf({ provenance, loss, cost }: AnalysisResult): (readonly [string, string])[] {
  return [
    ['Model', provenance.model],
    ['File', provenance.file],
    ['Parameters', provenance.checkpoint ?? 'the code’s own initialisation'],
    ...(provenance.checkpointHash === null ? [] : [['Checkpoint hash', provenance.checkpointHash] as const]),
    ...(provenance.step === null ? [] : [['Step', count(provenance.step)] as const]),
    ['Data', provenance.data],
    ...(provenance.dataHash === null ? [] : [['Data hash', provenance.dataHash] as const]),
    ['Samples', `${count(provenance.samples)}, seed ${provenance.seed}`],
    ['Loss', `${provenance.loss}; ${provenance.reduction}`],
    [
      'Value of the loss',
      Number.isFinite(loss.value)
        ? `${number(loss.value, 4)} ${interval(loss.interval)} over ${count(loss.samples)} samples`
        : 'not computed yet',
    ],
    ['Mode', provenance.mode],
    ['Engine', `${provenance.engine}, ${provenance.precision}`],
    [
      'Cost',
      `${duration(cost.seconds)}, ${count(cost.hvps)} Hessian-vector products${cost.peakMemory > 0 ? `, ${size(cost.peakMemory)} at most` : ''}`,
    ],
    ...provenance.notes.map((note) => ['Note', note] as const),
  ];
}

const half = (value: number | null): string => (value === null ? 'not known' : `± ${number(value, 2)}`);

const quantityTable = (): DataTable<QuantityRow> =>
  new DataTable<QuantityRow>({
    label: 'Quantities',
    empty: 'Nothing matches the search.',
    key: ({ id }) => id,
    columns: [
      {
        id: 'id',
        title: 'Quantity',
        room: 'name',
        sort: ({ id }) => id,
        cell: ({ id }) => element('span', { class: 'id' }, id),
      },
      {
        id: 'value',
        title: 'Value, 95 % interval',
        room: 'value',
        sort: ({ quantity }) => (isComputed(quantity) ? quantity.value : null),
        cell: ({ quantity }) => quantityCell(quantity),
      },
      { id: 'unit', title: 'Unit', cell: ({ quantity }) => (isComputed(quantity) ? quantity.unit : '') },
      {
        id: 'estimator',
        title: 'Estimate',
        description: 'Half-width of the numerical estimate’s error',
        numeric: true,
        cell: ({ quantity }) => (isComputed(quantity) ? half(quantity.interval.estimator) : ''),
      },
      {
        id: 'sampling',
        title: 'Sampling',
        description:
          'Half-width of the error of the samples as a sample of the data; not in the interval where not known',
        numeric: true,
        cell: ({ quantity }) => (isComputed(quantity) ? half(quantity.interval.sampling) : ''),
      },
      {
        id: 'method',
        title: 'Method',
        room: 'prose',
        cell: ({ quantity }) =>
          isComputed(quantity)
            ? element(
                'span',
                {},
                quantity.method,
                quantity.notResolved === undefined
                  ? null
                  : element('span', { class: 'warning-text' }, ` ${quantity.notResolved}`),
              )
            : '',
      },
      {
        id: 'hvps',
        title: 'Products',
        description: 'Hessian-vector products spent on it',
        numeric: true,
        sort: ({ quantity }) => (isComputed(quantity) ? quantity.hvps : null),
        cell: ({ quantity }) => (isComputed(quantity) ? count(quantity.hvps) : ''),
      },
      {
        id: 'samples',
        title: 'Samples',
        numeric: true,
        sort: ({ quantity }) => (isComputed(quantity) ? quantity.samples : null),
        cell: ({ quantity }) => (isComputed(quantity) ? count(quantity.samples) : ''),
      },
      {
        id: 'source',
        title: 'Source',
        room: 'prose',
        cell: ({ quantity }) => (isComputed(quantity) ? quantity.source : ''),
      },
    ],
  });
