/** What the process that opens files tells the one that watches it. */
import type { Kind } from './seeds';

export interface Task {
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  readonly only: Kind | undefined;
  /** What the names of the files contain that are damaged. */
  readonly name: string;
  /** Appears if anything is executed. */
  readonly canary: string;
}

export interface Fault {
  readonly index: number;
  readonly name: string;
  readonly reason: string;
}

export type Message =
  | { readonly kind: 'begins'; readonly index: number; readonly name: string }
  | { readonly kind: 'fault'; readonly fault: Fault }
  | {
      readonly kind: 'ends';
      /** The first file that was not opened. */
      readonly next: number;
      readonly read: number;
      readonly refused: number;
      readonly slowest: number;
      readonly memory: number;
    };
