/** The optimizer's state of a checkpoint, brought into the order of the model's trained parameters. */
import type { Checkpoint, ParameterState } from '../checkpoint/checkpoint';
import { chooseOptimizer, type ChosenOptimizer } from '../checkpoint/chooseOptimizer';
import type { FoundOptimizerState } from '../curvature/analysis/optimizerState';
import type { TracedModel } from '../frontend/model';
import { elementCount } from '../graph/node';

export interface LoadedOptimizerState {
  readonly state: FoundOptimizerState | null;
  readonly notes: readonly string[];
}

/** Where it cannot be assigned, a note says why. */
export async function loadOptimizerState(
  { parameters }: Pick<TracedModel, 'parameters'>,
  { optimizers }: Pick<Checkpoint, 'optimizers'>,
): Promise<LoadedOptimizerState> {
  if (optimizers.length === 0) return { state: null, notes: [] };
  const keeping = optimizers.filter(({ parameters: each }) => each.some(({ tensors }) => tensors.size > 0));
  if (keeping.length === 0) return { state: null, notes: ['the optimizer of the checkpoint keeps no state'] };
  const model = parameters.map(({ name, shape, requiresGrad }) => ({ name, shape, trained: requiresGrad }));
  const chosen = chooseOptimizer(keeping, model);
  if (typeof chosen === 'string')
    return { state: null, notes: [`the optimizer's state in the checkpoint was not used: ${chosen}`] };
  const { optimizer, assigned } = chosen;
  const trained = parameters.filter(({ requiresGrad }) => requiresGrad);
  const states = trained.map(({ name }) => assigned.get(name) as ParameterState);
  const state = { moments: await momentsOf(states), step: await stepOf(states), learningRate: rateOf(optimizer) };
  if ([...state.moments.values()].some((values) => !values.every(Number.isFinite)))
    return {
      state: null,
      notes: ["the optimizer's state in the checkpoint was not used: it holds NaN or infinite values"],
    };
  const which = optimizers.length === 1 ? '' : ` (${optimizer.path})`;
  const age = state.step === null ? '' : ` after ${state.step} steps`;
  return { state, notes: [`optimizer state of the checkpoint${which}${age}: ${[...state.moments.keys()].join(', ')}`] };
}

/** `initial_lr` is what a scheduler started from. Null also where joined optimizers do not agree. */
function rateOf({ groups, joins }: ChosenOptimizer['optimizer']): number | null {
  const rates = (joins === true ? groups : groups.slice(0, 1)).map((group) => group['initial_lr'] ?? group['lr']);
  const [rate] = rates;
  return typeof rate === 'number' && rates.every((each) => each === rate) ? rate : null;
}

/** Those that every parameter has, one after another. */
async function momentsOf(states: readonly ParameterState[]): Promise<Map<string, Float64Array>> {
  const names = [...(states[0]?.tensors.keys() ?? [])].filter((name) =>
    states.every(({ tensors }) => name !== 'step' && tensors.has(name)),
  );
  const moments = new Map<string, Float64Array>();
  for (const name of names) {
    const parts: ArrayLike<number | bigint>[] = [];
    for (const { tensors } of states) parts.push((await tensors.get(name)?.read()) ?? []);
    const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const part of parts) {
      whole.set(Float64Array.from(part, Number), offset);
      offset += part.length;
    }
    moments.set(name, whole);
  }
  return moments;
}

/** The largest: parameters that joined later have taken fewer. */
async function stepOf(states: readonly ParameterState[]): Promise<number | null> {
  const steps: number[] = [];
  for (const { tensors, numbers } of states) {
    const stored = tensors.get('step');
    const step =
      numbers.get('step') ??
      (stored === undefined || elementCount(stored.shape) !== 1 ? undefined : Number((await stored.read())[0]));
    if (step !== undefined) steps.push(step);
  }
  return steps.length === 0 ? null : Math.max(...steps);
}
