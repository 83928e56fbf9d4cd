export interface Order {
  readonly column: string;
  readonly descending: boolean;
}

/** What a cell sorts by; null (nothing there) goes last in both directions. */
export type SortValue = number | string | null;

/** A sorted copy; rows with equal values keep their order. */
export function sortRows<Row>(rows: readonly Row[], value: (row: Row) => SortValue, descending: boolean): Row[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return (x === null ? 1 : 0) - (y === null ? 1 : 0);
    if (typeof x === 'number' && typeof y === 'number') return x === y ? 0 : sign * (x < y ? -1 : 1);
    return sign * String(x).localeCompare(String(y), undefined, { numeric: true });
  });
}
