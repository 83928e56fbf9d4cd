/** Which checkpoint and data a user chose for a model; kept beside the results. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Choice {
  readonly checkpoint?: string;
  readonly data?: string;
}

export class Choices {
  private known: Record<string, Choice> | undefined;

  constructor(private readonly file: string) {}

  of(path: string, model: string): Choice {
    return this.all()[`${path}#${model}`] ?? {};
  }

  /** null: back to the automatic choice; undefined: unchanged. */
  set(path: string, model: string, { checkpoint, data }: { checkpoint?: string | null; data?: string | null }): void {
    const before = this.of(path, model);
    const after = {
      checkpoint: checkpoint === undefined ? before.checkpoint : (checkpoint ?? undefined),
      data: data === undefined ? before.data : (data ?? undefined),
    };
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
