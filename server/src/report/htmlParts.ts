/** What the pages of a report are made of. Every text is escaped by whoever hands it in as HTML. */
import type { Quantity } from '../curvature/quantity';
import { isComputed } from '../curvature/quantity';
import { formatInterval, formatNumber } from './numbers';

export const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const cells = (tag: 'td' | 'th', texts: readonly string[], numeric: number): string =>
  texts.map((text, i) => `<${tag}${i >= numeric ? ' class="n"' : ''}>${text}</${tag}>`).join('');

/** Columns from `numeric` on are numbers. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[], numeric = 1): string =>
  `<table><thead><tr>${cells('th', head, numeric)}</tr></thead><tbody>${rows
    .map((row) => `<tr>${cells('td', row, numeric)}</tr>`)
    .join('')}</tbody></table>`;

const quantityCells = (quantity: Quantity): string[] =>
  isComputed(quantity)
    ? [formatNumber(quantity.value), formatInterval(quantity.interval), escape(quantity.method)]
    : ['–', '', `not computed: ${escape(quantity.notComputed)}`];

export const quantityTable = (entries: readonly (readonly [string, Quantity])[]): string =>
  table(
    ['', 'value', '95 % interval', 'how'],
    entries.map(([name, quantity]) => [name, ...quantityCells(quantity)]),
  );
