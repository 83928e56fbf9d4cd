/** Tab "Comparison": another result against the one shown. */
import type { StoredResult } from '../../../server/src/protocol/editor';
import { DataTable } from '../shared/dataTable';
import { element } from '../shared/element';
import { checkbox, dropdown, section } from '../shared/toolkit';
import { compareResults, sharesSamples } from './compareResults';
import type { Difference } from './compareResults';
import { exportBar } from './exportBar';
import { SpectrumChart } from './spectrumChart';
import { seriesOf } from './spectrumView';
import type { PanelActions, Shown, View } from './view';
import { fileName, interval, moment, number, quantityCell, quantityFields, quantityTitles, valueCell } from './wording';

const NONE = '';

export function createComparisonView(actions: PanelActions): View {
  let shown: Shown | undefined;
  let onlyDifferent = false;
  const choose = dropdown('Result to compare with', (id) => {
    if (id !== NONE) actions.post({ kind: 'compareWith', id });
  });
  const chart = new SpectrumChart('Spectral densities of two results');
  const verdict = element('p', { class: 'headline' });
  const warnings = element('ul', { class: 'notes' });
  const table = differenceTable();
  const filter = checkbox('Only what differs', (checked) => {
    onlyDifferent = checked;
    draw();
  });
  const bar = exportBar(
    'the comparison',
    {
      name: () => `${shown?.stored.model ?? 'model'}-comparison`,
      chart: () => chart.svg,
      csv: () => table.csv(),
      json: () =>
        shown?.compared && {
          first: describe(shown.compared),
          second: describe(shown.stored),
          differences: compareResults(shown.compared.result, shown.stored.result),
        },
    },
    actions,
  );
  const empty = element('p', { class: 'quiet' });
  const body = element(
    'div',
    { class: 'comparison-body' },
    element('div', { class: 'view-bar' }, verdict, chart.zoomButtons(), bar),
    chart.element,
    warnings,
    section('Differences', filter, table.element),
  );
  const draw = (): void => {
    if (shown === undefined) return;
    const { stored, compared, available } = shown;
    const others: readonly (Labelled & { readonly id: string })[] = [
      ...available.filter(({ id }) => id !== stored.id && id !== compared?.id),
      ...(compared === null ? [] : [{ ...summaryOf(compared), id: compared.id }]),
    ];
    choose.set(
      [
        { value: NONE, label: 'Choose a result' },
        ...others.map((summary) => ({ value: summary.id, label: labelOf(summary, stored) })),
      ],
      compared?.id ?? NONE,
    );
    body.hidden = compared === null;
    empty.hidden = compared !== null;
    empty.textContent =
      others.length === 0
        ? 'There is no other result yet. Analyze another checkpoint, another version of the code or another model, then compare here.'
        : 'Choose a result to see both densities and every quantity side by side.';
    if (compared === null) return;
    const all = compareResults(compared.result, stored.result);
    const different = all.filter(({ verdict: found }) => found === 'larger' || found === 'smaller');
    verdict.textContent = `${different.length} of ${all.length} quantities differ by more than their errors.`;
    chart.update(
      {
        series: [
          seriesOf(stored.result, 'this result'),
          seriesOf(compared.result, labelOf(summaryOf(compared), stored)),
        ],
        marks: [],
        summary: summaryText(compared, stored),
      },
      'log',
    );
    warnings.replaceChildren(...differentConditions(compared, stored).map((text) => element('li', {}, text)));
    table.update(onlyDifferent ? different : all);
  };
  return {
    element: element(
      'div',
      { class: 'view' },
      element('div', { class: 'view-bar' }, element('label', { class: 'field wide' }, 'Compare with ', choose.element)),
      empty,
      body,
    ),
    update: (next) => {
      shown = next;
      draw();
    },
  };
}

type Labelled = Pick<StoredResult, 'model' | 'createdAt' | 'uri' | 'stale'> & { readonly checkpoint: string | null };

const summaryOf = (stored: StoredResult): Labelled => ({ ...stored, checkpoint: stored.result.provenance.checkpoint });

function labelOf({ model, createdAt, uri, checkpoint, stale }: Labelled, beside: StoredResult): string {
  const parts = [
    ...(model === beside.model && uri === beside.uri ? [] : [`${model} (${fileName(uri)})`]),
    checkpoint === null ? 'initial parameters' : fileName(checkpoint),
    moment(createdAt),
    ...(stale.length === 0 ? [] : ['earlier version']),
  ];
  return parts.join(', ');
}

const describe = ({ id, model, uri, createdAt, result }: StoredResult): unknown => ({
  id,
  model,
  uri,
  createdAt,
  provenance: result.provenance,
});

/** What is not the same in both analyses and may explain a difference. */
function differentConditions(first: StoredResult, second: StoredResult): string[] {
  const conditions = ['data', 'loss', 'mode', 'samples', 'seed', 'precision', 'engine'] as const;
  const [a, b] = [first.result.provenance, second.result.provenance];
  return [
    ...conditions
      .filter((condition) => a[condition] !== b[condition])
      .map((condition) => `Not the same ${condition}: ${String(a[condition])}, here ${String(b[condition])}.`),
    ...(sharesSamples(first.result, second.result)
      ? ['Both use the same samples: their sampling errors are related, and a difference may be surer than stated.']
      : []),
    ...(second.result.complete ? [] : ['This result is still being computed.']),
  ];
}

function summaryText(first: StoredResult, second: StoredResult): string {
  const [a, b] = [first.result.spectrum.top[0], second.result.spectrum.top[0]];
  if (a === undefined || b === undefined) return 'Two spectra; one has no eigenvalue yet.';
  return `Largest eigenvalue ${number(b.value)} ${interval(b.interval)} here, ${number(a.value)} ${interval(a.interval)} in the other result.`;
}

const differenceTable = (): DataTable<Difference> =>
  new DataTable<Difference>({
    label: 'Differences between the two results',
    empty: 'No quantity differs by more than its errors.',
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
        id: 'other',
        title: 'Other result',
        room: 'value',
        cell: ({ first }) => quantityCell(first),
        fields: ({ first }) => quantityFields(first),
        fieldTitles: quantityTitles('other'),
      },
      {
        id: 'here',
        title: 'This result',
        room: 'value',
        cell: ({ second }) => quantityCell(second),
        fields: ({ second }) => quantityFields(second),
        fieldTitles: quantityTitles('here'),
      },
      {
        id: 'difference',
        title: 'Difference',
        room: 'value',
        description: 'This result minus the other; intervals joined as independent errors',
        sort: ({ difference }) => difference,
        cell: (row) => (row.difference === null ? '–' : valueCell(row.difference, row)),
        fields: ({ difference, low, high }) => [difference, low, high],
        fieldTitles: quantityTitles('difference'),
      },
      {
        id: 'ratio',
        title: 'Ratio',
        numeric: true,
        sort: ({ ratio }) => ratio,
        cell: ({ ratio }) => (ratio === null ? '–' : `${number(ratio)}×`),
      },
      {
        id: 'verdict',
        title: 'Beyond their errors',
        sort: ({ verdict }) => verdict,
        cell: ({ verdict }) => element('span', { class: `verdict ${verdict.replace(/ /g, '-')}` }, verdict),
      },
    ],
  });
