/** Notices when a result stops describing the files as they are, or does so again. */
import type { AnalysisEvent } from '../protocol/editor';
import type { ResultStore } from './resultStore';

/** Milliseconds after the last change. */
const CHECK_AFTER = 100;

export class StalenessEvents {
  private readonly told = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;

  /** `changed` is called once for all results that changed at a time. */
  constructor(
    private readonly results: ResultStore,
    private readonly tell: (event: AnalysisEvent) => void,
    private readonly changed: () => void,
  ) {}

  checkSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), CHECK_AFTER);
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private check(): void {
    let isAnother = false;
    for (const kept of this.results.seen) {
      const stale = this.results.staleness(kept);
      const text = stale.join();
      // A result is told with its staleness; only what differs from that is news.
      const before = this.told.get(kept.id);
      this.told.set(kept.id, text);
      if (before === text || (before === undefined && text === '')) continue;
      this.tell({ kind: 'staleness', id: kept.id, stale });
      isAnother = true;
    }
    if (isAnother) this.changed();
  }
}
