/** The newest reading of every open unit. Only one reading of a unit is under way; a newer text abandons it. */
import type { ModelSettings } from '../project/settings';
import type { Reading } from '../reading/readFile';
import { ReadingAbandoned, type ReadingClient } from '../reading/readingClient';
import type { ReadingRequest } from '../reading/readingRequest';
import type { Unit } from './documents';

export interface ReadingNeeds {
  readonly root: (unit: Unit) => string;
  readonly overlays: () => Record<string, string>;
  /** Changes when an open document beside the unit changes. */
  readonly beside: (unit: Unit) => string;
  readonly settings: (unit: Unit) => ModelSettings;
  readonly checkpoints: (unit: Unit) => ReadingRequest['checkpoints'];
  /** A unit's reading has more models than the one that was answered before. */
  readonly moreWasRead: () => void;
  /** Told what was read, before anybody else is. */
  readonly wasRead: (unit: Unit, reading: Reading) => void;
  /** Told when a reading ends, with how it went. */
  readonly report: (problem: string | undefined) => void;
}

interface Entry {
  readonly text: string;
  readonly epoch: number;
  readonly beside: string;
  readonly promise: Promise<Reading>;
  readonly control: AbortController;
}

export class Readings {
  private readonly current = new Map<string, Entry>();
  private readonly finished = new Map<string, Reading>();
  /** What else than its own text the last finished reading of a unit depended on. */
  private readonly conditions = new Map<string, string>();
  /** Grows when anything but a unit's own text may have changed what is read. */
  private epoch = 0;
  private isOver = false;

  constructor(
    private readonly client: ReadingClient,
    private readonly needs: ReadingNeeds,
  ) {}

  /** A reading of the unit's text as it is now. Rejects with `ReadingAbandoned` when a newer text came. */
  fresh(unit: Unit): Promise<Reading> {
    if (this.isOver) return Promise.reject(new Error('the server ends'));
    const known = this.current.get(unit.uri);
    const beside = this.needs.beside(unit);
    if (known?.text === unit.text && known.epoch === this.epoch && known.beside === beside) return known.promise;
    known?.control.abort();
    const control = new AbortController();
    const promise = this.read(unit, control);
    const entry: Entry = { text: unit.text, epoch: this.epoch, beside, promise, control };
    this.current.set(unit.uri, entry);
    // Nobody may be waiting any more when it is abandoned.
    promise.catch((error: unknown) => {
      if (this.current.get(unit.uri) === entry) this.current.delete(unit.uri);
      if (!(error instanceof ReadingAbandoned)) this.needs.report(String(error));
    });
    return promise;
  }

  /** The last finished reading, maybe of an earlier text. */
  latest(unit: Unit): Reading | undefined {
    return this.finished.get(unit.uri);
  }

  /** Everything is read again when it is next asked for. */
  invalidate(): void {
    this.epoch++;
  }

  /** Nothing is read any more. */
  dispose(): void {
    this.isOver = true;
    for (const { control } of this.current.values()) control.abort();
  }

  forget(uri: string): void {
    this.current.get(uri)?.control.abort();
    this.current.delete(uri);
    this.finished.delete(uri);
    this.conditions.delete(uri);
  }

  /** Reads the models that the time did not suffice for, unless the text is another by now. */
  private readOn(unit: Unit, control: AbortController): void {
    const entry = this.current.get(unit.uri);
    if (entry?.control !== control || entry.epoch !== this.epoch) return;
    this.current.delete(unit.uri);
    void this.fresh(unit).then(
      () => this.needs.moreWasRead(),
      () => undefined,
    );
  }

  private async read(unit: Unit, control: AbortController): Promise<Reading> {
    const { root, overlays, settings, checkpoints, report, beside } = this.needs;
    const conditions = `${this.epoch} ${beside(unit)}`;
    const reading = await this.client.read(
      {
        file: unit.path,
        text: unit.text,
        root: root(unit),
        overlays: overlays(),
        epoch: this.epoch,
        settings: settings(unit),
        checkpoints: checkpoints(unit),
      },
      control.signal,
    );
    const before = this.finished.get(unit.uri)?.reading;
    const isAlike = this.conditions.get(unit.uri) === conditions;
    this.finished.set(unit.uri, reading);
    this.conditions.set(unit.uri, conditions);
    this.needs.wasRead(unit, reading);
    report(undefined);
    const { unread, textHash } = reading.reading;
    // A reading that got no further than the one before would not get further now.
    const isStuck = isAlike && before?.textHash === textHash && before.unread > 0 && before.unread <= unread;
    if (unread > 0 && !isStuck) setImmediate(() => this.readOn(unit, control));
    return reading;
  }
}
