/** Tab "Gradient noise": which batch size the gradient's variance asks for, and which layers are mostly noise. */
import { axisBottom } from 'd3-axis';
import { scaleLog } from 'd3-scale';
import { select } from 'd3-selection';
import { isComputed } from '../../../server/src/curvature/quantity';
import type { Quantity } from '../../../server/src/curvature/quantity';
import type { AnalysisResult, LayerResult } from '../../../server/src/curvature/result';
import { formatNumber } from '../../../server/src/report/numbers';
import { DataTable } from '../shared/dataTable';
import { element, svgElement } from '../shared/element';
import { section } from '../shared/toolkit';
import { barCell } from './bars';
import { exportBar } from './exportBar';
import { layerName } from './layersView';
import { stepEfficiency } from './optimizerLimit';
import { quantityTable } from './spectrumView';
import type { PanelActions, Shown, View } from './view';
import { interval, number, percent, quantityCell, quantityFields, quantityTitles, sortOf } from './wording';

interface Scale {
  readonly name: string;
  readonly quantity: Quantity;
}

interface NoiseRow {
  readonly layer: LayerResult;
  readonly largest: number;
}

const scalesOf = ({ gradient }: AnalysisResult): Scale[] => [
  { name: 'Noise scale tr(C)/‖g‖²', quantity: gradient.noiseScale },
  { name: 'Curvature-weighted tr(HC)/(gᵀHg)', quantity: gradient.curvatureNoiseScale },
  { name: 'Critical batch size', quantity: gradient.criticalBatch },
];

export function createNoiseView(actions: PanelActions): View {
  let shown: Shown | undefined;
  const headline = element('p', { class: 'headline' });
  const svg = svgElement('svg', { class: 'chart', role: 'img' });
  const quantities = quantityTable('Gradient and its noise');
  const layers = layerTable();
  const draw = (): void => {
    if (shown !== undefined) drawScales(svg, shown.stored.result);
  };
  new ResizeObserver(draw).observe(svg);
  const bar = exportBar(
    'gradient noise',
    {
      name: () => `${shown?.stored.model ?? 'model'}-gradient-noise`,
      chart: () => (svg.childElementCount === 0 ? undefined : svg),
      csv: () => `${quantities.csv()}\r\n${layers.csv()}`,
      json: () =>
        shown && {
          gradient: shown.stored.result.gradient,
          batchSize: shown.stored.result.stability.batchSize,
          layers: shown.stored.result.layers.map(({ name, gradientNorm, signalToNoise }) => ({
            name,
            gradientNorm,
            signalToNoise,
          })),
        },
    },
    actions,
  );
  return {
    element: element(
      'div',
      { class: 'view' },
      element('div', { class: 'view-bar' }, headline, bar),
      element('figure', { class: 'figure' }, element('div', { class: 'chart-frame' }, svg)),
      element(
        'div',
        { class: 'columns' },
        section('Gradient and its noise', quantities.element),
        section('Signal to noise of the layers', layers.element),
      ),
    ),
    update: (next) => {
      shown = next;
      const { result } = next.stored;
      headline.textContent = headlineOf(result);
      svg.setAttribute('aria-label', headlineOf(result));
      draw();
      quantities.update([
        { name: 'Gradient norm ‖g‖', quantity: result.gradient.norm },
        { name: 'Variance tr(C)', quantity: result.gradient.variance },
        ...scalesOf(result),
      ]);
      const largest = Math.max(0, ...result.layers.map(({ signalToNoise }) => reachOf(signalToNoise)));
      layers.update(result.layers.map((layer) => ({ layer, largest })));
    },
  };
}

function headlineOf({ gradient, stability: { batchSize } }: AnalysisResult): string {
  const { criticalBatch } = gradient;
  if (!isComputed(criticalBatch)) return `No critical batch size: ${criticalBatch.notComputed}.`;
  const text = `Critical batch size ${number(criticalBatch.value)} ${interval(criticalBatch.interval)}.`;
  if (batchSize === null) return `${text} The batch size of the training code was not found.`;
  const efficiency = stepEfficiency(batchSize, criticalBatch);
  if (efficiency === null) return text;
  const { value, low, high } = efficiency;
  return `${text} A step with the code’s ${batchSize} samples makes ${percent(value)} [${percent(low)}, ${percent(high)}] of the progress of a step without noise (1/(1 + B_noise/B), McCandlish et al. 2018, eq. 2.7).`;
}

const MARGIN = { left: 16, right: 24, top: 22, bottom: 38 };
const ROW = 44;

/** Every noise scale as a point with its interval over batch sizes, and the code's batch as a line. */
function drawScales(svg: SVGSVGElement, result: AnalysisResult): void {
  const width = Math.floor(svg.clientWidth);
  const { batchSize } = result.stability;
  const scales = scalesOf(result).flatMap(({ name, quantity }) =>
    isComputed(quantity) && quantity.value > 0 ? [{ name, value: quantity.value, ...positive(quantity) }] : [],
  );
  if (width < 50) return;
  if (scales.length === 0) {
    svg.setAttribute('height', '0');
    svg.replaceChildren();
    return;
  }
  const height = MARGIN.top + MARGIN.bottom + ROW * scales.length;
  svg.setAttribute('height', String(height));
  const ends = scales.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  const from = Math.min(1, ...ends);
  const to = Math.max(64, ...ends, batchSize ?? 1);
  const x = scaleLog([from / 1.5, to * 2], [MARGIN.left, width - MARGIN.right]);
  const axis = svgElement('g', { class: 'axis', transform: `translate(0,${height - MARGIN.bottom})` });
  select(axis).call(
    axisBottom(x)
      .ticks(Math.max(2, Math.floor(width / 110)))
      .tickFormat((value) => (isPower(value.valueOf()) ? formatNumber(value.valueOf(), 2) : ''))
      .tickSizeOuter(0),
  );
  const rows = scales.map(({ name, value, low, high }, i) => {
    const y = MARGIN.top + ROW * (i + 0.5) + 8;
    const open = high === null;
    return svgElement(
      'g',
      { class: 'noise-scale' },
      svgElement('text', { class: 'bar-label', x: MARGIN.left, y: y - 14 }, `${name}: ${number(value)}`),
      svgElement('line', { class: 'guide', x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y }),
      svgElement('line', {
        class: open ? 'whisker open' : 'whisker',
        x1: x(low ?? x.domain()[0] ?? from),
        x2: open ? width - MARGIN.right : x(high),
        y1: y,
        y2: y,
      }),
      svgElement('circle', { cx: x(value), cy: y, r: 4.5 }),
    );
  });
  svg.replaceChildren(
    axis,
    ...(batchSize === null ? [] : ownBatch(batchSize, x(batchSize), width, height)),
    ...rows,
    svgElement(
      'text',
      { class: 'axis-title', x: width / 2, y: height - 5, 'text-anchor': 'middle' },
      'batch size (samples)',
    ),
  );
}

/** Ends on a logarithmic axis; one at or below 0 is at its left border. */
const positive = (quantity: Quantity): { low: number | null; high: number | null } => {
  if (!isComputed(quantity)) return { low: null, high: null };
  const { low, high } = quantity.interval;
  return { low: low !== null && low > 0 ? low : null, high };
};

const isPower = (value: number): boolean => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6;

function ownBatch(batch: number, at: number, width: number, height: number): SVGElement[] {
  const right = at < width / 2;
  return [
    svgElement('line', { class: 'mark own-batch', x1: at, x2: at, y1: 4, y2: height - MARGIN.bottom }),
    svgElement(
      'text',
      { class: 'own-label', x: at + (right ? 6 : -6), y: 14, 'text-anchor': right ? 'start' : 'end' },
      `the code’s batch: ${batch}`,
    ),
  ];
}

/** How far a bar with its interval reaches. */
const reachOf = (quantity: Quantity): number => (isComputed(quantity) ? (quantity.interval.high ?? quantity.value) : 0);

const layerTable = (): DataTable<NoiseRow> =>
  new DataTable<NoiseRow>({
    label: 'Signal to noise of the layers',
    empty: 'The model has no layer with parameters of its own.',
    key: ({ layer }) => layer.name,
    order: { column: 'signalToNoise', descending: true },
    columns: [
      { id: 'layer', title: 'Layer', sort: ({ layer }) => layer.name, cell: ({ layer }) => layerName(layer.name) },
      {
        id: 'signalToNoise',
        title: 'Signal/noise',
        description:
          '‖g‖²/tr(C) of the layer; its reciprocal is the layer’s noise scale. The line is the 95 % interval.',
        sort: ({ layer }) => sortOf(layer.signalToNoise),
        cell: ({ layer, largest }) => signalCell(layer.signalToNoise, largest),
        fields: ({ layer }) => quantityFields(layer.signalToNoise),
        fieldTitles: quantityTitles('signalToNoise'),
      },
      {
        id: 'gradientNorm',
        title: 'Gradient norm',
        numeric: true,
        sort: ({ layer }) => sortOf(layer.gradientNorm),
        cell: ({ layer }) => (isComputed(layer.gradientNorm) ? number(layer.gradientNorm.value) : '–'),
        fields: ({ layer }) => quantityFields(layer.gradientNorm),
        fieldTitles: quantityTitles('gradientNorm'),
      },
    ],
  });

function signalCell(quantity: Quantity, largest: number): HTMLElement {
  const text = quantityCell(quantity);
  if (!isComputed(quantity) || largest === 0) return text;
  const { low, high } = quantity.interval;
  return barCell(text, quantity.value / largest, {
    low: Math.max(0, low ?? 0) / largest,
    high: high === null ? 1 : high / largest,
  });
}
