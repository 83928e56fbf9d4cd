/**
 * Which entry of an optimizer's state belongs to which parameter of a model. The state has numbers instead of names: positions in the lists of
 * parameters that its groups were made from, each in the model's order as `model.parameters()` gives it.
 */
import type { OptimizerState, ParameterState } from './checkpoint';

export interface ModelParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly trained: boolean;
}

/** By name of the trained parameters; a text says why the state cannot be assigned. */
export function assignState(
  { parameters, groups }: OptimizerState,
  model: readonly ModelParameter[],
): ReadonlyMap<string, ParameterState> | string {
  const named = byName(groups, parameters);
  if (named !== undefined) return complete(named, model);
  const trained = model.filter(({ trained: isTrained }) => isTrained);
  for (const candidates of [model, trained]) {
    if (candidates.length !== parameters.length) continue;
    if (candidates.every((parameter, i) => fits(parameter, parameters[i])))
      return complete(new Map(candidates.map(({ name }, i) => [name, parameters[i] as ParameterState])), model);
    const merged = interleaved(candidates, parameters);
    if (merged !== undefined) return complete(merged, model);
  }
  return trained.length === parameters.length || model.length === parameters.length
    ? 'the shapes of its state do not tell which entry belongs to which parameter'
    : `it has ${parameters.length} parameters, the model ${trained.length} trained ones`;
}

/** Optimizers that were given named parameters keep the names in their groups. */
function byName(
  groups: OptimizerState['groups'],
  parameters: readonly ParameterState[],
): Map<string, ParameterState> | undefined {
  const names = groups.flatMap(({ param_names: given }) => (Array.isArray(given) ? given.map(String) : []));
  return names.length === parameters.length && names.length > 0
    ? new Map(names.map((name, i) => [name, parameters[i] as ParameterState]))
    : undefined;
}

const shapeOf = ({ tensors }: ParameterState): readonly number[] | undefined =>
  [...tensors].find(([key]) => key !== 'step')?.[1].shape;

/** An entry without tensors fits any parameter: it was never trained. */
function fits({ shape }: ModelParameter, state: ParameterState | undefined): boolean {
  if (state === undefined) return false;
  const own = shapeOf(state);
  return own === undefined || (own.length === shape.length && own.every((size, axis) => size === shape[axis]));
}

/**
 * Groups that take parameters out of the model's order (weights with decay, biases without): the model's order is followed, and every parameter goes to the
 * group whose next entry has its shape. Undefined where none or more than one has.
 */
function interleaved(
  model: readonly ModelParameter[],
  parameters: readonly ParameterState[],
): Map<string, ParameterState> | undefined {
  const queues = new Map<number, ParameterState[]>();
  for (const state of parameters) queues.set(state.group, [...(queues.get(state.group) ?? []), state]);
  const assigned = new Map<string, ParameterState>();
  for (const parameter of model) {
    const [queue, ...others] = [...queues.values()].filter(([next]) => fits(parameter, next));
    const state = queue?.shift();
    if (state === undefined || others.length > 0) return undefined;
    assigned.set(parameter.name, state);
  }
  return assigned;
}

function complete(
  assigned: ReadonlyMap<string, ParameterState>,
  model: readonly ModelParameter[],
): ReadonlyMap<string, ParameterState> | string {
  for (const parameter of model) {
    if (!parameter.trained) continue;
    const state = assigned.get(parameter.name);
    if (state === undefined || shapeOf(state) === undefined) return `it has no state for ${parameter.name}`;
    if (!fits(parameter, state)) return `its state for ${parameter.name} has another shape`;
  }
  return assigned;
}
