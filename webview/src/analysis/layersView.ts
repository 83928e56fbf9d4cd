/** Tab "Layers": which part of the model carries the curvature and the gradient; a row leads to its line. */
import { isComputed } from '../../../server/src/curvature/quantity';
import type { Quantity } from '../../../server/src/curvature/quantity';
import type { LayerResult } from '../../../server/src/curvature/result';
import type { LayerReading } from '../../../server/src/protocol/reading';
import { DataTable } from '../shared/dataTable';
import type { Column } from '../shared/dataTable';
import { element } from '../shared/element';
import type { Order } from '../shared/sortRows';
import { barCell, barChart } from './bars';
import type { Bar } from './bars';
import { exportBar } from './exportBar';
import { shareOf } from './traceShare';
import type { Share } from './traceShare';
import type { PanelActions, Shown, View } from './view';
import {
  count,
  fileName,
  interval,
  missing,
  percent,
  quantityFields,
  quantityTitles,
  shortQuantityCell,
  sortOf,
} from './wording';

interface LayerRow {
  readonly layer: LayerResult;
  readonly place: LayerReading | undefined;
  readonly share: Share | null;
  /** Largest values of the columns with bars. */
  readonly largest: Readonly<Record<Measured, number>>;
  readonly index: number;
}

type Measured = 'lambdaMax' | 'gradientNorm' | 'signalToNoise';
const measures: readonly Measured[] = ['lambdaMax', 'gradientNorm', 'signalToNoise'];

export const layerName = (name: string): string => (name === '' ? '(model)' : name);

export function createLayersView(actions: PanelActions): View {
  let shown: Shown | undefined;
  let order = actions.recall<Order>('layers.order', { column: 'share', descending: true });
  const table = new DataTable<LayerRow>({
    label: 'Layers',
    empty: 'The model has no layer with parameters of its own.',
    key: ({ layer }) => layer.name,
    order,
    onOrder: (next) => {
      order = next;
      actions.keep('layers.order', next);
    },
    acts: ({ place }) => place !== undefined,
    act: ({ place }) => {
      if (place !== undefined) actions.post({ kind: 'reveal', file: place.file, line: place.line });
    },
    columns: columns(),
  });
  // The chart for export is drawn where it is measured, not seen.
  const stage = element('div', { class: 'off-stage', 'aria-hidden': 'true' });
  const bar = exportBar(
    'the layers',
    {
      name: () => `${shown?.stored.model ?? 'model'}-layers`,
      chart: () => {
        const drawn = barChart(...chartOf(order.column, table.sorted));
        stage.replaceChildren(drawn);
        return drawn;
      },
      csv: () => table.csv(),
      json: () => shown?.stored.result.layers,
    },
    actions,
  );
  const hint = element('p', { class: 'quiet' });
  return {
    element: element('div', { class: 'view' }, element('div', { class: 'view-bar' }, hint, bar), table.element, stage),
    update: (next) => {
      shown = next;
      const rows = rowsOf(next);
      hint.textContent = rows.some(({ place }) => place !== undefined)
        ? 'Click or press Enter on a row to go to its line. Rest on a number to see its interval.'
        : 'The lines of the layers are not known: the source does not read as this model any more.';
      table.update(rows);
    },
  };
}

function rowsOf({ stored, layers }: Shown): LayerRow[] {
  const { result } = stored;
  const largestOf = (measure: Measured): number =>
    Math.max(0, ...result.layers.map((layer) => sortOf(layer[measure]) ?? 0));
  const largest = {
    lambdaMax: largestOf('lambdaMax'),
    gradientNorm: largestOf('gradientNorm'),
    signalToNoise: largestOf('signalToNoise'),
  };
  return result.layers.map((layer, index) => ({
    layer,
    place: layers.get(layer.name),
    share: shareOf(layer.trace, result.spectrum.trace),
    largest,
    index,
  }));
}

function columns(): Column<LayerRow>[] {
  return [
    {
      id: 'layer',
      title: 'Layer',
      sort: ({ layer }) => layer.name,
      cell: ({ layer, place }) =>
        element(
          'span',
          { class: 'layer-name' },
          layerName(layer.name),
          place === undefined ? null : element('span', { class: 'place' }, `${fileName(place.file)}:${place.line}`),
        ),
      fields: ({ layer, place }) => [layer.name, place?.file ?? null, place?.line ?? null],
      fieldTitles: ['layer', 'file', 'line'],
    },
    {
      id: 'type',
      title: 'Type',
      sort: ({ place }) => place?.type ?? null,
      cell: ({ place }) => place?.type ?? '',
    },
    {
      id: 'parameters',
      title: 'Parameters',
      numeric: true,
      sort: ({ layer }) => layer.parameters,
      cell: ({ layer }) => count(layer.parameters),
    },
    {
      id: 'share',
      title: 'Share of trace',
      description: 'tr H of the layer over tr H of the model; the line is the 95 % interval',
      numeric: true,
      sort: ({ share }) => share?.value ?? null,
      cell: ({ layer, share }) => shareCell(layer.trace, share),
      fields: ({ share, layer }) => [
        share?.value ?? null,
        share?.low ?? null,
        share?.high ?? null,
        ...quantityFields(layer.trace),
      ],
      fieldTitles: ['trace_share', 'trace_share_low', 'trace_share_high', ...quantityTitles('trace')],
    },
    measured('lambdaMax', 'λmax of block', 'Largest eigenvalue of the layer’s diagonal block'),
    {
      id: 'meanEigenvalue',
      title: 'Mean eigenvalue',
      description: 'Trace of the layer over its number of parameters',
      numeric: true,
      sort: ({ layer }) => sortOf(layer.meanEigenvalue),
      cell: ({ layer }) => shortQuantityCell(layer.meanEigenvalue),
      fields: ({ layer }) => quantityFields(layer.meanEigenvalue),
      fieldTitles: quantityTitles('meanEigenvalue'),
    },
    measured('gradientNorm', 'Gradient norm', '‖∂L/∂layer‖'),
    measured('signalToNoise', 'Signal/noise', '‖g‖² over the variance of a sample’s gradient'),
  ];
}

function shareCell(trace: Quantity, share: Share | null): HTMLElement {
  if (share === null) return missing(isComputed(trace) ? 'the trace of the model is not computed' : trace.notComputed);
  const { value, low, high } = share;
  const text = element(
    'span',
    {
      title: `95 % interval ${interval({ low, high, sampling: isComputed(trace) ? trace.interval.sampling : null })} (as a share of 1)`,
    },
    percent(value),
  );
  return barCell(text, value, low === null || high === null ? undefined : { low, high });
}

const measured = (measure: Measured, title: string, description: string): Column<LayerRow> => ({
  id: measure,
  title,
  description,
  numeric: true,
  sort: ({ layer }) => sortOf(layer[measure]),
  cell: ({ layer, largest }) => {
    const quantity = layer[measure];
    const text = shortQuantityCell(quantity);
    return isComputed(quantity) && largest[measure] > 0 ? barCell(text, quantity.value / largest[measure]) : text;
  },
  fields: ({ layer }) => quantityFields(layer[measure]),
  fieldTitles: quantityTitles(measure),
});

/** Title and bars of the column that the table is sorted by; the share of the trace where that has no bars. */
function chartOf(column: string, rows: readonly LayerRow[]): [string, Bar[]] {
  const measure = measures.find((each) => each === column);
  const titles = { lambdaMax: 'λmax of block', gradientNorm: 'Gradient norm', signalToNoise: 'Signal/noise' };
  const bars = rows.flatMap(({ layer, share }): Bar[] => {
    const label = layerName(layer.name);
    if (measure === undefined) return share === null ? [] : [{ label, ...share }];
    const quantity = layer[measure];
    return isComputed(quantity)
      ? [{ label, value: quantity.value, low: quantity.interval.low, high: quantity.interval.high }]
      : [];
  });
  return [`${measure === undefined ? 'Share of trace' : titles[measure]}, 95 % intervals`, bars];
}
