/** What was asked about tensors, what runs, and what is known. */
import type { TensorEntry, TensorReport, TensorStatistics } from '../../../server/src/protocol/editor';
import type { FromCheckpointPanel } from '../../../server/src/protocol/panels';

export type Want = 'statistics' | 'singularValues';

/** `failed` is about the request, not the tensor: it may be tried again. */
export type Inspection<W extends Want> =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly fraction: number | null }
  | { readonly kind: 'done'; readonly report: TensorReport & { ok: true; want: W } }
  | { readonly kind: 'failed'; readonly message: string; readonly hint: string | undefined };

/** Progress of looking at many tensors one after the other. */
export interface Sweep {
  readonly entries: readonly TensorEntry[];
  readonly done: number;
  readonly doneBytes: number;
  readonly bytes: number;
}

/** Questions of a sweep under way: the reader takes one after the other, and never waits for the next. */
const AT_ONCE = 8;

export class Inspections {
  private readonly known = new Map<string, Inspection<Want>>();
  private sweeping: Sweep | undefined;
  /** Not asked for yet, the next one last. */
  private waiting: TensorEntry[] = [];
  private readonly underWay = new Map<string, TensorEntry>();

  constructor(
    private readonly post: (message: FromCheckpointPanel) => void,
    private readonly changed: () => void,
  ) {}

  of<W extends Want>(name: string, want: W): Inspection<W> {
    return (this.known.get(key(name, want)) ?? { kind: 'none' }) as Inspection<W>;
  }

  statistics(name: string): TensorStatistics | undefined {
    const found = this.of(name, 'statistics');
    return found.kind === 'done' ? found.report.statistics : undefined;
  }

  get sweep(): Sweep | undefined {
    return this.sweeping;
  }

  ask(name: string, want: Want): void {
    const { kind } = this.of(name, want);
    if (kind === 'running' || kind === 'done') return;
    this.known.set(key(name, want), { kind: 'running', fraction: null });
    this.post({ kind: 'inspect', name, want });
    this.changed();
  }

  abandon(name: string, want: Want): void {
    if (this.of(name, want).kind === 'running') this.post({ kind: 'abandon', name, want });
  }

  progress(name: string, want: Want, fraction: number): void {
    if (this.of(name, want).kind === 'running') this.known.set(key(name, want), { kind: 'running', fraction });
    this.changed();
  }

  receive(name: string, want: Want, report: TensorReport): void {
    this.known.set(key(name, want), settled(report));
    if (want === 'statistics') this.stepSweep(name);
    this.changed();
  }

  /** Everything known is about another file now. */
  clear(): void {
    this.known.clear();
    this.underWay.clear();
    this.sweeping = undefined;
  }

  /** Statistics of all these tensors that can be read, in their order. */
  startSweep(entries: readonly TensorEntry[]): void {
    const left = entries.filter(
      ({ name, bitsPerWeight }) => bitsPerWeight === undefined && this.of(name, 'statistics').kind !== 'done',
    );
    if (left.length === 0) return;
    this.sweeping = { entries: left, done: 0, doneBytes: 0, bytes: left.reduce((sum, { bytes }) => sum + bytes, 0) };
    this.waiting = left.slice().reverse();
    this.underWay.clear();
    this.askMore();
    this.changed();
  }

  stopSweep(): void {
    if (this.sweeping === undefined) return;
    this.sweeping = undefined;
    for (const name of this.underWay.keys()) this.abandon(name, 'statistics');
    this.underWay.clear();
    this.changed();
  }

  private stepSweep(name: string): void {
    const entry = this.underWay.get(name);
    if (this.sweeping === undefined || entry === undefined) return;
    this.underWay.delete(name);
    const { done, doneBytes } = this.sweeping;
    this.sweeping = { ...this.sweeping, done: done + 1, doneBytes: doneBytes + entry.bytes };
    this.askMore();
    if (this.underWay.size === 0) this.sweeping = undefined;
  }

  private askMore(): void {
    while (this.underWay.size < AT_ONCE) {
      const next = this.waiting.pop();
      if (next === undefined) return;
      this.underWay.set(next.name, next);
      // Known already is what the user looked at meanwhile.
      if (this.of(next.name, 'statistics').kind === 'done') this.stepSweep(next.name);
      else this.ask(next.name, 'statistics');
    }
  }
}

const key = (name: string, want: Want): string => `${want} ${name}`;

function settled(report: TensorReport): Inspection<Want> {
  if (report.ok) return { kind: 'done', report };
  const { category, message, hint } = report.failure;
  return category === 'cancelled' ? { kind: 'none' } : { kind: 'failed', message, hint };
}
