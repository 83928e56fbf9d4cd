import type { TraceStopped, TracedModel } from './model';

/** What a reader of numbers is to know of a loss that could not be read: that of `forward`, or of `compile`. */
export const lossNote = ({ file, line, reason }: TraceStopped, { compiled }: Pick<TracedModel, 'compiled'>): string =>
  compiled === undefined
    ? `the loss that forward computes when it is given targets could not be read with the usual kinds of targets: ${reason} (${file}:${line})`
    : `the loss that compile is given could not be read: ${reason} (${file}:${line})`;
