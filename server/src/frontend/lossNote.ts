import type { TraceStopped } from './model';

/** What a reader of numbers is to know of a loss in `forward` that could not be read. */
export const lossNote = ({ file, line, reason }: TraceStopped): string =>
  `the loss that forward computes when it is given targets could not be read with the usual kinds of targets: ${reason} (${file}:${line})`;
