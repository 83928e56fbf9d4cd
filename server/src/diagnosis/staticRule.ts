import type { CheckpointFit, ModelReading, Place } from '../protocol/reading';
import type { DerivativeHazard } from '../frontend/torch/derivativeHazards';
import type { Finding, Location } from './finding';

/** A checkpoint that the code or the configuration names, seen against the file's main model. */
export interface NamedCheckpoint {
  readonly file: string;
  readonly fit: CheckpointFit;
  /** Pickle content that would run code if Python loaded it, and other damage. */
  readonly warnings: readonly { readonly code: string; readonly message: string; readonly where: string }[];
  /** Where it is named. */
  readonly place: Place;
  readonly model: ModelReading;
}

/** A pragma or an entry of pyproject.toml that cannot be understood. */
export interface BadSettings {
  readonly message: string;
  readonly place: Place;
}

/** What rules without numbers look at. */
export interface StaticFacts {
  readonly file: string;
  readonly models: readonly ModelReading[];
  readonly checkpoints: readonly NamedCheckpoint[];
  readonly badSettings: readonly BadSettings[];
  /** Calls in the file whose second derivative PyTorch does not have everywhere. */
  readonly hazards: readonly DerivativeHazard[];
}

/** A finding code that needs no analysis. One rule per file. */
export interface StaticRule {
  /** HL and three digits. */
  readonly code: string;
  readonly title: string;
  /** What it means, when it is wrong, what to do; becomes docs/findings/CODE.md. */
  readonly documentation: string;
  readonly check: (facts: StaticFacts) => readonly Finding[];
}

/** The first line of a place. */
export const locationOf = ({ file, line, column, endLine, endColumn }: Place): Location => ({
  file,
  line,
  column,
  endColumn: endLine === line ? Math.max(endColumn, column + 1) : column + 1,
});

/** A model whose reading stopped, at the expression if that is in the file, else at the model with a pointer. */
export function stoppedFinding(
  file: string,
  model: Pick<ModelReading, 'name' | 'place' | 'stopped'>,
  { code, severity, text }: { code: string; severity: Finding['severity']; text: string },
): Finding | undefined {
  const { stopped } = model;
  if (stopped === null) return undefined;
  const message = `${text}: ${stopped.reason}${stopped.hint === null ? '' : `. ${stopped.hint}`}`;
  const here = stopped.file === file;
  return {
    ...locationOf(here ? stopped : model.place),
    code,
    severity,
    message,
    related: here
      ? [{ ...locationOf(model.place), message: `the model that was read: ${model.name}` }]
      : [{ ...locationOf(stopped), message: 'reading stopped here' }],
  };
}
