/** Measured latencies of layers by bit width, from JSON or lines of a table. */
import type { Latencies } from '../curvature/analysis/options';
import { SettingsError } from './settings';

/** Largest file that is read, bytes: far beyond the layers of any model. */
export const LARGEST_TABLE = 2 ** 22;

/**
 * Milliseconds by layer or weight and by bits: `{"fc1": {"4": 0.31, "8": 0.52}}`, or lines `layer,bits,ms` separated by commas, semicolons or tabs, with a line of names or without. Throws `SettingsError` with
 * the place of what is wrong.
 */
export function parseLatencies(text: string, file: string): Latencies {
  const table = text.trimStart().startsWith('{') ? fromJson(text, file) : fromLines(text, file);
  if (table.size === 0)
    throw new SettingsError(`${file}: there are no latencies in it; a line is layer,bits,milliseconds`);
  return table;
}

class Table {
  readonly rows = new Map<string, Map<number, number>>();

  /** `where` is the place in messages. */
  add(layer: string, bitsText: string, milliseconds: unknown, where: string): void {
    const bits = Number(bitsText);
    if (layer === '') throw new SettingsError(`${where}: the layer has no name`);
    if (!Number.isSafeInteger(bits) || bits < 1 || bits > 64)
      throw new SettingsError(`${where}: bits must be a whole number from 1 to 64, not ${JSON.stringify(bitsText)}`);
    if (typeof milliseconds !== 'number' || !Number.isFinite(milliseconds) || milliseconds < 0)
      throw new SettingsError(
        `${where}: the latency of ${layer} at ${bits} bits must be a number of milliseconds, not ${JSON.stringify(milliseconds)}`,
      );
    const own = this.rows.get(layer) ?? new Map<number, number>();
    if (own.has(bits)) throw new SettingsError(`${where}: ${layer} has two latencies at ${bits} bits`);
    this.rows.set(layer, own.set(bits, milliseconds));
  }
}

function fromJson(text: string, file: string): Latencies {
  const table = new Table();
  for (const [layer, own] of entriesOf(parsed(text, file), file, 'an object of layers'))
    for (const [bits, value] of entriesOf(own, `${file}: ${layer}`, 'an object of latencies by bits'))
      table.add(layer, bits, value, `${file}: ${layer}`);
  return table.rows;
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SettingsError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function entriesOf(value: unknown, where: string, wanted: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SettingsError(`${where} must be ${wanted}, as in {"fc1": {"4": 0.31, "8": 0.52}}`);
  return Object.entries(value);
}

function fromLines(text: string, file: string): Latencies {
  const table = new Table();
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const separator = ['\t', ';', ','].find((mark) => (lines[0] ?? '').includes(mark)) ?? ',';
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const where = `${file}:${i + 1}`;
    const cells = line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    const [layer = '', bits = '', milliseconds = ''] = cells;
    if (cells.length !== 3)
      throw new SettingsError(`${where}: a line is layer,bits,milliseconds, but this has ${cells.length} columns`);
    // A line of names.
    if (table.rows.size === 0 && !/\d/.test(bits) && !/\d/.test(milliseconds)) continue;
    table.add(layer, bits, milliseconds === '' ? milliseconds : numberOr(milliseconds), where);
  }
  return table.rows;
}

/** The text itself where it is no number, for the message. */
const numberOr = (text: string): unknown => (Number.isNaN(Number(text)) ? text : Number(text));
