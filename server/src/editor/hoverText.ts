/** What hovers are made of. */
import type { StoredResult } from '../protocol/editor';
import type { Place } from '../protocol/reading';

export interface Part {
  readonly text: string;
  readonly place: Place | undefined;
}

/** What is to be known of the result besides its numbers. */
export const standingText = ({ stale, result }: StoredResult): string =>
  [
    ...(result.complete ? [] : ['_The analysis goes on: more follows._']),
    ...(stale.length === 0 ? [] : [`_Computed for an earlier version (${stale.join(', ')})._`]),
  ]
    .map((line) => `\n\n${line}`)
    .join('');

const cell = (text: string): string => text.replaceAll('|', '\\|');
/** A table of Markdown. */
export const table = (head: readonly [string, string], rows: readonly (readonly [string, string])[]): string =>
  [
    `| ${cell(head[0])} | ${cell(head[1])} |`,
    '|---|---|',
    ...rows.map(([name, value]) => `| ${cell(name)} | ${cell(value)} |`),
  ].join('\n');
