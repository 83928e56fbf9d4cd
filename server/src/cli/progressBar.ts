import type { Progress } from '../protocol/worker';

const WIDTH = 24;

/** A one-line progress bar with the time left; writes nothing when `stream` is not a terminal. */
export class ProgressBar {
  private shown = false;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  update({ fraction, stage, secondsLeft }: Progress): void {
    if (!this.stream.isTTY) return;
    const filled = Math.round(Math.min(1, Math.max(0, fraction)) * WIDTH);
    const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
    const left = secondsLeft === undefined ? '' : `  ${duration(secondsLeft)} left`;
    this.draw(`${bar} ${Math.round(fraction * 100)} %  ${stage}${left}`);
  }

  /** Removes the bar so that ordinary output can follow. */
  clear(): void {
    if (this.shown) this.stream.write('\r\x1b[2K');
    this.shown = false;
  }

  private draw(line: string): void {
    this.stream.write(`\r\x1b[2K${line.slice(0, (this.stream.columns || 80) - 1)}`);
    this.shown = true;
  }
}

/** Seconds as people say them: `0.8 s`, `12 s`, `3 min 05 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${String(Math.round(seconds % 60)).padStart(2, '0')} s`;
}
