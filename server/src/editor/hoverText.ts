/** What hovers are made of. */
import type { StoredResult } from '../protocol/editor';
import type { Place } from '../protocol/reading';

export interface Part {
  readonly text: string;
  readonly place: Place | undefined;
}

export const staleText = ({ stale }: StoredResult): string =>
  stale.length === 0 ? '' : `\n\n_Computed for an earlier version (${stale.join(', ')})._`;

const cell = (text: string): string => text.replaceAll('|', '\\|');
/** A table of Markdown. */
export const table = (head: readonly [string, string], rows: readonly (readonly [string, string])[]): string =>
  [
    `| ${cell(head[0])} | ${cell(head[1])} |`,
    '|---|---|',
    ...rows.map(([name, value]) => `| ${cell(name)} | ${cell(value)} |`),
  ].join('\n');
