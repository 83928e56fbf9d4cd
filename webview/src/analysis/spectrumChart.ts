/**
 * The spectral density: logarithmic in height, signed-logarithmic (or linear) along the eigenvalues; known eigenvalues as stems with
 * their intervals, lines for what they are compared with. Wheel, drag and keys zoom; pointer and arrow keys read out.
 */
import { axisBottom, axisLeft } from 'd3-axis';
import { max, min } from 'd3-array';
import { scaleLinear, scaleLog } from 'd3-scale';
import type { ScaleLinear, ScaleLogarithmic } from 'd3-scale';
import { select } from 'd3-selection';
import { area, line } from 'd3-shape';
import { zoom, zoomIdentity } from 'd3-zoom';
import type { ZoomTransform } from 'd3-zoom';
import type { DensityNode, Eigenpair } from '../../../server/src/curvature/result';
import { formatNumber } from '../../../server/src/report/numbers';
import { element, svgElement } from '../shared/element';
import { button } from '../shared/toolkit';
import { densityCurve, shareAbove } from './density';
import type { DensityCurve } from './density';
import { linearScale, signedLogScale, thresholdFor } from './signedScale';
import type { SignedScale } from './signedScale';
import { interval, number, percent } from './wording';

export interface Series {
  readonly label: string;
  /** Absent: the density is not there, only eigenvalues. */
  readonly nodes: readonly DensityNode[] | undefined;
  readonly dimension: number;
  readonly eigenvalues: readonly Eigenpair[];
  /** Eigenvalues above it are outliers. */
  readonly bulkEdge: number | undefined;
}

export interface Mark {
  readonly kind: 'bulk-edge' | 'limit';
  readonly value: number;
  readonly label: string;
}

export interface Picture {
  /** One, or two that are compared. */
  readonly series: readonly Series[];
  readonly marks: readonly Mark[];
  /** What the picture says, for those who do not see it. */
  readonly summary: string;
}

const MARGIN = { top: 54, right: 16, bottom: 40, left: 58 };
const HEIGHT = { least: 260, most: 400, share: 0.42 };
const LARGEST_ZOOM = 400;
/** Pixels within which the pointer takes an eigenvalue. */
const REACH = 7;
const MOST_DECADES = 9;
/** Pixels that the label of a tick takes. */
const LABEL_ROOM = 38;

interface Geometry {
  /** Begins the ids of this chart's clip paths: there are several charts in the document. */
  readonly clip: string;
  readonly scale: SignedScale;
  readonly width: number;
  readonly height: number;
  /** Coordinate of the signed scale → pixel, zoomed. */
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLogarithmic<number, number>;
  readonly curves: readonly (DensityCurve | undefined)[];
  /** Height at which a single eigenvalue's stem ends. */
  readonly stemTop: readonly number[];
}

export class SpectrumChart {
  readonly element: HTMLElement;
  readonly svg: SVGSVGElement;
  private readonly clip: string;
  private readonly readout = element('p', { class: 'readout', role: 'status', 'aria-live': 'polite' });
  private readonly summary = element('p', { class: 'visually-hidden' });
  private picture: Picture | undefined;
  private kind: SignedScale['name'] = 'log';
  private transform: ZoomTransform = zoomIdentity;
  private geometry: Geometry | undefined;
  /** Pixel of the read-out line; undefined: none. */
  private cursor: number | undefined;
  private readonly zooming = zoom<SVGSVGElement, unknown>();

  constructor(label: string) {
    const id = `summary-${label.replace(/\W+/g, '-')}`;
    this.clip = `clip-${label.replace(/\W+/g, '-')}`;
    this.summary.id = id;
    this.svg = svgElement('svg', {
      class: 'chart',
      role: 'application',
      'aria-roledescription': 'chart',
      'aria-label': `${label}. Arrow keys read out, plus and minus zoom, 0 resets.`,
      'aria-describedby': id,
      tabindex: 0,
    });
    this.element = element(
      'figure',
      { class: 'figure' },
      element('div', { class: 'chart-frame' }, this.svg),
      this.readout,
      this.summary,
    );
    this.listen();
    new ResizeObserver(() => {
      this.draw();
    }).observe(this.svg);
  }

  update(picture: Picture, kind: SignedScale['name']): void {
    if (kind !== this.kind) this.reset();
    this.kind = kind;
    this.picture = picture;
    this.summary.textContent = picture.summary;
    this.draw();
  }

  reset(): void {
    this.zooming.transform(select(this.svg), zoomIdentity);
  }

  /** For the bar above the chart. */
  zoomButtons(): HTMLElement {
    const by = (factor: number) => () => {
      this.zoomBy(factor);
    };
    return element(
      'div',
      { class: 'zoom-buttons', role: 'group', 'aria-label': 'Zoom' },
      button('+', by(2), { description: 'Zoom in' }),
      button('−', by(0.5), { description: 'Zoom out' }),
      button(
        'Reset',
        () => {
          this.reset();
        },
        { description: 'Show the whole spectrum' },
      ),
    );
  }

  private zoomBy(factor: number): void {
    const at: [number, number] = [this.cursor ?? this.svg.clientWidth / 2, 0];
    this.zooming.scaleBy(select(this.svg), factor, at);
  }

  private listen(): void {
    this.zooming
      .scaleExtent([1, LARGEST_ZOOM])
      // Unzoomed, the wheel scrolls the page when there is nothing to zoom out of.
      .filter(
        (event: MouseEvent | WheelEvent) =>
          event.button === 0 && !(event instanceof WheelEvent && event.deltaY > 0 && this.transform.k <= 1),
      )
      .on('zoom', ({ transform }: { transform: ZoomTransform }) => {
        this.transform = transform;
        this.draw();
      });
    select(this.svg).call(this.zooming);
    this.svg.addEventListener('pointermove', (event) => {
      this.readAt(event.clientX - this.svg.getBoundingClientRect().left);
    });
    this.svg.addEventListener('pointerleave', () => {
      this.readAt(undefined);
    });
    this.svg.addEventListener('blur', () => {
      this.readAt(undefined);
    });
    this.svg.addEventListener('keydown', (event) => {
      this.keyPressed(event);
    });
  }

  private keyPressed(event: KeyboardEvent): void {
    const { geometry } = this;
    if (geometry === undefined) return;
    const step = event.shiftKey ? 40 : 4;
    const at = this.cursor ?? geometry.x(0);
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => {
        this.readAt(at - step);
      },
      ArrowRight: () => {
        this.readAt(at + step);
      },
      PageUp: () => {
        this.readAt(this.nextEigenvalue(at, 1));
      },
      PageDown: () => {
        this.readAt(this.nextEigenvalue(at, -1));
      },
      '+': () => {
        this.zoomBy(2);
      },
      '=': () => {
        this.zoomBy(2);
      },
      '-': () => {
        this.zoomBy(0.5);
      },
      '0': () => {
        this.reset();
      },
      Home: () => {
        this.reset();
      },
    };
    const action = actions[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  }

  private nextEigenvalue(at: number, direction: 1 | -1): number {
    const { geometry, picture } = this;
    if (geometry === undefined || picture === undefined) return at;
    const { x, scale } = geometry;
    const places = picture.series.flatMap(({ eigenvalues }) => eigenvalues.map(({ value }) => x(scale.forward(value))));
    const ahead = places.filter((place) => direction * (place - at) > 0.5);
    return (direction > 0 ? min(ahead) : max(ahead)) ?? at;
  }

  private draw(): void {
    const { picture, svg } = this;
    const width = Math.floor(svg.clientWidth);
    if (picture === undefined || width < 50) return;
    const height = Math.round(Math.min(HEIGHT.most, Math.max(HEIGHT.least, width * HEIGHT.share)));
    svg.setAttribute('height', String(height));
    const extent: [[number, number], [number, number]] = [
      [MARGIN.left, 0],
      [width - MARGIN.right, height],
    ];
    this.zooming.extent(extent).translateExtent(extent);
    const geometry = layOut(picture, this.kind, width, height, this.transform, this.clip);
    this.geometry = geometry;
    svg.replaceChildren(...paint(picture, geometry));
    this.readAt(this.cursor);
  }

  private readAt(pixel: number | undefined): void {
    const { geometry, picture, svg } = this;
    svg.querySelector('.cursor')?.remove();
    if (geometry === undefined || picture === undefined || pixel === undefined) {
      this.cursor = undefined;
      this.readout.textContent = this.hint();
      return;
    }
    const inside = Math.max(MARGIN.left, Math.min(geometry.width - MARGIN.right, pixel));
    this.cursor = inside;
    const found = nearestEigenvalue(picture, geometry, inside);
    const place = found?.place ?? inside;
    svg.append(
      svgElement('line', {
        class: 'cursor',
        'data-screen-only': true,
        x1: place,
        x2: place,
        y1: MARGIN.top,
        y2: geometry.height - MARGIN.bottom,
      }),
    );
    this.readout.textContent = found?.text ?? densityText(picture, geometry, inside);
  }

  private hint(): string {
    return 'Point at the chart, or focus it and use the arrow keys, to read values out; Page Up and Page Down go to known eigenvalues.';
  }
}

function layOut(
  { series, marks }: Picture,
  kind: SignedScale['name'],
  width: number,
  height: number,
  transform: ZoomTransform,
  clip: string,
): Geometry {
  const values = series.flatMap(({ nodes, eigenvalues }) => [
    ...(nodes ?? []).map(({ value }) => value),
    ...eigenvalues.map(({ value }) => value),
  ]);
  const scale = kind === 'log' ? signedLogScale(thresholdFor(values)) : linearScale;
  const places = [0, ...values, ...marks.map(({ value }) => value)].map((value) => scale.forward(value));
  const low = min(places) ?? -1;
  const high = max(places) ?? 1;
  const room = Math.max(0.05 * (high - low), 1e-12);
  const range: [number, number] = [low - room, high + room];
  const whole = scaleLinear(range, [MARGIN.left, width - MARGIN.right]);
  const curves = series.map(({ nodes, dimension }) =>
    nodes === undefined ? undefined : densityCurve(nodes, scale, range, dimension),
  );
  const singles = curves.flatMap((curve) => (curve === undefined ? [] : [curve.single]));
  const peak = max(curves.flatMap((curve) => curve?.density ?? [])) ?? 1;
  const floor = Math.max((min(singles) ?? peak / 10) / 3, peak * 10 ** -MOST_DECADES);
  const y = scaleLog([floor, peak * 2], [height - MARGIN.bottom, MARGIN.top]);
  return {
    clip,
    scale,
    width,
    height,
    x: transform.rescaleX(whole),
    y,
    curves,
    stemTop: curves.map((curve) =>
      curve === undefined ? (MARGIN.top + height) / 2 : y(Math.max(floor, curve.single)),
    ),
  };
}

function paint(picture: Picture, geometry: Geometry): SVGElement[] {
  const { width, height, x, clip } = geometry;
  const inner = { x: MARGIN.left, width: width - MARGIN.left - MARGIN.right };
  const zero = Math.max(inner.x, Math.min(inner.x + inner.width, x(0)));
  const rectangle = (id: string, from: number, to: number): SVGElement =>
    svgElement(
      'clipPath',
      { id },
      svgElement('rect', { x: from, y: 0, width: Math.max(0, to - from), height: height - MARGIN.bottom + 1 }),
    );
  const clips = svgElement(
    'defs',
    {},
    rectangle(`${clip}-whole`, inner.x, inner.x + inner.width),
    rectangle(`${clip}-negative`, inner.x, zero),
    rectangle(`${clip}-positive`, zero, inner.x + inner.width),
  );
  const drawn = svgElement('g', { 'clip-path': `url(#${clip}-whole)` });
  picture.series.forEach((series, i) => {
    drawn.append(...curveOf(geometry, i, picture.series.length), ...stemsOf(series, geometry, i));
  });
  drawn.append(svgElement('line', { class: 'zero', x1: x(0), x2: x(0), y1: MARGIN.top, y2: height - MARGIN.bottom }));
  return [clips, ...axes(geometry), drawn, ...marksOf(picture.marks, geometry), ...legend(picture, geometry)];
}

function curveOf({ clip, curves, x, y, height }: Geometry, i: number, of: number): SVGElement[] {
  const curve = curves[i];
  if (curve === undefined) return [];
  const [floor = 1] = y.domain();
  const indices = curve.density.flatMap((density, k) => (density > floor / 10 ? [k] : []));
  const at = (k: number): [number, number] => [
    x(curve.positions[k] ?? 0),
    y(Math.max(floor / 10, curve.density[k] ?? 0)),
  ];
  // Gaps of no density are gaps of the curve.
  const connected = (k: number, before: number | undefined): boolean => before === undefined || k === before + 1;
  const runs: number[][] = [];
  for (const k of indices) {
    const run = runs.at(-1);
    if (run !== undefined && connected(k, run.at(-1))) run.push(k);
    else runs.push([k]);
  }
  const base = height - MARGIN.bottom;
  const filled = runs
    .map(
      (run) =>
        area<number>(
          (k) => at(k)[0],
          base,
          (k) => at(k)[1],
        )(run) ?? '',
    )
    .join('');
  const outline = runs
    .map(
      (run) =>
        line<number>(
          (k) => at(k)[0],
          (k) => at(k)[1],
        )(run) ?? '',
    )
    .join('');
  const areas =
    of > 1
      ? []
      : [
          svgElement('path', { class: 'density-area positive', d: filled, 'clip-path': `url(#${clip}-positive)` }),
          svgElement('path', { class: 'density-area negative', d: filled, 'clip-path': `url(#${clip}-negative)` }),
        ];
  return [...areas, svgElement('path', { class: `density-line series-${i}`, d: outline })];
}

function stemsOf({ eigenvalues, bulkEdge }: Series, { scale, x, height, stemTop }: Geometry, i: number): SVGElement[] {
  const top = stemTop[i] ?? height / 2;
  return eigenvalues.map(({ value, interval: { low, high } }) => {
    const at = x(scale.forward(value));
    const outlier = bulkEdge !== undefined && value > bulkEdge;
    return svgElement(
      'g',
      { class: `stem series-${i}${outlier ? ' outlier' : ''}` },
      svgElement('line', { x1: at, x2: at, y1: height - MARGIN.bottom, y2: top }),
      low === null || high === null
        ? null
        : svgElement('line', {
            class: 'whisker',
            x1: x(scale.forward(low)),
            x2: x(scale.forward(high)),
            y1: top,
            y2: top,
          }),
      svgElement('circle', { cx: at, cy: top, r: outlier ? 3.5 : 2.5 }),
    );
  });
}

/** Labels stand in rows above the drawing, each at its line. */
function marksOf(marks: readonly Mark[], { scale, x, width, height }: Geometry): SVGElement[] {
  return marks.flatMap(({ kind, value, label }, row) => {
    const at = x(scale.forward(value));
    if (at < MARGIN.left || at > width - MARGIN.right) return [];
    const right = at < width / 2;
    const y = 14 + 17 * row;
    return [
      svgElement('line', { class: `mark ${kind}`, x1: at, x2: at, y1: y - 9, y2: height - MARGIN.bottom }),
      svgElement(
        'text',
        { class: `mark-label ${kind}`, x: at + (right ? 6 : -6), y, 'text-anchor': right ? 'start' : 'end' },
        label,
      ),
    ];
  });
}

function axes({ scale, x, y, width, height, curves }: Geometry): SVGElement[] {
  const horizontal = svgElement('g', { class: 'axis', transform: `translate(0,${height - MARGIN.bottom})` });
  const [low = 0, high = 1] = x.domain();
  const values = withRoom(scale.ticks(low, high, Math.max(2, Math.floor(width / 75))), (value) =>
    x(scale.forward(value)),
  );
  select(horizontal).call(
    axisBottom(x)
      .tickValues(values.map((value) => scale.forward(value)))
      .tickFormat((_, i) => formatNumber(values[i] ?? 0, 3))
      .tickSizeOuter(0),
  );
  const vertical = svgElement('g', { class: 'axis', transform: `translate(${MARGIN.left},0)` });
  const [floor = 1, peak = 1] = y.domain();
  const decades = Math.log10(peak / floor);
  const every = Math.max(1, Math.ceil(decades / 6));
  const first = Math.ceil(Math.log10(floor) / every) * every;
  const powers = Array.from({ length: Math.floor(decades / every) + 1 }, (_, k) => 10 ** (first + k * every)).filter(
    (power) => power >= floor && power <= peak,
  );
  select(vertical).call(
    axisLeft(y)
      .tickValues(powers)
      .tickFormat((value) => formatNumber(value.valueOf(), 2))
      .tickSizeOuter(0)
      .tickSizeInner(-(width - MARGIN.left - MARGIN.right)),
  );
  vertical.classList.add('grid');
  // Without a density there is no height to measure.
  const measured = curves.some((curve) => curve !== undefined);
  const middle = (MARGIN.top + height - MARGIN.bottom) / 2;
  return [
    ...(measured ? [vertical] : []),
    horizontal,
    svgElement(
      'text',
      { class: 'axis-title', x: (MARGIN.left + width - MARGIN.right) / 2, y: height - 5, 'text-anchor': 'middle' },
      scale.name === 'log' ? 'eigenvalue λ (signed logarithmic)' : 'eigenvalue λ',
    ),
    svgElement(
      'text',
      { class: 'axis-title', transform: `translate(12,${middle}) rotate(-90)`, 'text-anchor': 'middle' },
      measured ? `share per ${scale.unit}` : '',
    ),
  ];
}

/** Ticks whose labels do not run into each other; those near 0 give way to it. */
function withRoom(values: readonly number[], place: (value: number) => number): number[] {
  const kept: number[] = [];
  for (const value of [...values].sort((a, b) => (a === 0 ? -1 : b === 0 ? 1 : Math.abs(b) - Math.abs(a))))
    if (kept.every((other) => Math.abs(place(other) - place(value)) > LABEL_ROOM)) kept.push(value);
  return kept.sort((a, b) => a - b);
}

function legend({ series }: Picture, { width }: Geometry): SVGElement[] {
  if (series.length < 2) return [];
  return series.map(({ label }, i) =>
    svgElement(
      'g',
      { class: `legend series-${i}`, transform: `translate(${MARGIN.left + 8},${MARGIN.top + 10 + 17 * i})` },
      svgElement('line', { class: `density-line series-${i}`, x1: 0, x2: 20, y1: -4, y2: -4 }),
      svgElement('text', { x: 26 }, label.length * 7 > width ? `${label.slice(0, Math.floor(width / 8))}…` : label),
    ),
  );
}

function nearestEigenvalue(
  { series }: Picture,
  { scale, x }: Geometry,
  pixel: number,
): { place: number; text: string } | undefined {
  const all = series.flatMap(({ eigenvalues, label, bulkEdge }) =>
    eigenvalues.map((pair) => ({ pair, label, bulkEdge, place: x(scale.forward(pair.value)) })),
  );
  const [nearest] = all
    .filter(({ place }) => Math.abs(place - pixel) <= REACH)
    .sort((a, b) => Math.abs(a.place - pixel) - Math.abs(b.place - pixel));
  if (nearest === undefined) return undefined;
  const { pair, label, bulkEdge, place } = nearest;
  const kind = bulkEdge !== undefined && pair.value > bulkEdge ? 'outlier' : 'eigenvalue';
  const of = series.length > 1 ? ` of ${label}` : '';
  const converged = pair.converged ? '' : ', not converged';
  return {
    place,
    text: `λ = ${number(pair.value, 4)} ${interval(pair.interval)}: ${kind}${of}, residual ${number(pair.residual, 2)}${converged}`,
  };
}

function densityText({ series }: Picture, { scale, x, curves }: Geometry, pixel: number): string {
  const u = x.invert(pixel);
  const value = scale.inverse(u);
  const texts = series.map(({ nodes, label }, i) => {
    const curve = curves[i];
    if (nodes === undefined || curve === undefined) return 'density not there';
    const [first = 0, second = 1] = curve.positions;
    const density = curve.density[Math.round((u - first) / (second - first))] ?? 0;
    const name = series.length > 1 ? `${label}: ` : '';
    return `${name}${number(density)} per ${scale.unit}, ${percent(shareAbove(nodes, value))} of all eigenvalues above`;
  });
  return `λ = ${number(value)}: ${texts.join('; ')}`;
}
