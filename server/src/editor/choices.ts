/** Which checkpoint, data and output a user chose for a model; kept beside the results. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Choice {
  readonly checkpoint?: string;
  readonly data?: string;
  /** Name of the output that the loss is of. */
  readonly output?: string;
}

/** null: back to the automatic choice; undefined: unchanged. */
export type ChangeOfChoice = { readonly [What in keyof Choice]?: string | null };

export class Choices {
  private known: Record<string, Choice> | undefined;

  constructor(private readonly file: string) {}

  of(path: string, model: string): Choice {
    return this.all()[`${path}#${model}`] ?? {};
  }

  set(path: string, model: string, change: ChangeOfChoice): void {
    const before = this.of(path, model);
    const changed = (what: keyof Choice): string | undefined =>
      change[what] === undefined ? before[what] : (change[what] ?? undefined);
    const after = { checkpoint: changed('checkpoint'), data: changed('data'), output: changed('output') };
    this.known = { ...this.all(), [`${path}#${model}`]: JSON.parse(JSON.stringify(after)) as Choice };
    try {
      mkdirSync(dirname(this.file), { recursive: true });
      writeFileSync(this.file, JSON.stringify(this.known, null, 1));
    } catch {
      // The choice lasts until the server ends.
    }
  }

  private all(): Record<string, Choice> {
    if (this.known !== undefined) return this.known;
    try {
      const parsed: unknown = JSON.parse(readFileSync(this.file, 'utf8'));
      this.known = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, Choice>) : {};
    } catch {
      this.known = {};
    }
    return this.known;
  }
}
