/** A spectral density drawn with characters: linear eigenvalue axis, logarithmic density axis. */

export interface DensityNode {
  /** Eigenvalue. */
  readonly value: number;
  /** Share of all eigenvalues, summing to 1. */
  readonly weight: number;
}

const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ROWS = 7;
/** Kernel width as a share of the spectrum's range. */
const KERNEL = 0.012;

/** Density on `columns` equal steps from low to high: nodes smoothed with a Gaussian of `sigma`. */
export function smoothDensity(
  nodes: readonly DensityNode[],
  low: number,
  high: number,
  columns: number,
  sigma: number,
): number[] {
  return Array.from({ length: columns }, (_, column) => {
    const x = low + ((column + 0.5) * (high - low)) / columns;
    let density = 0;
    for (const { value, weight } of nodes) {
      const z = (x - value) / sigma;
      if (z * z < 80) density += (weight / (sigma * Math.sqrt(2 * Math.PI))) * Math.exp(-0.5 * z * z);
    }
    return density;
  });
}

/** Lines of the plot; empty when the spectrum is a single point or not finite. */
export function plotSpectrum(nodes: readonly DensityNode[], columns = 64): string[] {
  const finite = nodes.filter(({ value, weight }) => Number.isFinite(value) && weight > 0);
  const low = Math.min(...finite.map(({ value }) => value));
  const high = Math.max(...finite.map(({ value }) => value));
  const range = high - low;
  if (!(range > 0)) return [];
  const [from, to] = [low - 0.03 * range, high + 0.03 * range];
  const density = smoothDensity(finite, from, to, columns, KERNEL * range);
  const peak = Math.max(...density);
  // A node of the smallest weight is still one visible step.
  const smallest = Math.min(...finite.map(({ weight }) => weight));
  const floor = Math.max(peak * 1e-9, smallest / (KERNEL * range * Math.sqrt(2 * Math.PI)) / 3);
  const span = Math.log10(peak / floor);
  const heights = density.map((d) => (d <= floor ? 0 : (Math.log10(d / floor) / span) * ROWS * 8));
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const base = (ROWS - 1 - row) * 8;
    const cells = heights.map((h) => EIGHTHS[Math.max(0, Math.min(8, Math.round(h - base)))] ?? ' ');
    const exponent = Math.log10(floor) + (span * (ROWS - row)) / ROWS;
    return `${`1e${exponent.toFixed(0)}`.padStart(6)} │${cells.join('')}`;
  });
  return [...rows, axis(from, to, columns), labels(from, to, columns)];
}

const columnOf = (value: number, from: number, to: number, columns: number): number =>
  Math.min(columns - 1, Math.max(0, Math.floor(((value - from) / (to - from)) * columns)));

function axis(from: number, to: number, columns: number): string {
  const marks = Array.from({ length: columns }, () => '─');
  if (from < 0 && to > 0) marks[columnOf(0, from, to, columns)] = '┼';
  return `${' '.repeat(7)}└${marks.join('')}`;
}

function labels(from: number, to: number, columns: number): string {
  const line = Array.from({ length: columns + 8 }, () => ' ');
  const put = (label: string, end: number): void => {
    const start = Math.max(0, Math.min(line.length - label.length, end));
    for (let i = 0; i < label.length; i++) line[start + i] = label.charAt(i);
  };
  put(from.toPrecision(3), 8);
  put(to.toPrecision(3), columns + 8 - to.toPrecision(3).length);
  if (from < 0 && to > 0) {
    const zero = columnOf(0, from, to, columns) + 8;
    if (zero > 8 + from.toPrecision(3).length && zero < columns) put('0', zero);
  }
  return line.join('').trimEnd();
}
