import type { PretrainedWeights } from './model';

/** What a reader of numbers is to know of weights that the code downloads. `found`: the file that an earlier download left. */
export function pretrainedNote({ model, span }: PretrainedWeights, found?: string): string {
  const whose = model === '' ? '' : ` of ${model}`;
  const place = span === undefined ? '' : ` (${span.file}:${span.line})`;
  const start = `the code starts from published weights${whose}${place}`;
  return found === undefined
    ? `${start}, which are not here: initial values are used; give --checkpoint`
    : `${start}, which are in ${found}`;
}
