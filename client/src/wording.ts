/** Numbers, times and sizes as short text. */

export const countText = (count: number): string => count.toLocaleString('en');

/** Three significant digits: `32.5`, `0.117`, `4.1e-7`. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(2).replace(/\.?0*e\+?/, 'e');
  return String(Number(value.toPrecision(3)));
}

/** `8 s`, `3 min`, `1 h 20 min`; rounded up, so that it is never 0. */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.ceil(seconds))} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** `512 B`, `3.4 MiB`. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 2 ** (10 * step)).toPrecision(3))} ${units[step] ?? ''}`;
}
