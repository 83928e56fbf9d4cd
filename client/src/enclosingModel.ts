import type { ModelReading } from '../../server/src/protocol/reading';

const indentationOf = (text: string): number => text.length - text.trimStart().length;

/** Ends of headers and of brackets may stand as far left as the definition itself. */
const isClosing = (text: string): boolean => /^\s*[)\]}]/.test(text);

/** The model whose definition holds a line (from 1). `lines` is the text of the file, an entry a line. */
export function enclosingModel<Model extends Pick<ModelReading, 'place'>>(
  models: readonly Model[],
  lines: readonly string[],
  line: number,
): Model | undefined {
  const [nearest] = models.filter(({ place }) => place.line <= line).sort((a, b) => b.place.line - a.place.line);
  if (nearest === undefined) return undefined;
  const indentation = indentationOf(lines[nearest.place.line - 1] ?? '');
  const body = lines.slice(nearest.place.line, line);
  const isInside = (text: string): boolean =>
    text.trim() === '' || indentationOf(text) > indentation || isClosing(text);
  return body.every(isInside) ? nearest : undefined;
}
