/** The head of the panel: what was analysed, and its most telling numbers. */
import { isComputed } from '../../../server/src/curvature/quantity';
import type { Quantity } from '../../../server/src/curvature/quantity';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import type { StoredResult } from '../../../server/src/protocol/editor';
import type { AnalysisTab } from '../../../server/src/protocol/panels';
import { element } from '../shared/element';
import type { PanelActions } from './view';
import { count, fileName, interval, moment, number, percent } from './wording';

interface Tile {
  readonly name: string;
  readonly quantity: Quantity;
  readonly tab: AnalysisTab;
  readonly written?: (value: number) => string;
  readonly tone?: 'warning' | 'error' | 'fine';
}

export function subtitle({ result, createdAt }: StoredResult): string {
  const { checkpoint, data, samples, mode, precision } = result.provenance;
  return [
    checkpoint === null ? 'initial parameters' : fileName(checkpoint),
    data === 'synthetic' ? 'synthetic data' : fileName(data.split(':')[0] ?? data),
    `${count(samples)} samples`,
    `${count(result.spectrum.dimension)} parameters`,
    `${mode} mode`,
    precision,
    result.complete ? moment(createdAt) : 'still computing',
  ].join(' · ');
}

/** Each tile leads to its tab. */
export function tiles(result: AnalysisResult, actions: PanelActions): HTMLElement[] {
  const { spectrum, stability, gradient, findings } = result;
  const shown: Tile[] = [
    { name: 'λmax', quantity: result.quantities['A1.lambdaMax'] ?? notThere, tab: 'spectrum' },
    { name: 'Trace', quantity: spectrum.trace, tab: 'layers' },
    { name: 'Negative mass', quantity: spectrum.bulk.negativeMass, tab: 'spectrum', written: percent },
    marginTile(stability.margin),
    { name: 'Critical batch', quantity: gradient.criticalBatch, tab: 'noise' },
  ];
  const worst = findings.some(({ severity }) => severity === 'error')
    ? 'error'
    : findings.some(({ severity }) => severity === 'warning')
      ? 'warning'
      : undefined;
  return [
    ...shown.map((tile) => tileElement(tile, actions)),
    frame('Findings', String(findings.length), findings[0]?.code ?? 'none', worst, 'quantities', actions),
  ];
}

const notThere: Quantity = { id: 'A1.lambdaMax', notComputed: 'not asked for' };

function marginTile(margin: Quantity): Tile {
  const tile = { name: 'Stability margin', quantity: margin, tab: 'stability' as const };
  if (!isComputed(margin)) return tile;
  const { low, high } = margin.interval;
  return { ...tile, tone: low !== null && low > 1 ? 'error' : high !== null && high < 1 ? 'fine' : 'warning' };
}

function tileElement({ name, quantity, tab, written = number, tone }: Tile, actions: PanelActions): HTMLElement {
  if (!isComputed(quantity)) return frame(name, '–', quantity.notComputed, undefined, tab, actions);
  const { value, interval: bounds } = quantity;
  const range =
    written === number
      ? interval(bounds)
      : `[${bounds.low === null ? '−∞' : written(bounds.low)}, ${bounds.high === null ? '∞' : written(bounds.high)}]${bounds.sampling === null ? '*' : ''}`;
  return frame(name, written(value), range, tone, tab, actions);
}

function frame(
  name: string,
  value: string,
  detail: string,
  tone: Tile['tone'],
  tab: AnalysisTab,
  actions: PanelActions,
): HTMLElement {
  const made = element(
    'button',
    { class: `tile ${tone ?? ''}`, type: 'button', title: `${name}: ${value} ${detail}` },
    element('span', { class: 'tile-name' }, name),
    element('span', { class: 'tile-value' }, value),
    element('span', { class: 'tile-detail' }, detail),
  );
  made.addEventListener('click', () => {
    actions.select(tab);
  });
  return made;
}
