/**
 * Subclasses that train models and are no function themselves (a GAN, an autoencoder with a `train_step`): they have no
 * `call`, and one of the models that they keep stands for them.
 */
import { elementCount } from '../../graph/node';
import { PyFunction, PyInstance } from '../../python/values';
import type { ChosenModel } from '../torch/modelSelection';
import { membersOf } from '../torch/moduleRegistry';
import { stateEntries } from '../torch/stateDict';
import { requirePayload } from '../torch/tensor/tensor';
import { isKerasModel, isPreparation, isSequential } from './kerasNames';

/** Has the model a `call` of the code's own, or a graph? */
function isFunction(model: PyInstance): boolean {
  if (model.attributes.has('_nodes')) return true;
  const call = model.cls.lookup('call');
  return !(call instanceof PyFunction) || !call.syntax.source.file.startsWith('<keras>') || isSequential(model);
}

const trainedSize = (model: PyInstance): number =>
  stateEntries(model)
    .filter(({ kind }) => kind === 'parameter')
    .reduce((sum, { tensor }) => sum + elementCount(requirePayload(tensor).shape), 0);

/** The chosen model, or where it is no function the one of its models with most parameters, and a note that says so. */
export function standingFor(chosen: ChosenModel): ChosenModel {
  const { instance, name } = chosen;
  if (!isKerasModel(instance) || isFunction(instance)) return chosen;
  const members = [...(membersOf(instance, '_modules')?.entries() ?? [])].filter(
    ([, value]) => !(value instanceof PyInstance && isPreparation(value)),
  );
  // With layers of its own it is more than the models that it keeps.
  if (!members.every(([, value]) => isKerasModel(value))) return chosen;
  const kept = members.flatMap(([key, value]) =>
    isKerasModel(value) && isFunction(value) && typeof key === 'string' ? [{ key, model: value }] : [],
  );
  const sizes = kept.map(({ model }) => trainedSize(model));
  const largest = kept[sizes.indexOf(Math.max(...sizes))];
  if (largest === undefined) return chosen;
  const others = kept.filter(({ key }) => key !== largest.key).map(({ key }) => `${name}.${key}`);
  const more = others.length === 0 ? '' : `; the others are ${others.join(', ')}: name one with --model`;
  const note = `${instance.cls.name} has no call(): what is shown is ${name}.${largest.key}, its largest model${more}`;
  return { ...chosen, instance: largest.model, note: chosen.note === undefined ? note : `${chosen.note}; ${note}` };
}
