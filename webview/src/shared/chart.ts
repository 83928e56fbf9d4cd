/** What simple charts have in common: a frame that is redrawn when its size changes, axes, and a read-out for pointer and keys. */
import { axisBottom, axisLeft, type AxisDomain, type AxisScale } from 'd3-axis';
import { select } from 'd3-selection';
import { element, svgElement } from './element';

export const MARGIN = { top: 10, right: 14, bottom: 38, left: 60 };
const HEIGHT = { least: 180, most: 300, share: 0.45 };

export interface Area {
  readonly width: number;
  readonly height: number;
}

/** One thing that can be read out: where it is, and what is said. */
export interface Mark {
  readonly x: number;
  /** Where several stand above each other. */
  readonly y?: number;
  readonly text: string;
}

export interface Drawing {
  readonly children: readonly SVGElement[];
  /** From left to right. */
  readonly marks: readonly Mark[];
}

export class Chart {
  readonly element: HTMLElement;
  readonly svg: SVGSVGElement;
  private readonly readout = element('p', { class: 'readout', role: 'status' });
  private readonly summary = element('p', { class: 'visually-hidden' });
  private drawing: ((area: Area) => Drawing) | undefined;
  private height: number | undefined;
  private marks: readonly Mark[] = [];
  private at: number | undefined;

  constructor(label: string) {
    this.summary.id = `summary-${label.replace(/\W+/g, '-')}`;
    this.svg = svgElement('svg', {
      class: 'chart',
      role: 'application',
      'aria-roledescription': 'chart',
      'aria-label': `${label}. Left and right arrow keys read it out.`,
      'aria-describedby': this.summary.id,
      tabindex: 0,
    });
    this.element = element(
      'figure',
      { class: 'figure' },
      element('div', { class: 'chart-frame' }, this.svg),
      this.readout,
      this.summary,
    );
    this.svg.addEventListener('pointermove', ({ offsetX, offsetY }) => this.readNear(offsetX, offsetY));
    this.svg.addEventListener('pointerleave', () => this.read(undefined));
    this.svg.addEventListener('blur', () => this.read(undefined));
    this.svg.addEventListener('keydown', (event) => this.keyPressed(event));
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** `summary`: what the picture says, for those who do not see it. `height` in pixels, where it does not follow the width. */
  update(summary: string, drawing: (area: Area) => Drawing, height?: number): void {
    this.summary.textContent = summary;
    this.drawing = drawing;
    this.height = height;
    this.at = undefined;
    this.draw();
  }

  private draw(): void {
    const width = this.element.clientWidth;
    if (this.drawing === undefined || width === 0) return;
    const height = this.height ?? Math.round(Math.max(HEIGHT.least, Math.min(HEIGHT.most, HEIGHT.share * width)));
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.svg.setAttribute('height', String(height));
    const { children, marks } = this.drawing({ width, height });
    this.marks = marks;
    this.svg.replaceChildren(...children);
    this.read(this.at);
  }

  private readNear(x: number, y: number): void {
    const distance = (mark: Mark): number => Math.hypot(mark.x - x, mark.y === undefined ? 0 : mark.y - y);
    let nearest = 0;
    let least = Infinity;
    this.marks.forEach((mark, i) => {
      const own = distance(mark);
      if (own < least) [nearest, least] = [i, own];
    });
    this.read(nearest);
  }

  private keyPressed(event: KeyboardEvent): void {
    const last = this.marks.length - 1;
    const targets: Readonly<Record<string, number>> = {
      ArrowLeft: (this.at ?? last + 1) - 1,
      ArrowRight: (this.at ?? -1) + 1,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.read(Math.max(0, Math.min(last, target)));
  }

  private read(at: number | undefined): void {
    this.at = at;
    this.svg.querySelector('.cursor')?.remove();
    const mark = at === undefined ? undefined : this.marks[at];
    this.readout.textContent = mark?.text ?? '';
    if (mark === undefined) return;
    this.svg.append(this.cursor(mark));
  }

  /** A line through everything at that place, or a ring around one of several above each other. */
  private cursor({ x, y }: Mark): SVGElement {
    const shared = { class: 'cursor', 'data-screen-only': true };
    if (y !== undefined) return svgElement('circle', { ...shared, cx: x, cy: y, r: 6 });
    const bottom = this.svg.viewBox.baseVal.height - MARGIN.bottom;
    return svgElement('line', { ...shared, x1: x, x2: x, y1: MARGIN.top, y2: bottom });
  }
}

export interface Axes<X extends AxisDomain, Y extends AxisDomain> {
  readonly x: {
    readonly scale: AxisScale<X>;
    readonly title: string;
    readonly ticks: readonly X[];
    readonly text: (value: X) => string;
  };
  readonly y: {
    readonly scale: AxisScale<Y>;
    readonly title: string;
    readonly ticks: readonly Y[];
    readonly text: (value: Y) => string;
  };
}

export function axes<X extends AxisDomain, Y extends AxisDomain>(
  { x, y }: Axes<X, Y>,
  { width, height }: Area,
): SVGElement[] {
  const horizontal = svgElement('g', { class: 'axis', transform: `translate(0,${height - MARGIN.bottom})` });
  select(horizontal).call(axisBottom(x.scale).tickValues(x.ticks).tickFormat(x.text).tickSizeOuter(0));
  const vertical = svgElement('g', { class: 'axis grid', transform: `translate(${MARGIN.left},0)` });
  select(vertical).call(
    axisLeft(y.scale)
      .tickValues(y.ticks)
      .tickFormat(y.text)
      .tickSizeOuter(0)
      .tickSizeInner(-(width - MARGIN.left - MARGIN.right)),
  );
  const middle = (MARGIN.top + height - MARGIN.bottom) / 2;
  return [
    vertical,
    horizontal,
    svgElement(
      'text',
      { class: 'axis-title', x: (MARGIN.left + width - MARGIN.right) / 2, y: height - 5, 'text-anchor': 'middle' },
      x.title,
    ),
    svgElement(
      'text',
      { class: 'axis-title', transform: `translate(12,${middle}) rotate(-90)`, 'text-anchor': 'middle' },
      y.title,
    ),
  ];
}
