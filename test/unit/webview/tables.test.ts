import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvOf } from '../../../webview/src/shared/csv';
import { sortRows } from '../../../webview/src/shared/sortRows';

/** A reader of RFC 4180, written against its grammar. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let field = '';
    if (text[at] === '"') {
      for (at++; !(text[at] === '"' && text[at + 1] !== '"'); at++) {
        if (text[at] === '"') at++;
        field += text.charAt(at);
      }
      at++;
    } else while (at < text.length && text[at] !== ',' && text[at] !== '\r') field += text.charAt(at++);
    row.push(field);
    if (text[at] === ',') at++;
    else {
      at += 2;
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

describe('CSV', () => {
  test('what is written can be read back', () => {
    const field = fc.oneof(fc.string(), fc.constantFrom('a,b', 'say "x"', 'two\r\nlines', ''));
    fc.assert(
      fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }), (rows) => {
        expect(readCsv(csvOf(rows))).toEqual(rows);
      }),
    );
  });

  test('numbers keep all their digits, nothing is an empty field', () => {
    expect(csvOf([[0.1 + 0.2, null, -1e-300]])).toBe('0.30000000000000004,,-1e-300\r\n');
  });
});

describe('sorting', () => {
  const rows = fc.array(fc.option(fc.integer({ min: -3, max: 3 })), { maxLength: 20 });

  test('orders numbers, keeps every row, and puts what is missing last in both directions', () => {
    fc.assert(
      fc.property(rows, fc.boolean(), (all, descending) => {
        const sorted = sortRows(all, (row) => row, descending);
        expect(sorted).toHaveLength(all.length);
        const numbers = sorted.filter((row) => row !== null);
        expect(sorted.slice(numbers.length).every((row) => row === null)).toBe(true);
        const expected = all.filter((row) => row !== null).sort((a, b) => (descending ? b - a : a - b));
        expect(numbers).toEqual(expected);
      }),
    );
  });

  test('rows with equal values keep their order', () => {
    fc.assert(
      fc.property(rows, fc.boolean(), (all, descending) => {
        const numbered = all.map((value, index) => ({ value, index }));
        const sorted = sortRows(numbered, ({ value }) => value, descending);
        sorted.slice(1).forEach((row, i) => {
          const before = sorted[i];
          if (before?.value === row.value) expect(before.index).toBeLessThan(row.index);
        });
      }),
    );
  });

  test('names with numbers sort as people count', () => {
    const layers = ['layers.10.conv', 'layers.9.conv', 'layers.1.conv'];
    expect(sortRows(layers, (name) => name, false)).toEqual(['layers.1.conv', 'layers.9.conv', 'layers.10.conv']);
  });
});
