/** Tab "Stability": the code's learning rate and batch size against what the curvature allows. */
import { isComputed } from '../../../server/src/curvature/quantity';
import type { Quantity } from '../../../server/src/curvature/quantity';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import { DataTable } from '../shared/dataTable';
import { element } from '../shared/element';
import { section } from '../shared/toolkit';
import { exportBar } from './exportBar';
import { equivalentLearningRate, verdictFor } from './optimizerLimit';
import type { Bounds, StabilityVerdict } from './optimizerLimit';
import { StabilityChart } from './stabilityChart';
import type { PanelActions, Shown, View } from './view';
import { interval, number, quantityCell, quantityFields, quantityTitles, sortOf, valueCell } from './wording';

interface LimitRow {
  readonly name: string;
  readonly limit: Quantity;
  readonly learningRate: number | null;
}

interface BatchRow {
  readonly batch: number;
  readonly rate: Bounds;
  readonly margin: { readonly value: number; readonly low: number; readonly high: number | null } | null;
  readonly verdict: StabilityVerdict | null;
  readonly own: boolean;
}

export function createStabilityView(actions: PanelActions): View {
  let shown: Shown | undefined;
  const chart = new StabilityChart();
  const headline = element('p', { class: 'headline' });
  const missing = element('ul', { class: 'notes' });
  const limits = limitTable();
  const batches = batchTable();
  const model = element('div', { class: 'prose' });
  const bar = exportBar(
    'stability',
    {
      name: () => `${shown?.stored.model ?? 'model'}-stability`,
      chart: () => (chart.svg.childElementCount === 0 ? undefined : chart.svg),
      csv: () => `${limits.csv()}\r\n${batches.csv()}`,
      json: () =>
        shown && {
          stability: shown.stored.result.stability,
          otherBatchSizes: batchRows(shown.stored.result),
        },
    },
    actions,
  );
  return {
    element: element(
      'div',
      { class: 'view' },
      element('div', { class: 'view-bar' }, headline, bar),
      chart.element,
      missing,
      element(
        'div',
        { class: 'columns' },
        section('Largest stable learning rates', limits.element),
        section('Other batch sizes', batches.element),
      ),
      section('What this models, and what not', model),
    ),
    update: (next) => {
      shown = next;
      const { result } = next.stored;
      const { stability, gradient } = result;
      headline.textContent = headlineOf(result);
      chart.update({ stability, noiseScale: gradient.criticalBatch, summary: headlineOf(result) });
      missing.replaceChildren(...missingFrom(result).map((text) => element('li', {}, text)));
      limits.update(limitRows(result));
      batches.update(batchRows(result));
      model.replaceChildren(...explanation(result));
    },
  };
}

function headlineOf({ stability }: AnalysisResult): string {
  const { optimizer, margin } = stability;
  const subject = optimizer ?? 'No optimizer was found in the training code';
  if (!isComputed(margin)) return `${subject}: no margin, ${margin.notComputed}.`;
  const { low, high } = margin.interval;
  const verdict =
    low !== null && low > 1
      ? 'above the limit'
      : high !== null && high < 1
        ? 'below the limit'
        : 'not told apart from the limit';
  return `${subject}: ${number(margin.value)} times the stable limit ${interval(margin.interval)}, ${verdict}.`;
}

function missingFrom({ stability, gradient }: AnalysisResult): string[] {
  return [
    ...(isComputed(stability.limit) ? [] : [`No limit of the code’s own optimizer: ${stability.limit.notComputed}.`]),
    ...(stability.learningRate === null ? ['The learning rate was not found in the training code.'] : []),
    ...(stability.batchSize === null
      ? [
          'The batch size was not found in the training code: the code is a line instead of a point, and other batch sizes are not compared.',
        ]
      : []),
    ...(isComputed(gradient.criticalBatch)
      ? []
      : [`No effect of the batch size: the noise scale is not computed (${gradient.criticalBatch.notComputed}).`]),
  ];
}

const limitRows = ({ stability: { limit, limits, learningRate } }: AnalysisResult): LimitRow[] => [
  { name: 'The code’s optimizer', limit, learningRate },
  { name: 'Gradient descent', limit: limits.gradientDescent, learningRate },
  { name: 'Heavy ball', limit: limits.heavyBall, learningRate },
  { name: 'Nesterov', limit: limits.nesterov, learningRate },
];

const limitTable = (): DataTable<LimitRow> =>
  new DataTable<LimitRow>({
    label: 'Largest stable learning rates',
    empty: 'No limit is computed.',
    key: ({ name }) => name,
    columns: [
      { id: 'method', title: 'Method', sort: ({ name }) => name, cell: ({ name }) => name },
      {
        id: 'limit',
        title: 'Limit, 95 % interval',
        sort: ({ limit }) => sortOf(limit),
        cell: ({ limit }) => quantityCell(limit),
        fields: ({ limit }) => quantityFields(limit),
        fieldTitles: quantityTitles('limit'),
      },
      {
        id: 'ratio',
        title: 'The code’s rate over it',
        numeric: true,
        sort: ({ limit, learningRate }) =>
          isComputed(limit) && learningRate !== null ? learningRate / limit.value : null,
        cell: ({ limit, learningRate }) =>
          isComputed(limit) && learningRate !== null ? number(learningRate / limit.value) : '–',
      },
      {
        id: 'formula',
        title: 'Formula',
        cell: ({ limit }) => (isComputed(limit) ? limit.method : ''),
        fields: ({ limit }) => [isComputed(limit) ? limit.method : null],
      },
    ],
  });

function batchRows({ stability, gradient }: AnalysisResult): BatchRow[] {
  const { batchSize, learningRate, limit } = stability;
  if (batchSize === null || learningRate === null) return [];
  const around = Array.from({ length: 9 }, (_, k) => batchSize * 2 ** (k - 4)).filter(
    (batch) => batch >= 1 && Number.isInteger(batch),
  );
  return around.flatMap((batch) => {
    const rate = equivalentLearningRate(learningRate, batchSize, batch, gradient.criticalBatch);
    if (rate === null) return [];
    const bounds = isComputed(limit) ? limit.interval : undefined;
    const margin = isComputed(limit)
      ? {
          value: rate.value / limit.value,
          low: limit.interval.high === null ? 0 : rate.low / limit.interval.high,
          high: limit.interval.low === null || limit.interval.low <= 0 ? null : rate.high / limit.interval.low,
        }
      : null;
    return [
      {
        batch,
        rate,
        margin,
        verdict: bounds === undefined ? null : verdictFor(rate.low, rate.high, bounds),
        own: batch === batchSize,
      },
    ];
  });
}

const batchTable = (): DataTable<BatchRow> =>
  new DataTable<BatchRow>({
    label: 'Learning rates of the same quality at other batch sizes',
    empty: 'Needs the batch size, the learning rate and the noise scale.',
    key: ({ batch }) => String(batch),
    columns: [
      {
        id: 'batch',
        title: 'Batch size',
        sort: ({ batch }) => batch,
        cell: ({ batch, own }) =>
          element('span', {}, String(batch), own ? element('span', { class: 'tag' }, 'the code') : null),
      },
      {
        id: 'learningRate',
        title: 'Equivalent learning rate',
        description: 'Keeps the ratio to the best one-step learning rate; 95 % interval from the noise scale',
        sort: ({ rate }) => rate.value,
        cell: ({ rate, own }) => (own ? number(rate.value, 4) : valueCell(rate.value, rate)),
        fields: ({ rate }) => [rate.value, rate.low, rate.high],
        fieldTitles: quantityTitles('learningRate'),
      },
      {
        id: 'margin',
        title: 'Margin',
        description: 'Over the limit of the code’s optimizer; both intervals at their worst',
        sort: ({ margin }) => margin?.value ?? null,
        cell: ({ margin }) => (margin === null ? '–' : valueCell(margin.value, margin)),
        fields: ({ margin }) => (margin === null ? [null, null, null] : [margin.value, margin.low, margin.high]),
        fieldTitles: quantityTitles('margin'),
      },
      { id: 'verdict', title: 'Verdict', sort: ({ verdict }) => verdict, cell: ({ verdict }) => verdict ?? '–' },
    ],
  });

function explanation({ stability, gradient }: AnalysisResult): HTMLElement[] {
  const paragraph = (...text: string[]): HTMLElement => element('p', {}, ...text);
  const source = isComputed(stability.limits.gradientDescent) ? stability.limits.gradientDescent.source : undefined;
  return [
    paragraph(
      'Limits: the loss is taken as quadratic along a step with the full gradient. With h = λmax + weight decay and momentum β they are 2/h (gradient descent), 2(1 + β)/h (heavy ball) and 2(1 + β)/((1 + 2β)h) (Nesterov). They do not depend on the batch size.',
      ...(source === undefined ? [] : [` Source: ${source}.`]),
    ),
    paragraph(
      'Batch size: the curve through the code’s point keeps η·(1 + B_noise/B), which is the ratio to the best learning rate of one step, with B_noise the ',
      isComputed(gradient.curvatureNoiseScale)
        ? 'curvature-weighted noise scale tr(HC)/(gᵀHg)'
        : 'noise scale tr(C)/‖g‖²',
      ' at this checkpoint. Source: McCandlish, Kaplan, Amodei and the OpenAI Dota team 2018, An Empirical Model of Large-Batch Training, eq. 2.7; derived for steps along the gradient, without momentum.',
    ),
    paragraph(
      'Not modelled: that mini-batch noise lowers the stable limit itself, how the curvature changes during training, schedules and warm-up, gradient clipping, and preconditioning (Adam and its kin).',
    ),
  ];
}
