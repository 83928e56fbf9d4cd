/** Whether a model is the one that the program has, where some of its statements were passed over. */
import { PyInstance } from '../../python/values';
import { membersOf } from '../torch/moduleRegistry';
import type { Session } from '../torch/session';

/** Does a statement that was passed over speak of layers? */
export function namesLayers(
  { syntax: { source }, file }: Session,
  { file: home, line, endLine }: PlaceOfLines,
): boolean {
  if (home !== file) return false;
  const text = source.text
    .split('\n')
    .slice(line - 1, endLine)
    .join('\n');
  return /\blayers\b|\.add\s*\(|\.apply\s*\(|\bsequential\s*\(/.test(text);
}

interface PlaceOfLines {
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
}

/** Is neither the model nor a layer made in a branch that may not be taken? */
export function isCertain({ records }: Session, model: PyInstance): boolean {
  const parts = [...(membersOf(model, '_modules')?.values() ?? [])];
  return [model, ...parts].every(
    (each) => !(each instanceof PyInstance) || records.constructions.get(each)?.uncertain !== true,
  );
}

/** Not one to which nothing was added yet. */
export const hasLayers = (model: PyInstance): boolean => (membersOf(model, '_modules')?.size ?? 0) > 0;
