/** Tables as RFC 4180 has them. */
export type Field = string | number | null;

function written(field: Field): string {
  const text = field === null ? '' : String(field);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The first row is the header. Numbers have all their digits; null is an empty field. */
export const csvOf = (rows: readonly (readonly Field[])[]): string =>
  rows.map((row) => `${row.map(written).join(',')}\r\n`).join('');
