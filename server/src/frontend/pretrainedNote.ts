import type { PretrainedWeights } from './model';

/** What a reader of numbers is to know of weights that the code downloads. */
export function pretrainedNote({ model, span }: PretrainedWeights): string {
  const whose = model === '' ? '' : ` of ${model}`;
  const place = span === undefined ? '' : ` (${span.file}:${span.line})`;
  return `the code starts from published weights${whose}${place}, which are not here: initial values are used; give --checkpoint`;
}
