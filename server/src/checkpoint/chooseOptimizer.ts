/** Which of several optimizers in a checkpoint (of the two networks of a GAN, say) trained a model. */
import type { OptimizerState, ParameterState } from './checkpoint';
import { assignState, type ModelParameter } from './optimizerParameters';

export interface ChosenOptimizer {
  /** `joins`: several, each of which trained a part of the model. */
  readonly optimizer: OptimizerState & { readonly joins?: true };
  /** By name of the trained parameters. */
  readonly assigned: ReadonlyMap<string, ParameterState>;
}

/** The only one whose state has the shapes of the model's parameters, else all together in their order; a text says why there is none. */
export function chooseOptimizer(
  optimizers: readonly OptimizerState[],
  model: readonly ModelParameter[],
): ChosenOptimizer | string {
  const tried = optimizers.map((optimizer) => ({ optimizer, assigned: assignState(optimizer, model) }));
  const [fitting, ...others] = tried.filter(isAssigned);
  if (fitting !== undefined && others.length === 0) return fitting;
  if (fitting !== undefined)
    return `those of ${[fitting, ...others].map(({ optimizer }) => optimizer.path).join(' and ')} fit equally well`;
  const reasons = tried.flatMap(({ optimizer, assigned: reason }) =>
    typeof reason !== 'string' ? [] : [optimizers.length === 1 ? reason : `${optimizer.path}: ${reason}`],
  );
  if (optimizers.length === 1) return reasons.join();
  const optimizer = joined(optimizers);
  const assigned = assignState(optimizer, model);
  return typeof assigned === 'string' ? reasons.join('; ') : { optimizer, assigned };
}

const isAssigned = (tried: {
  readonly optimizer: OptimizerState;
  readonly assigned: ReadonlyMap<string, ParameterState> | string;
}): tried is ChosenOptimizer => typeof tried.assigned !== 'string';

/** One after the other, with groups and positions counted on. */
function joined(optimizers: readonly OptimizerState[]): ChosenOptimizer['optimizer'] {
  const groups: OptimizerState['groups'][number][] = [];
  const parameters: ParameterState[] = [];
  for (const each of optimizers) {
    const [before, first] = [groups.length, parameters.length];
    groups.push(...each.groups);
    for (const state of each.parameters)
      parameters.push({ ...state, index: first + state.index, group: before + state.group });
  }
  return { path: optimizers.map(({ path }) => path).join(' and '), groups, parameters, joins: true };
}
