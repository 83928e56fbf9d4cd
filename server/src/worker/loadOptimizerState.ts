/** The optimizer's state of a checkpoint, brought into the order of the model's trained parameters. */
import type { Checkpoint, OptimizerState, ParameterState } from '../checkpoint/checkpoint';
import { assignState } from '../checkpoint/optimizerParameters';
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
  { optimizer }: Pick<Checkpoint, 'optimizer'>,
): Promise<LoadedOptimizerState> {
  if (optimizer === undefined) return { state: null, notes: [] };
  if (optimizer.parameters.every(({ tensors }) => tensors.size === 0))
    return { state: null, notes: ['the optimizer of the checkpoint keeps no state'] };
  const model = parameters.map(({ name, shape, requiresGrad }) => ({ name, shape, trained: requiresGrad }));
  const assigned = assignState(optimizer, model);
  if (typeof assigned === 'string')
    return { state: null, notes: [`the optimizer's state in the checkpoint was not used: ${assigned}`] };
  const trained = parameters.filter(({ requiresGrad }) => requiresGrad);
  const states = trained.map(({ name }) => assigned.get(name) as ParameterState);
  const state = { moments: await momentsOf(states), step: await stepOf(states), learningRate: rateOf(optimizer) };
  if ([...state.moments.values()].some((values) => !values.every(Number.isFinite)))
    return {
      state: null,
      notes: ["the optimizer's state in the checkpoint was not used: it holds NaN or infinite values"],
    };
  const age = state.step === null ? '' : ` after ${state.step} steps`;
  return { state, notes: [`optimizer state of the checkpoint${age}: ${[...state.moments.keys()].join(', ')}`] };
}

/** `initial_lr` is what a scheduler started from. */
function rateOf({ groups: [group] }: OptimizerState): number | null {
  const rate = group?.['initial_lr'] ?? group?.['lr'];
  return typeof rate === 'number' ? rate : null;
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
