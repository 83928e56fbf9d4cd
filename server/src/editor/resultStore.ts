/**
 * Results of analyses on disk: a file for each, and an index with what lenses and diagnostics need. Files are written under
 * another name and moved, so that a crash leaves no half of one; what cannot be read is removed.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../cli/version';
import { isComputed } from '../curvature/quantity';
import type { AnalysisResult } from '../curvature/result';
import type { Finding } from '../diagnosis/finding';
import type { ResultSummary, Staleness, StoredResult } from '../protocol/editor';
import type { AnalyzeRequest, InputFile } from '../protocol/worker';

/** A result without its numbers. */
export interface KeptResult {
  readonly id: string;
  readonly uri: string;
  /** File of the model. */
  readonly path: string;
  readonly model: string;
  readonly createdAt: number;
  readonly inputs: readonly InputFile[];
  readonly findings: readonly Finding[];
  readonly lambdaMax: number | null;
  readonly margin: number | null;
  readonly checkpoint: string | null;
}

interface ResultFile {
  readonly version: string;
  readonly kept: KeptResult;
  readonly request: AnalyzeRequest;
  readonly result: AnalysisResult;
}

/** Results kept of one model; the oldest goes first. */
const KEPT_PER_MODEL = 12;
const KEPT_IN_ALL = 300;
/** Whole results held in memory. */
const HELD = 8;

export class ResultStore {
  private index: KeptResult[] | undefined;
  private readonly held = new Map<string, ResultFile>();

  /** `fingerprintNow`: what the content of a file is now. */
  constructor(
    private readonly folder: string,
    private readonly fingerprintNow: (file: InputFile) => string,
  ) {}

  /** All results, newest first. */
  all(): readonly KeptResult[] {
    return (this.index ??= this.load());
  }

  /** The result to show for a model: a fresh one if there is, else the newest. */
  best(path: string, model: string | undefined): KeptResult | undefined {
    const own = this.all().filter((kept) => kept.path === path && (model === undefined || kept.model === model));
    return own.find((kept) => this.staleness(kept).length === 0) ?? own[0];
  }

  /** Of every model the result to show, for those that used `file`. */
  about(file: string): KeptResult[] {
    const models = new Map<string, { path: string; model: string }>();
    for (const { path, model, inputs } of this.all())
      if (inputs.some((input) => input.path === file)) models.set(`${path}\n${model}`, { path, model });
    return [...models.values()].flatMap(({ path, model }) => this.best(path, model) ?? []);
  }

  staleness({ inputs }: KeptResult): Staleness[] {
    const reasons = {
      source: 'source changed',
      'training script': 'training script changed',
      checkpoint: 'checkpoint changed',
      data: 'data changed',
    } as const;
    const stale = new Set<Staleness>();
    for (const input of inputs) if (this.fingerprintNow(input) !== input.fingerprint) stale.add(reasons[input.role]);
    return [...stale];
  }

  /** Undefined when its file is gone or damaged. */
  read(id: string): StoredResult | undefined {
    const file = this.held.get(id) ?? this.readFile(id);
    if (file === undefined) {
      this.index = this.all().filter((kept) => kept.id !== id);
      return undefined;
    }
    this.hold(id, file);
    return this.stored(file);
  }

  /** Keeps a finished analysis. A disk that cannot be written leaves it in memory. */
  add(
    from: Pick<KeptResult, 'uri' | 'path' | 'model' | 'inputs'>,
    request: AnalyzeRequest,
    result: AnalysisResult,
    createdAt = Date.now(),
  ): StoredResult {
    const options = withoutTexts(request);
    const id = createHash('sha256')
      .update(JSON.stringify([version, from.path, from.model, from.inputs, options]))
      .digest('hex')
      .slice(0, 24);
    const kept = keptOf(id, from, result, createdAt);
    const file: ResultFile = { version, kept, request: options, result };
    this.hold(id, file);
    this.index = [kept, ...this.all().filter((other) => other.id !== id)];
    this.trim();
    this.write(`${id}.json`, file);
    return this.stored(file);
  }

  summaries(): ResultSummary[] {
    return this.all().map((kept) => {
      const { id, uri, model, createdAt, lambdaMax, margin, checkpoint } = kept;
      return { id, uri, model, createdAt, lambdaMax, margin, checkpoint, stale: this.staleness(kept) };
    });
  }

  /** Removes everything; returns how many results there were. */
  clear(): number {
    const count = this.all().length;
    for (const { id } of this.all()) this.remove(id);
    this.index = [];
    this.held.clear();
    return count;
  }

  private stored({ kept, request, result }: ResultFile): StoredResult {
    const { id, uri, model, createdAt } = kept;
    return { id, uri, model, createdAt, request, result, stale: this.staleness(kept) };
  }

  private hold(id: string, file: ResultFile): void {
    this.held.delete(id);
    this.held.set(id, file);
    for (const oldest of [...this.held.keys()].slice(0, Math.max(0, this.held.size - HELD))) this.held.delete(oldest);
  }

  private trim(): void {
    const perModel = new Map<string, number>();
    const over = this.all().filter(({ path, model }, i) => {
      const key = `${path}\n${model}`;
      const count = (perModel.get(key) ?? 0) + 1;
      perModel.set(key, count);
      return count > KEPT_PER_MODEL || i >= KEPT_IN_ALL;
    });
    for (const { id } of over) this.remove(id);
    this.index = this.all().filter((kept) => !over.includes(kept));
  }

  private remove(id: string): void {
    this.held.delete(id);
    rmSync(join(this.folder, `${id}.json`), { force: true });
  }

  private load(): KeptResult[] {
    let names: string[] = [];
    try {
      names = readdirSync(this.folder).filter((name) => name.endsWith('.json'));
    } catch {
      return [];
    }
    const found = names.flatMap((name) => this.readFile(name.slice(0, -'.json'.length))?.kept ?? []);
    return found.sort((a, b) => b.createdAt - a.createdAt);
  }

  private readFile(id: string): ResultFile | undefined {
    const path = join(this.folder, `${id}.json`);
    try {
      const file = JSON.parse(readFileSync(path, 'utf8')) as Partial<ResultFile>;
      if (file.version === version && file.kept?.id === id && file.result !== undefined && file.request !== undefined)
        return { version, kept: file.kept, request: file.request, result: file.result };
    } catch {
      // Damaged or gone: removed below.
    }
    try {
      if (statSync(path).isFile()) rmSync(path, { force: true });
    } catch {
      // It is not there.
    }
    return undefined;
  }

  private write(name: string, file: ResultFile): void {
    try {
      mkdirSync(this.folder, { recursive: true });
      const path = join(this.folder, name);
      const unfinished = `${path}.${process.pid}.tmp`;
      writeFileSync(unfinished, JSON.stringify(file));
      renameSync(unfinished, path);
    } catch {
      // The result stays usable until the server ends.
    }
  }
}

/** Unsaved texts are in the fingerprints already. */
const withoutTexts = (request: AnalyzeRequest): AnalyzeRequest =>
  Object.fromEntries(Object.entries(request).filter(([key]) => key !== 'overlay')) as unknown as AnalyzeRequest;

function keptOf(
  id: string,
  from: Pick<KeptResult, 'uri' | 'path' | 'model' | 'inputs'>,
  result: AnalysisResult,
  createdAt: number,
): KeptResult {
  const { margin } = result.stability;
  return {
    ...from,
    id,
    createdAt,
    findings: result.findings,
    lambdaMax: result.spectrum.top[0]?.value ?? null,
    margin: isComputed(margin) ? margin.value : null,
    checkpoint: result.provenance.checkpoint,
  };
}
