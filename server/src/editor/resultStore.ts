/**
 * Results of analyses on disk, by the hash of everything that went in. Of each there are two files: a small one with what
 * lenses and diagnostics need, which is read at the start, and the whole. Files are written under another name and moved, so
 * that a crash leaves no half of one; what cannot be read is removed.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../cli/version';
import { isComputed, valueOf } from '../curvature/quantity';
import type { AnalysisResult } from '../curvature/result';
import type { Finding } from '../diagnosis/finding';
import { textFingerprint } from '../project/fingerprint';
import type { ResultSummary, Staleness, StoredResult } from '../protocol/editor';
import type { AnalyzeRequest, InputFile } from '../protocol/worker';
import type { Choice } from './choices';
import { readText } from './fingerprints';

/** What a lens says of a result; null where it is not computed. */
export interface Headline {
  readonly lambdaMax: number | null;
  readonly margin: number | null;
  /** Condition number of the loss (D1). */
  readonly kappa: number | null;
}

/** A result without its numbers. */
export interface KeptResult extends Headline {
  readonly id: string;
  readonly uri: string;
  /** File of the model. */
  readonly path: string;
  readonly model: string;
  readonly createdAt: number;
  readonly inputs: readonly InputFile[];
  readonly findings: readonly Finding[];
  /** For each finding the line of source it was about; '' where that is not known. */
  readonly lines: readonly string[];
  readonly checkpoint: string | null;
  /** The computed result that this one follows from. */
  readonly derivedFrom?: string;
}

interface IndexFile {
  readonly version: string;
  readonly kept: KeptResult;
  /** Bytes of the whole. */
  readonly size: number;
}

interface ResultFile {
  readonly version: string;
  readonly kept: KeptResult;
  readonly request: AnalyzeRequest;
  readonly result: AnalysisResult;
}

export interface StoreLimits {
  /** Results kept of one model; the oldest goes first. */
  readonly perModel: number;
  readonly results: number;
  readonly bytes: number;
}

const usualLimits: StoreLimits = { perModel: 12, results: 300, bytes: 200 * 2 ** 20 };
/** Begins the ids of results that no analysis computed; they are not on disk. */
const DERIVED = 'follows-from-';
/** Whole results held in memory. */
const HELD = 8;

export class ResultStore {
  private index: KeptResult[] | undefined;
  private readonly sizes = new Map<string, number>();
  private readonly held = new Map<string, ResultFile>();

  /** `fingerprintNow`: what the content of a file is now; `chosen`: which files the user wants for a model now. */
  constructor(
    private readonly folder: string,
    private readonly fingerprintNow: (file: InputFile) => string,
    private readonly chosen: (path: string, model: string) => Choice = () => ({}),
    private readonly limits = usualLimits,
  ) {}

  /** Results that somebody has looked at lately. */
  get seen(): readonly KeptResult[] {
    return [...this.held.values()].map(({ kept }) => kept);
  }

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

  staleness({ path, model, inputs }: Pick<KeptResult, 'path' | 'model' | 'inputs'>): Staleness[] {
    const reasons = {
      source: 'source changed',
      'training script': 'training script changed',
      checkpoint: 'checkpoint changed',
      data: 'data changed',
    } as const;
    const stale = new Set<Staleness>();
    for (const input of inputs) if (this.fingerprintNow(input) !== input.fingerprint) stale.add(reasons[input.role]);
    const used = (role: InputFile['role'], file: string | undefined): boolean =>
      file === undefined || inputs.some((input) => input.role === role && input.path === file);
    const { checkpoint, data } = this.chosen(path, model);
    if (!used('checkpoint', checkpoint)) stale.add(reasons.checkpoint);
    if (!used('data', data)) stale.add(reasons.data);
    return [...stale];
  }

  /** Undefined when its file is gone or damaged. */
  read(id: string): StoredResult | undefined {
    const file = this.held.get(id) ?? (/^[0-9a-f]+$/.test(id) ? this.readFile(id) : undefined);
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
    const kept = keptOf(id, from, request, result, createdAt);
    const file: ResultFile = { version, kept, request: options, result };
    this.hold(id, file);
    this.index = [kept, ...this.all().filter((other) => other.id !== id)];
    const whole = JSON.stringify(file);
    this.sizes.set(id, whole.length);
    this.write(wholeName(id), whole);
    this.write(indexName(id), JSON.stringify({ version, kept, size: whole.length } satisfies IndexFile));
    this.trim();
    return this.stored(file);
  }

  /** Keeps, in memory alone, what follows from a kept result for other files; the one before of the same goes. */
  derive(base: KeptResult, inputs: readonly InputFile[], result: AnalysisResult): StoredResult | undefined {
    const file = this.held.get(base.id) ?? this.readFile(base.id);
    if (file === undefined) return undefined;
    const id = `${DERIVED}${base.id}`;
    const kept = { ...keptOf(id, { ...base, inputs }, file.request, result, Date.now()), derivedFrom: base.id };
    const derived: ResultFile = { version, kept, request: file.request, result };
    this.hold(id, derived);
    this.index = [kept, ...this.all().filter((other) => other.id !== id)];
    return this.stored(derived);
  }

  summaries(): ResultSummary[] {
    return this.all().flatMap((kept) => {
      if (kept.derivedFrom !== undefined) return [];
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
    const { perModel, results, bytes } = this.limits;
    const perModelSoFar = new Map<string, number>();
    let size = 0;
    const over = this.all().filter(({ id, path, model }, i) => {
      const key = `${path}\n${model}`;
      const count = (perModelSoFar.get(key) ?? 0) + 1;
      perModelSoFar.set(key, count);
      size += this.sizes.get(id) ?? 0;
      // The newest stays, whatever its size.
      return count > perModel || i >= results || (size > bytes && i > 0);
    });
    for (const { id } of over) this.remove(id);
    this.index = this.all().filter((kept) => !over.includes(kept));
  }

  private remove(id: string): void {
    this.held.delete(id);
    this.sizes.delete(id);
    this.discard(indexName(id));
    this.discard(wholeName(id));
  }

  private load(): KeptResult[] {
    let names: string[] = [];
    try {
      names = readdirSync(this.folder);
    } catch {
      return [];
    }
    const found: KeptResult[] = [];
    for (const name of names) {
      const id = name.replace(/\.(index|result)\.json$/, '');
      // Left over by a process that ended while it wrote.
      if (name.endsWith('.tmp') || (name === wholeName(id) && !names.includes(indexName(id)))) this.discard(name);
      if (name !== indexName(id)) continue;
      const index = this.parsed<IndexFile>(name);
      if (index?.version !== version || index.kept?.id !== id || !isIndexed(index.kept)) {
        this.discard(name);
        this.discard(wholeName(id));
        continue;
      }
      this.sizes.set(id, index.size ?? 0);
      found.push(index.kept);
    }
    return found.sort((a, b) => b.createdAt - a.createdAt);
  }

  private readFile(id: string): ResultFile | undefined {
    const { kept, request, result, ...rest } = this.parsed<ResultFile>(wholeName(id)) ?? {};
    if (rest.version === version && kept?.id === id && request !== undefined && isWhole(result))
      return { version, kept, request, result };
    this.remove(id);
    return undefined;
  }

  /** Undefined when it is absent or damaged. */
  private parsed<T extends object>(name: string): Partial<T> | undefined {
    try {
      const value: unknown = JSON.parse(readFileSync(join(this.folder, name), 'utf8'));
      return typeof value === 'object' && value !== null ? value : undefined;
    } catch {
      return undefined;
    }
  }

  private discard(name: string): void {
    try {
      rmSync(join(this.folder, name), { force: true });
    } catch {
      // Another process may hold it; it is not read again.
    }
  }

  private write(name: string, content: string): void {
    try {
      mkdirSync(this.folder, { recursive: true });
      const path = join(this.folder, name);
      const unfinished = `${path}.${process.pid}.tmp`;
      writeFileSync(unfinished, content);
      renameSync(unfinished, path);
    } catch {
      // The result stays usable until the server ends.
    }
  }
}

const indexName = (id: string): string => `${id}.index.json`;
const wholeName = (id: string): string => `${id}.result.json`;

const isIndexed = ({ path, model, inputs, findings, lines }: Partial<KeptResult>): boolean =>
  typeof path === 'string' &&
  typeof model === 'string' &&
  [inputs, findings, lines].every((list) => Array.isArray(list));

const isWhole = (result: Partial<AnalysisResult> | undefined): result is AnalysisResult =>
  result?.spectrum !== undefined && Array.isArray(result.cost?.parts);

/** Unsaved texts are in the fingerprints already. */
const withoutTexts = (request: AnalyzeRequest): AnalyzeRequest =>
  Object.fromEntries(Object.entries(request).filter(([key]) => key !== 'overlay')) as unknown as AnalyzeRequest;

export const headlineOf = ({ spectrum, stability, quantities }: AnalysisResult): Headline => ({
  lambdaMax: spectrum.top[0]?.value ?? null,
  margin: isComputed(stability.margin) ? stability.margin.value : null,
  kappa: valueOf(quantities['D1.kappa']) ?? null,
});

function keptOf(
  id: string,
  from: Pick<KeptResult, 'uri' | 'path' | 'model' | 'inputs'>,
  request: AnalyzeRequest,
  result: AnalysisResult,
  createdAt: number,
): KeptResult {
  const { uri, path, model, inputs } = from;
  return {
    ...headlineOf(result),
    uri,
    path,
    model,
    inputs,
    id,
    createdAt,
    findings: result.findings,
    lines: result.findings.map(({ file, line }) => lineOf(file, line, request, inputs)),
    checkpoint: result.provenance.checkpoint,
  };
}

/** A line of a file as the analysis saw it; '' when the file has become another since. */
function lineOf(path: string, line: number, { overlay }: AnalyzeRequest, inputs: readonly InputFile[]): string {
  const text = overlay?.[path] ?? readText(path);
  const seen = inputs.find((input) => input.path === path)?.fingerprint;
  if (text === undefined || textFingerprint(text) !== seen) return '';
  return text.split(/\r?\n/)[line - 1] ?? '';
}
