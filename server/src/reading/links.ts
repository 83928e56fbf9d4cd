/** Strings of a source that name checkpoint or data files. */
import { walk } from '../frontend/torch/syntaxSearch';
import type { ModuleSyntax } from '../python/syntax';
import type { FileReading } from '../protocol/reading';

const checkpointEnding = /\.(pt|pth|ckpt|bin|safetensors)$/i;
const dataEnding = /\.(npz|npy|csv)$/i;

/** `locate`: the existing file that a path in this source means, undefined if there is none. */
export function linksIn(syntax: ModuleSyntax, locate: (path: string) => string | undefined): FileReading['links'] {
  const links: FileReading['links'][number][] = [];
  for (const tree of walk(syntax.body)) {
    if (tree.kind !== 'Constant' || typeof tree.value !== 'string') continue;
    const kind = checkpointEnding.test(tree.value) ? 'checkpoint' : dataEnding.test(tree.value) ? 'data' : undefined;
    const target = kind === undefined ? undefined : locate(tree.value);
    if (kind !== undefined && target !== undefined) links.push({ place: syntax.source.span(tree), target, kind });
  }
  return links;
}
