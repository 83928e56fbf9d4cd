/** What each stage and each study of an analysis took. */
import type { EngineUse } from '../../engine/meteredEngine';
import type { PartCost } from '../result';

/** Readings of all clocks and counters. */
export interface Reading extends EngineUse {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly hvps: number;
}

export class Ledger {
  private readonly closed: PartCost[] = [];
  private open: { readonly name: string; readonly from: Reading } | undefined;

  constructor(private readonly read: () => Reading) {}

  /** What follows belongs to `name`, until another part begins. */
  begin(name: string): void {
    if (this.open?.name === name) return;
    this.end();
    this.open = { name, from: this.read() };
  }

  end(): void {
    this.closed.push(...this.current());
    this.open = undefined;
  }

  /** The parts so far, the open one last. */
  get parts(): readonly PartCost[] {
    return [...this.closed, ...this.current()];
  }

  private current(): PartCost[] {
    if (this.open === undefined) return [];
    const { name, from } = this.open;
    const now = this.read();
    return [
      {
        name,
        seconds: now.seconds - from.seconds,
        processorSeconds: now.processorSeconds - from.processorSeconds,
        hvps: now.hvps - from.hvps,
        programs: now.programs - from.programs,
        compileSeconds: now.compileSeconds - from.compileSeconds,
        runs: now.runs - from.runs,
      },
    ];
  }
}
