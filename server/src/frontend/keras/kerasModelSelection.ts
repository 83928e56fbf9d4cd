/** Which model of a file that uses Keras is meant: what its top level made, else what its functions and classes make. */
import type { Interpreter } from '../../python/interpreter';
import { PyInstance } from '../../python/values';
import type { PyModule } from '../../python/values';
import type { ModuleRecords } from '../torch/moduleRegistry';
import { membersOf } from '../torch/moduleRegistry';
import { isKerasModel } from './kerasNames';

/** Layers are numbered from the beginning again, as in a program that makes nothing but the model. */
export function restartNumbering(interpreter: Interpreter): void {
  const naming = interpreter.modules.get('keras._naming');
  if (naming !== undefined) interpreter.call(interpreter.getAttribute(naming, 'clear_session'));
}

/** Does the file's own code use Keras? */
export const usesKeras = (interpreter: Interpreter): boolean => interpreter.modules.has('keras._models');

/**
 * The model among the variables of the top level: one that was compiled, else one that is no part of another; later ones first.
 */
export function topLevelModel(
  { attributes, file }: PyModule,
  records: ModuleRecords,
): { readonly name: string; readonly line: number; readonly instance: PyInstance } | undefined {
  const found = [...attributes].flatMap(([name, value]) => (isKerasModel(value) ? [{ name, instance: value }] : []));
  const parts = new Set<PyInstance>();
  for (const { instance } of found)
    for (const child of membersOf(instance, '_modules')?.values() ?? [])
      if (child instanceof PyInstance) parts.add(child);
  const compiled = found.filter(({ instance }) => instance.attributes.get('compiled') === true);
  const whole = found.filter(({ instance }) => !parts.has(instance));
  const chosen = compiled.at(-1) ?? whole.at(-1);
  const span = chosen && records.constructions.get(chosen.instance)?.span;
  return chosen && { ...chosen, line: span?.file === file ? (span?.line ?? 0) : 0 };
}
