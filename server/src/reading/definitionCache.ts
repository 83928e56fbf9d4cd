/**
 * Readings of models that a change elsewhere in the file does not touch. A model depends on the definitions that it reaches by
 * name and on every other statement at top level; where those have the same text as before, its reading is the old one with
 * its places moved to where the definitions are now.
 */
import { createHash } from 'node:crypto';
import { namesUsed } from '../frontend/torch/syntaxSearch';
import type { ModuleSyntax, Statement } from '../python/syntax';
import type { ModelReading, Place, ShapeNote } from '../protocol/reading';

export interface CachedReading {
  readonly model: ModelReading;
  readonly shapes: readonly ShapeNote[];
}

/** A statement at top level with the comments above it. */
interface Chunk {
  readonly hash: string;
  /** Line on which it starts, from 1. */
  readonly line: number;
  /** Of a class or function that does nothing but to be defined. */
  readonly name: string | undefined;
  readonly statement: Statement;
}

interface Entry {
  /** Start lines of the chunks that the reading depends on. */
  readonly lines: readonly number[];
  readonly reading: CachedReading;
}

/** What looks definitions up by a text. */
const DYNAMIC = ['globals', 'locals', 'vars', 'eval', 'exec', 'getattr', 'sys', 'inspect'];

/** Undefined for what acts when it is defined: a decorator may enter it into a table. */
function definedName(statement: Statement): string | undefined {
  if (statement.kind === 'ClassDefinition') return statement.decorators.length > 0 ? undefined : statement.name;
  if (statement.kind !== 'FunctionDefinition' || statement.decorators.length > 0) return undefined;
  return statement.function.name;
}

const MOST_ENTRIES = 400;
const hashOf = (text: string): string => createHash('sha1').update(text).digest('base64');

/** One file's definitions as they are now. */
export class Definitions {
  private readonly chunks: readonly Chunk[];
  private readonly byStatement: ReadonlyMap<Statement, Chunk>;

  constructor(
    private readonly cache: DefinitionCache,
    syntax: ModuleSyntax,
  ) {
    const { source } = syntax;
    let end = 0;
    this.chunks = syntax.body.map((statement) => {
      const start = end;
      end = statement.end;
      const text = source.text.slice(start, end);
      return { hash: hashOf(text), line: source.position(start).line, name: definedName(statement), statement };
    });
    this.byStatement = new Map(this.chunks.map((chunk) => [chunk.statement, chunk]));
  }

  /** Names read in a statement. */
  namesIn(statement: Statement): ReadonlySet<string> {
    const chunk = this.byStatement.get(statement);
    return chunk === undefined ? namesUsed(statement) : this.cache.namesIn(chunk);
  }

  /**
   * The reading of `construction` (a name or a call), from the cache where nothing it depends on has changed. What
   * `isVolatile` says of a reading that was made is not kept.
   */
  read(
    file: string,
    construction: string,
    context: string,
    make: () => CachedReading,
    isVolatile: (reading: CachedReading) => boolean,
  ): CachedReading {
    const reached = this.reachedFrom(construction);
    const key = hashOf([file, construction, context, ...reached.map(({ hash }) => hash)].join('\n'));
    const lines = reached.map(({ line }) => line);
    const known = this.cache.get(key);
    if (known !== undefined) return moved(known, lines, file);
    const reading = make();
    if (!isVolatile(reading)) this.cache.set(key, { lines, reading });
    return reading;
  }

  /** Chunks that hold no definition, and the definitions named from there on. In the order of the file. */
  private reachedFrom(construction: string): Chunk[] {
    const byName = new Map<string, Chunk[]>();
    for (const chunk of this.chunks)
      if (chunk.name !== undefined) byName.set(chunk.name, [...(byName.get(chunk.name) ?? []), chunk]);
    const reached = new Set<Chunk>();
    const waiting = new Set(construction.match(/[A-Za-z_]\w*/g) ?? []);
    const seen = new Set<string>();
    const enter = (chunk: Chunk): void => {
      if (reached.has(chunk)) return;
      reached.add(chunk);
      for (const name of this.cache.namesIn(chunk)) waiting.add(name);
      // Names that are made at run time may be any.
      if (DYNAMIC.some((name) => waiting.has(name))) for (const name of byName.keys()) waiting.add(name);
    };
    for (const chunk of this.chunks) if (chunk.name === undefined) enter(chunk);
    for (const name of waiting) {
      if (seen.has(name)) continue;
      seen.add(name);
      for (const chunk of byName.get(name) ?? []) enter(chunk);
    }
    return this.chunks.filter((chunk) => reached.has(chunk));
  }
}

/** Remembers readings of all files. What else they depend on (imported files, settings) is in `context`. */
export class DefinitionCache {
  private readonly entries = new Map<string, Entry>();
  private readonly names = new Map<string, ReadonlySet<string>>();

  get(key: string): Entry | undefined {
    return this.entries.get(key);
  }

  set(key: string, entry: Entry): void {
    this.entries.set(key, entry);
    if (this.entries.size > MOST_ENTRIES)
      for (const oldest of [...this.entries.keys()].slice(0, MOST_ENTRIES / 4)) this.entries.delete(oldest);
  }

  namesIn({ hash, statement }: Chunk): ReadonlySet<string> {
    const known = this.names.get(hash);
    if (known !== undefined) return known;
    const names = namesUsed(statement);
    if (this.names.size > 4 * MOST_ENTRIES) this.names.clear();
    this.names.set(hash, names);
    return names;
  }
}

/** The same reading where its chunks start on other lines. */
function moved({ lines: before, reading }: Entry, after: readonly number[], file: string): CachedReading {
  if (before.every((line, i) => line === after[i])) return reading;
  const shift = (line: number): number => {
    let i = before.length - 1;
    while (i >= 0 && (before[i] ?? 0) > line) i--;
    return i < 0 ? line : line + (after[i] ?? 0) - (before[i] ?? 0);
  };
  const place = <P extends Place>(of: P): P =>
    of.file === file ? { ...of, line: shift(of.line), endLine: shift(of.endLine) } : of;
  const { model, shapes } = reading;
  return {
    model: {
      ...model,
      place: place(model.place),
      layers: model.layers.map((layer) => ({
        ...layer,
        line: layer.file === file && layer.line > 0 ? shift(layer.line) : layer.line,
        callLine: layer.callLine > 0 ? shift(layer.callLine) : layer.callLine,
      })),
      stopped: model.stopped === null ? null : place(model.stopped),
      lossStopped: model.lossStopped === null ? null : place(model.lossStopped),
      changedLeaves: model.changedLeaves.map(place),
      handDerivative: model.handDerivative === null ? null : place(model.handDerivative),
    },
    shapes: shapes.map((note) => ({ ...note, place: place(note.place) })),
  };
}
