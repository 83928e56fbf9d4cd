import type { DocumentLink } from 'vscode-languageserver/node';
import type { FileReading } from '../protocol/reading';
import { rangeIn, type View } from './documents';
import { uriOf } from './paths';

/** Strings that name checkpoint or data files lead to them. */
export const linksFor = (view: View, { links }: FileReading): DocumentLink[] =>
  links.flatMap(({ place, target, kind }) => {
    const range = rangeIn(view, place);
    if (range === undefined) return [];
    // Without the quotes.
    const start = { ...range.start, character: range.start.character + 1 };
    const end = { ...range.end, character: Math.max(start.character, range.end.character - 1) };
    const tooltip = kind === 'checkpoint' ? 'Open the checkpoint' : 'Open the data file';
    return [{ range: { start, end }, target: uriOf(target), tooltip }];
  });
