/** A source text and the arithmetic from offsets to lines and columns. */
import type { SourceSpan } from '../graph/node';

/** Half-open range of UTF-16 offsets in a source text. */
export interface Located {
  readonly start: number;
  readonly end: number;
}

/** Files whose name starts like `<torch>/` belong to the bundled library: errors in them are shown at the user's call. */
export const isLibraryFile = (file: string): boolean => file.startsWith('<') && file.includes('>/');

export class SourceFile {
  private lineStarts: number[] | undefined;
  readonly isLibrary: boolean;

  constructor(
    readonly file: string,
    readonly text: string,
  ) {
    this.isLibrary = isLibraryFile(file);
  }

  /** Line and column of an offset, both from 1. */
  position(offset: number): { line: number; column: number } {
    const starts = (this.lineStarts ??= startsOfLines(this.text));
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  span({ start, end }: Located): SourceSpan {
    const [from, to] = [this.position(start), this.position(end)];
    return { file: this.file, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
  }
}

function startsOfLines(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
