import type { Reading } from './readFile';
import type { ReadingRequest } from './readingRequest';

export interface ToReadingThread {
  readonly id: number;
  readonly request: ReadingRequest;
}

export type FromReadingThread =
  | { readonly id: number; readonly kind: 'read'; readonly result: Reading }
  | { readonly id: number; readonly kind: 'cancelled' }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };

/** What a thread is started with: the number of the newest request that is not wanted any more. */
export interface ReadingThreadData {
  readonly cancelledUpTo: SharedArrayBuffer;
}
