/** One line about what the server does, for the editor's status item. */
import type { Connection } from 'vscode-languageserver/node';
import { methods, type ServerStatus } from '../protocol/editor';
import type { Failure } from '../protocol/worker';
import type { Analyses } from './analyses';
import { tell } from './tell';

const ready: ServerStatus = { state: 'ready', text: 'Ready' };

export class StatusLine {
  private problem: ServerStatus | undefined;
  private told = '';

  constructor(
    private readonly connection: Connection,
    private readonly active: () => Analyses['active'],
  ) {}

  /** A failed analysis is shown until the next one starts. */
  failed({ category, message }: Failure): void {
    if (category !== 'cancelled') this.problem = { state: 'problem', text: 'The analysis failed', detail: message };
    this.update();
  }

  started(): void {
    this.problem = undefined;
    this.update();
  }

  /** A file that could not be read, or undefined for one that could. */
  reading(problem: string | undefined): void {
    if (problem !== undefined) this.problem = { state: 'problem', text: 'A file could not be read', detail: problem };
    else if (this.problem?.text === 'A file could not be read') this.problem = undefined;
    this.update();
  }

  update(): void {
    const [first, ...others] = this.active();
    const status = first === undefined ? (this.problem ?? ready) : this.analysing(first, others.length);
    const text = JSON.stringify(status);
    if (text === this.told) return;
    this.told = text;
    void tell(this.connection, methods.status, status);
  }

  private analysing({ target, progress }: Analyses['active'][number], waiting: number): ServerStatus {
    const percent = Math.round(100 * progress.fraction);
    return {
      state: 'analysing',
      text: `Analyzing ${target.model}, ${percent} %`,
      detail: waiting === 0 ? progress.stage : `${progress.stage}; ${waiting} more waiting`,
    };
  }
}
