/** Tab "Spectrum": the density with what it is to be compared with, and the same in tables. */
import { isComputed, valueOf } from '../../../server/src/curvature/quantity';
import type { Quantity } from '../../../server/src/curvature/quantity';
import type { AnalysisResult, Eigenpair } from '../../../server/src/curvature/result';
import { csvOf } from '../shared/csv';
import { DataTable } from '../shared/dataTable';
import { element } from '../shared/element';
import { dropdown, section } from '../shared/toolkit';
import { massByDecade } from './density';
import type { MassBin } from './density';
import { exportBar } from './exportBar';
import { lambdaLimit } from './optimizerLimit';
import { thresholdFor } from './signedScale';
import type { SignedScale } from './signedScale';
import { SpectrumChart } from './spectrumChart';
import type { Mark, Picture, Series } from './spectrumChart';
import type { PanelActions, Shown, View } from './view';
import { count, interval, number, percent, quantityCell, quantityFields, quantityTitles, sortOf } from './wording';

interface EigenvalueRow {
  readonly end: 'largest' | 'smallest';
  readonly rank: number;
  readonly pair: Eigenpair;
  readonly outlier: boolean;
}

interface NamedQuantity {
  readonly name: string;
  readonly quantity: Quantity;
}

export const seriesOf = ({ spectrum }: AnalysisResult, label: string): Series => ({
  label,
  nodes: 'nodes' in spectrum.density ? spectrum.density.nodes : undefined,
  dimension: spectrum.dimension,
  eigenvalues: [...spectrum.top, ...spectrum.bottom],
  bulkEdge: valueOf(spectrum.bulk.edge),
});

function marksOf(result: AnalysisResult): Mark[] {
  const edge = valueOf(result.spectrum.bulk.edge);
  const limit = lambdaLimit(result);
  const rate = result.stability.learningRate;
  return [
    ...('value' in limit && rate !== null
      ? [
          {
            kind: 'limit' as const,
            value: limit.value,
            label: `limit of λ at learning rate ${number(rate)}: ${number(limit.value)}`,
          },
        ]
      : []),
    ...(edge === undefined ? [] : [{ kind: 'bulk-edge' as const, value: edge, label: `bulk edge ${number(edge)}` }]),
  ];
}

export function spectrumSummary({ spectrum, stability }: AnalysisResult): string {
  const [largest] = spectrum.top;
  const [smallest] = spectrum.bottom;
  const parts = [`Spectrum of the Hessian over ${count(spectrum.dimension)} parameters.`];
  if (largest !== undefined) parts.push(`Largest eigenvalue ${number(largest.value)} ${interval(largest.interval)}.`);
  if (smallest !== undefined) parts.push(`Smallest ${number(smallest.value)} ${interval(smallest.interval)}.`);
  const { edge, outliers, massAtZero, negativeMass } = spectrum.bulk;
  if (isComputed(edge) && isComputed(outliers))
    parts.push(`${number(outliers.value)} eigenvalues above the bulk edge ${number(edge.value)}.`);
  if (isComputed(massAtZero)) parts.push(`${percent(massAtZero.value)} of the eigenvalues are near zero.`);
  if (isComputed(negativeMass)) parts.push(`${percent(negativeMass.value)} are clearly negative.`);
  if (isComputed(stability.margin))
    parts.push(`The learning rate is ${number(stability.margin.value)} times its stable limit.`);
  return parts.join(' ');
}

export function createSpectrumView(actions: PanelActions): View {
  const chart = new SpectrumChart('Spectral density');
  let shown: Shown | undefined;
  let kind = actions.recall<SignedScale['name']>('spectrum.scale', 'log');
  const scale = dropdown('Scale of the eigenvalues', (value) => {
    kind = value === 'linear' ? 'linear' : 'log';
    actions.keep('spectrum.scale', kind);
    draw();
  });
  const notes = element('ul', { class: 'notes' });
  const eigenvalues = eigenvalueTable();
  const quantities = quantityTable();
  const masses = massTable();
  const picture = (): Picture | undefined =>
    shown && {
      series: [seriesOf(shown.stored.result, shown.stored.model)],
      marks: marksOf(shown.stored.result),
      summary: spectrumSummary(shown.stored.result),
    };
  const bar = exportBar(
    'the spectrum',
    {
      name: () => `${shown?.stored.model ?? 'model'}-spectrum`,
      chart: () => chart.svg,
      csv: () => densityCsv(shown?.stored.result),
      json: () => shown?.stored.result.spectrum,
    },
    actions,
  );
  const draw = (): void => {
    const drawn = picture();
    if (shown === undefined || drawn === undefined) return;
    scale.set(
      [
        { value: 'log', label: 'Logarithmic' },
        { value: 'linear', label: 'Linear' },
      ],
      kind,
    );
    chart.update(drawn, kind);
    notes.replaceChildren(...notesOn(shown.stored.result).map((text) => element('li', {}, text)));
    const { spectrum } = shown.stored.result;
    eigenvalues.update(eigenvalueRows(spectrum, valueOf(spectrum.bulk.edge)));
    quantities.update(spectrumQuantities(spectrum));
    masses.update(
      'nodes' in spectrum.density
        ? massByDecade(spectrum.density.nodes, thresholdFor(spectrum.density.nodes.map(({ value }) => value)))
        : [],
    );
  };
  return {
    element: element(
      'div',
      { class: 'view' },
      element(
        'div',
        { class: 'view-bar' },
        element('label', { class: 'field' }, 'Scale ', scale.element),
        chart.zoomButtons(),
        bar,
      ),
      chart.element,
      notes,
      element(
        'div',
        { class: 'columns' },
        section('Known eigenvalues', eigenvalues.element),
        section('Shape of the spectrum', quantities.element),
      ),
      section('Shares of the density', masses.element),
    ),
    update: (next) => {
      shown = next;
      draw();
    },
  };
}

/** What is missing in the picture, and why. */
function notesOn(result: AnalysisResult): string[] {
  const { spectrum } = result;
  const limit = lambdaLimit(result);
  return [
    ...('notComputed' in spectrum.density ? [`No density: ${spectrum.density.notComputed}.`] : []),
    ...('notComputed' in limit ? [`No stability limit: ${limit.notComputed}.`] : []),
    ...(isComputed(spectrum.bulk.edge) ? [] : [`No bulk edge: ${spectrum.bulk.edge.notComputed}.`]),
    ...('nodes' in spectrum.density && !spectrum.density.exact
      ? [
          `Density from ${spectrum.density.probes} probes of ${spectrum.density.steps} Lanczos steps, smoothed by 1.2 % of the axis; single eigenvalues are exact where a stem stands.`,
        ]
      : []),
  ];
}

const eigenvalueRows = (
  { top, bottom }: AnalysisResult['spectrum'],
  edge: number | undefined,
): readonly EigenvalueRow[] => [
  ...top.map((pair, i) => ({
    end: 'largest' as const,
    rank: i + 1,
    pair,
    outlier: edge !== undefined && pair.value > edge,
  })),
  ...bottom.map((pair, i) => ({ end: 'smallest' as const, rank: i + 1, pair, outlier: false })),
];

const eigenvalueTable = (): DataTable<EigenvalueRow> =>
  new DataTable<EigenvalueRow>({
    label: 'Known eigenvalues',
    empty: 'No eigenvalue has been computed yet.',
    key: ({ end, rank }) => `${end} ${rank}`,
    columns: [
      {
        id: 'which',
        title: 'Which',
        sort: ({ end, rank }) => (end === 'largest' ? rank : 1e6 + rank),
        cell: ({ end, rank, outlier }) =>
          element('span', {}, `${end} ${rank}`, outlier ? element('span', { class: 'tag' }, 'outlier') : null),
        fields: ({ end, rank }) => [`${end} ${rank}`],
      },
      {
        id: 'value',
        title: 'Value',
        numeric: true,
        sort: ({ pair }) => pair.value,
        cell: ({ pair }) => number(pair.value, 4),
      },
      {
        id: 'interval',
        title: '95 % interval',
        numeric: true,
        cell: ({ pair }) => element('span', { class: 'interval' }, interval(pair.interval)),
        fields: ({ pair }) => [pair.interval.low, pair.interval.high],
        fieldTitles: ['low', 'high'],
      },
      {
        id: 'residual',
        title: 'Residual',
        description: '‖Hv − λv‖ of the unit vector found',
        numeric: true,
        sort: ({ pair }) => pair.residual,
        cell: ({ pair }) => `${number(pair.residual, 2)}${pair.converged ? '' : ', not converged'}`,
      },
    ],
  });

const spectrumQuantities = ({
  trace,
  meanEigenvalue,
  frobenius,
  bulk,
}: AnalysisResult['spectrum']): NamedQuantity[] => [
  { name: 'Trace', quantity: trace },
  { name: 'Mean eigenvalue', quantity: meanEigenvalue },
  { name: 'Frobenius norm', quantity: frobenius },
  { name: 'Bulk edge', quantity: bulk.edge },
  { name: 'Eigenvalues above the bulk', quantity: bulk.outliers },
  { name: 'Share near zero', quantity: bulk.massAtZero },
  { name: 'Share clearly negative', quantity: bulk.negativeMass },
];

export const quantityTable = (label = 'Shape of the spectrum'): DataTable<NamedQuantity> =>
  new DataTable<NamedQuantity>({
    label,
    empty: 'Nothing has been computed yet.',
    key: ({ name }) => name,
    columns: [
      { id: 'quantity', title: 'Quantity', sort: ({ name }) => name, cell: ({ name }) => name },
      {
        id: 'value',
        title: 'Value, 95 % interval',
        sort: ({ quantity }) => sortOf(quantity),
        cell: ({ quantity }) => quantityCell(quantity),
        fields: ({ quantity }) => quantityFields(quantity),
        fieldTitles: quantityTitles('value'),
      },
    ],
  });

const massTable = (): DataTable<MassBin> =>
  new DataTable<MassBin>({
    label: 'Shares of the density by order of magnitude',
    empty: 'The density is not computed.',
    key: ({ low }) => String(low),
    columns: [
      {
        id: 'range',
        title: 'Eigenvalues between',
        sort: ({ low }) => low,
        cell: ({ low, high }) => `${number(low)} … ${number(high)}`,
        fields: ({ low, high }) => [low, high],
        fieldTitles: ['low', 'high'],
      },
      {
        id: 'share',
        title: 'Share',
        numeric: true,
        sort: ({ share }) => share,
        cell: ({ share }) => (share === 0 ? 'none' : percent(share)),
      },
    ],
  });

function densityCsv(result: AnalysisResult | undefined): string {
  if (result === undefined) return '';
  const { top, bottom, density } = result.spectrum;
  const pairs = [...top, ...bottom].map(({ value, interval: { low, high }, residual }) => [
    'eigenvalue',
    value,
    null,
    low,
    high,
    residual,
  ]);
  const nodes = 'nodes' in density ? density.nodes.map(({ value, weight }) => ['density node', value, weight]) : [];
  return csvOf([['kind', 'value', 'weight', 'low', 'high', 'residual'], ...pairs, ...nodes]);
}
