/** Learning rate against batch size, both logarithmic: where training is stable, the limits, and where the code stands. */
import { axisBottom, axisLeft } from 'd3-axis';
import { scaleLog } from 'd3-scale';
import type { ScaleLogarithmic } from 'd3-scale';
import { select } from 'd3-selection';
import { area, line } from 'd3-shape';
import { isComputed } from '../../../server/src/curvature/quantity';
import type { Quantity } from '../../../server/src/curvature/quantity';
import type { StabilityResult } from '../../../server/src/curvature/result';
import { formatNumber } from '../../../server/src/report/numbers';
import { element, svgElement } from '../shared/element';
import { equivalentLearningRate, verdictFor } from './optimizerLimit';
import { interval, number } from './wording';

export interface StabilityPicture {
  readonly stability: StabilityResult;
  readonly noiseScale: Quantity;
  readonly summary: string;
}

interface Axes {
  readonly x: ScaleLogarithmic<number, number>;
  readonly y: ScaleLogarithmic<number, number>;
  readonly width: number;
  readonly height: number;
}

const MARGIN = { top: 16, right: 16, bottom: 40, left: 62 };
const LEAST_BATCHES = 1024;
const CURVE_POINTS = 60;
/** Narrower, labels of curves would lie over each other. */
const LABELLED_WIDTH = 560;

export class StabilityChart {
  readonly element: HTMLElement;
  readonly svg: SVGSVGElement;
  private readonly readout = element('p', { class: 'readout', role: 'status', 'aria-live': 'polite' });
  private readonly summary = element('p', { class: 'visually-hidden', id: 'summary-stability' });
  private picture: StabilityPicture | undefined;
  private axes: Axes | undefined;
  /** Pixels of the read-out; undefined: none. */
  private at: { x: number; y: number } | undefined;

  constructor() {
    this.svg = svgElement('svg', {
      class: 'chart',
      role: 'application',
      'aria-roledescription': 'chart',
      'aria-label': 'Learning rate against batch size. Arrow keys read out.',
      'aria-describedby': 'summary-stability',
      tabindex: 0,
    });
    this.element = element(
      'figure',
      { class: 'figure' },
      element('div', { class: 'chart-frame' }, this.svg),
      this.readout,
      this.summary,
    );
    this.svg.addEventListener('pointermove', ({ clientX, clientY }) => {
      const { left, top } = this.svg.getBoundingClientRect();
      this.readAt({ x: clientX - left, y: clientY - top });
    });
    for (const leaving of ['pointerleave', 'blur'] as const)
      this.svg.addEventListener(leaving, () => {
        this.readAt(undefined);
      });
    this.svg.addEventListener('keydown', (event) => {
      this.keyPressed(event);
    });
    new ResizeObserver(() => {
      this.draw();
    }).observe(this.svg);
  }

  update(picture: StabilityPicture): void {
    this.picture = picture;
    this.summary.textContent = picture.summary;
    this.draw();
  }

  private keyPressed(event: KeyboardEvent): void {
    const { axes, picture } = this;
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const move = moves[event.key];
    if (move === undefined || axes === undefined || picture === undefined) return;
    event.preventDefault();
    const { batchSize, learningRate, limit } = picture.stability;
    const start = {
      x: axes.x(batchSize ?? 32),
      y: axes.y(learningRate ?? (isComputed(limit) ? limit.value : Math.sqrt(axes.y.invert(0)))),
    };
    const from = this.at ?? start;
    const step = event.shiftKey ? 40 : 5;
    this.readAt(this.at === undefined ? start : { x: from.x + move[0] * step, y: from.y + move[1] * step });
  }

  private draw(): void {
    const { picture, svg } = this;
    const width = Math.floor(svg.clientWidth);
    if (picture === undefined || width < 50) return;
    const height = Math.round(Math.min(420, Math.max(280, width * 0.45)));
    svg.setAttribute('height', String(height));
    const axes = axesFor(picture, width, height);
    this.axes = axes;
    if (axes === undefined) svg.replaceChildren();
    else svg.replaceChildren(...paint(picture, axes));
    this.readAt(this.at);
  }

  private readAt(at: { x: number; y: number } | undefined): void {
    const { axes, picture, svg } = this;
    svg.querySelector('.cursor')?.remove();
    this.at = at;
    if (axes === undefined || picture === undefined || at === undefined) {
      this.readout.textContent = 'Point at the chart, or focus it and use the arrow keys, to read the margin out.';
      return;
    }
    const x = Math.max(MARGIN.left, Math.min(axes.width - MARGIN.right, at.x));
    const y = Math.max(MARGIN.top, Math.min(axes.height - MARGIN.bottom, at.y));
    this.at = { x, y };
    svg.append(
      svgElement(
        'g',
        { class: 'cursor', 'data-screen-only': true },
        svgElement('line', { x1: x, x2: x, y1: MARGIN.top, y2: axes.height - MARGIN.bottom }),
        svgElement('line', { x1: MARGIN.left, x2: axes.width - MARGIN.right, y1: y, y2: y }),
      ),
    );
    this.readout.textContent = readOut(picture, axes.x.invert(x), axes.y.invert(y));
  }
}

function readOut({ stability: { limit } }: StabilityPicture, batch: number, rate: number): string {
  const place = `batch ${Math.max(1, Math.round(batch))}, learning rate ${number(rate)}`;
  if (!isComputed(limit)) return place;
  const { low, high } = limit.interval;
  const margin = { low: high === null ? 0 : rate / high, high: low === null || low <= 0 ? null : rate / low };
  return `${place}: margin ${number(rate / limit.value)} ${interval(margin)}, ${verdictFor(rate, rate, limit.interval)}`;
}

/** Undefined where there is no learning rate to show. */
function axesFor({ stability, noiseScale }: StabilityPicture, width: number, height: number): Axes | undefined {
  const { limits, limit, learningRate, batchSize } = stability;
  const rates = [limit, limits.gradientDescent, limits.heavyBall, limits.nesterov].flatMap((quantity) =>
    isComputed(quantity)
      ? [quantity.value, quantity.interval.low, quantity.interval.high].filter((rate) => rate !== null && rate > 0)
      : [],
  );
  const all = [...rates, ...(learningRate === null ? [] : [learningRate])].filter((rate) => rate !== null);
  if (all.length === 0) return undefined;
  const scale = isComputed(noiseScale) ? noiseScale.value : 1;
  const largest = Math.max(LEAST_BATCHES, 4 * (batchSize ?? 1), Math.min(1e7, 4 * scale));
  return {
    x: scaleLog([1, 2 ** Math.ceil(Math.log2(largest))], [MARGIN.left, width - MARGIN.right]).base(2),
    y: scaleLog([Math.min(...all) / 8, Math.max(...all) * 4], [height - MARGIN.bottom, MARGIN.top]),
    width,
    height,
  };
}

function paint(picture: StabilityPicture, axes: Axes): SVGElement[] {
  return [
    svgElement(
      'defs',
      {},
      svgElement(
        'clipPath',
        { id: 'clip-stability' },
        svgElement('rect', {
          x: MARGIN.left,
          y: MARGIN.top,
          width: Math.max(0, axes.width - MARGIN.left - MARGIN.right),
          height: axes.height - MARGIN.top - MARGIN.bottom,
        }),
      ),
    ),
    ...regions(picture.stability.limit, axes),
    ...axisMarks(axes),
    svgElement('g', { 'clip-path': 'url(#clip-stability)' }, ...equivalent(picture, axes)),
    ...limitLines(picture.stability, axes),
    ...ownPoint(picture.stability, axes),
  ];
}

/** Below the interval of the limit, within, and above it. */
function regions(limit: Quantity, { y, width, height }: Axes): SVGElement[] {
  if (!isComputed(limit)) return [];
  const [bottom, top] = [height - MARGIN.bottom, MARGIN.top];
  const at = (rate: number): number => Math.max(top, Math.min(bottom, y(rate)));
  const { low, high } = limit.interval;
  const lower = low === null || low <= 0 ? bottom : at(low);
  const upper = high === null ? top : at(high);
  const band = (kind: string, from: number, to: number, label: string): SVGElement[] =>
    to - from < 1
      ? []
      : [
          svgElement('rect', {
            class: `region ${kind}`,
            x: MARGIN.left,
            y: from,
            width: Math.max(0, width - MARGIN.left - MARGIN.right),
            height: to - from,
          }),
          to - from < 22
            ? svgElement('g')
            : svgElement(
                'text',
                { class: `region-label ${kind}`, x: MARGIN.left + 8, y: kind === 'stable' ? to - 8 : from + 16 },
                label,
              ),
        ];
  return [
    ...band('unstable', top, upper, 'unstable'),
    ...band('undecided', upper, lower, 'limit lies here'),
    ...band('stable', lower, bottom, 'stable'),
  ];
}

function limitLines({ limit, limits }: StabilityResult, { y, width, height }: Axes): SVGElement[] {
  const all = [
    { name: 'gradient descent', quantity: limits.gradientDescent },
    { name: 'heavy ball', quantity: limits.heavyBall },
    { name: 'Nesterov', quantity: limits.nesterov },
  ];
  const own = isComputed(limit) ? limit.value : undefined;
  const others = all.flatMap(({ name, quantity }) => {
    if (!isComputed(quantity)) return [];
    const same = own !== undefined && Math.abs(quantity.value / own - 1) < 1e-6;
    return [{ value: quantity.value, label: `${name} ${number(quantity.value)}${same ? ' (the code’s)' : ''}`, same }];
  });
  const shown =
    own === undefined || others.some(({ same }) => same)
      ? others
      : [...others, { value: own, label: `the code’s optimizer ${number(own)}`, same: true }];
  let above = Infinity;
  return [...shown]
    .sort((a, b) => a.value - b.value)
    .flatMap(({ value, label, same }) => {
      const at = y(value);
      if (at < MARGIN.top || at > height - MARGIN.bottom) return [];
      // Labels of near lines stand one over the other.
      const text = Math.min(at - 4, above - 14);
      above = text;
      return [
        svgElement('line', {
          class: `mark ${same ? 'limit' : 'other-limit'}`,
          x1: MARGIN.left,
          x2: width - MARGIN.right,
          y1: at,
          y2: at,
        }),
        svgElement(
          'text',
          {
            class: `mark-label ${same ? 'limit' : 'other-limit'}`,
            x: width - MARGIN.right - 6,
            y: text,
            'text-anchor': 'end',
          },
          label,
        ),
      ];
    });
}

/** The learning rate that keeps a step's quality at other batch sizes, with the band of the noise scale's interval. */
function equivalent({ stability, noiseScale }: StabilityPicture, { x, y, width }: Axes): SVGElement[] {
  const { batchSize, learningRate } = stability;
  if (batchSize === null || learningRate === null || !isComputed(noiseScale)) return [];
  const [first = 1, last = LEAST_BATCHES] = x.domain();
  const batches = Array.from({ length: CURVE_POINTS + 1 }, (_, i) => first * (last / first) ** (i / CURVE_POINTS));
  const points = batches.flatMap((batch) => {
    const bounds = equivalentLearningRate(learningRate, batchSize, batch, noiseScale);
    return bounds === null ? [] : [{ batch, ...bounds }];
  });
  type Point = (typeof points)[number];
  const across = ({ batch }: Point): number => x(batch);
  return [
    svgElement('path', {
      class: 'equivalent-band',
      d:
        area<Point>(
          across,
          ({ low }) => y(low),
          ({ high }) => y(high),
        )(points) ?? '',
    }),
    svgElement('path', { class: 'equivalent', d: line<Point>(across, ({ value }) => y(value))(points) ?? '' }),
    ...(width < LABELLED_WIDTH ? [] : [curveLabel(points.map((point) => [across(point), y(point.value)]))]),
  ];
}

/** At the right end, under the curve. */
function curveLabel(points: readonly (readonly [number, number])[]): SVGElement {
  const [x, y] = points.at(-1) ?? [0, 0];
  return svgElement(
    'text',
    { class: 'mark-label equivalent-label', x: x - 6, y: y + 15, 'text-anchor': 'end' },
    'same step quality at other batch sizes',
  );
}

function ownPoint({ batchSize, learningRate }: StabilityResult, { x, y, width }: Axes): SVGElement[] {
  if (learningRate === null) return [];
  const at = y(learningRate);
  if (batchSize === null)
    return [
      svgElement('line', { class: 'own', x1: MARGIN.left, x2: width - MARGIN.right, y1: at, y2: at }),
      svgElement(
        'text',
        { class: 'own-label', x: MARGIN.left + 8, y: at - 6 },
        `the code: learning rate ${number(learningRate)}`,
      ),
    ];
  const right = x(batchSize) < width / 2;
  return [
    svgElement('circle', { class: 'own', cx: x(batchSize), cy: at, r: 5 }),
    svgElement(
      'text',
      { class: 'own-label', x: x(batchSize) + (right ? 10 : -10), y: at - 8, 'text-anchor': right ? 'start' : 'end' },
      `the code: ${number(learningRate)}, batch ${batchSize}`,
    ),
  ];
}

function axisMarks({ x, y, width, height }: Axes): SVGElement[] {
  const horizontal = svgElement('g', { class: 'axis', transform: `translate(0,${height - MARGIN.bottom})` });
  const [, last = LEAST_BATCHES] = x.domain();
  const powers = Array.from({ length: Math.round(Math.log2(last)) + 1 }, (_, k) => 2 ** k);
  const every = Math.max(1, Math.ceil((powers.length * 52) / width));
  select(horizontal).call(
    axisBottom(x)
      .tickValues(powers.filter((_, k) => k % every === 0))
      .tickFormat((batch) => formatNumber(batch.valueOf(), 7))
      .tickSizeOuter(0),
  );
  const vertical = svgElement('g', { class: 'axis', transform: `translate(${MARGIN.left},0)` });
  select(vertical).call(
    axisLeft(y)
      .ticks(5)
      .tickFormat((rate) => (isRound(rate.valueOf()) ? formatNumber(rate.valueOf(), 2) : ''))
      .tickSizeOuter(0),
  );
  return [
    vertical,
    horizontal,
    svgElement(
      'text',
      { class: 'axis-title', x: (MARGIN.left + width - MARGIN.right) / 2, y: height - 5, 'text-anchor': 'middle' },
      'batch size',
    ),
    svgElement(
      'text',
      {
        class: 'axis-title',
        transform: `translate(12,${(MARGIN.top + height - MARGIN.bottom) / 2}) rotate(-90)`,
        'text-anchor': 'middle',
      },
      'learning rate',
    ),
  ];
}

/** 1, 2 or 5 times a power of ten: the ticks with room for a label. */
const isRound = (value: number): boolean => {
  const mantissa = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5].some((digit) => Math.abs(mantissa - digit) < 1e-6);
};
