/** One line of a table as `tf.data.csv` takes it apart: cells keep their spaces, and doubled quotes stay doubled. */

/** `collapses`: several delimiters between two cells count as one. */
export function csvCells(line: string, delimiter: string, collapses: boolean): string[] {
  const cells: string[] = [];
  for (let at = 0; ;) {
    while (collapses && line[at] === delimiter) at++;
    const isQuoted = line[at] === '"';
    const end = isQuoted ? endOfQuoted(line, at + 1, delimiter) : line.indexOf(delimiter, at);
    cells.push(line.slice(isQuoted ? at + 1 : at, end < 0 ? undefined : end));
    const next = end < 0 ? -1 : isQuoted ? end + 1 : end;
    if (next < 0 || next >= line.length) return cells;
    at = next + 1;
  }
}

/** The quote before a delimiter or the end of the line; a part in quotes inside is skipped. Negative: none. */
function endOfQuoted(line: string, begin: number, delimiter: string): number {
  let end = line.indexOf('"', begin);
  while (end >= 0) {
    const next = line[end + 1];
    if (next === undefined || next === delimiter) return end;
    if (next !== '"') end = line.indexOf('"', end + 1);
    if (end < 0) return end;
    end = line.indexOf('"', end + (next === '"' ? 2 : 1));
  }
  return end;
}
