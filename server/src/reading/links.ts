/** Strings of a source that name checkpoint or data files. */
import { visit } from '../frontend/torch/syntaxSearch';
import type { ModuleSyntax } from '../python/syntax';
import type { FileReading } from '../protocol/reading';

const checkpointEnding = /\.(pt|pth|ckpt|bin|safetensors)$/i;
const dataEnding = /\.(npz|npy|csv)$/i;
/** Statements without such a text need no walk. */
const anyEnding = /\.(pt|pth|ckpt|bin|safetensors|npz|npy|csv)['"]/i;

/** `locate`: the existing file that a path in this source means, undefined if there is none. */
export function linksIn(syntax: ModuleSyntax, locate: (path: string) => string | undefined): FileReading['links'] {
  const links: FileReading['links'][number][] = [];
  const { source } = syntax;
  for (const statement of syntax.body) {
    if (!anyEnding.test(source.text.slice(statement.start, statement.end))) continue;
    visit(statement, (tree) => {
      if (tree.kind !== 'Constant' || typeof tree.value !== 'string') return;
      const kind = checkpointEnding.test(tree.value) ? 'checkpoint' : dataEnding.test(tree.value) ? 'data' : undefined;
      const target = kind === undefined ? undefined : locate(tree.value);
      if (kind !== undefined && target !== undefined) links.push({ place: source.span(tree), target, kind });
    });
  }
  return links;
}
