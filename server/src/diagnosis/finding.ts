/** What the Problems panel shows: one fact a user can act on. */

export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** Greater is worse. */
export const SEVERITY_RANK: Readonly<Record<Severity, number>> = { error: 3, warning: 2, information: 1, hint: 0 };

/** A place in a file; lines and columns count from 1, `endColumn` is exclusive. */
export interface Location {
  readonly file: string;
  /** Of a notebook, from 1; lines then count within the cell. */
  readonly cell?: number;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
}

/** A second place that belongs to a finding. */
export interface RelatedLocation extends Location {
  readonly message: string;
}

export interface Finding extends Location {
  /** Stable: HL and three digits. */
  readonly code: string;
  readonly severity: Severity;
  /** What was found with its numbers, and what to do. */
  readonly message: string;
  readonly related: readonly RelatedLocation[];
}
