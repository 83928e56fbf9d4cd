import { describe, expect, test } from 'vitest';
import type { CheckpointTensor, OptimizerState } from '../../../server/src/checkpoint/checkpoint';
import { chooseOptimizer } from '../../../server/src/checkpoint/chooseOptimizer';
import { assignState, type ModelParameter } from '../../../server/src/checkpoint/optimizerParameters';
import { loadOptimizerState } from '../../../server/src/worker/loadOptimizerState';
import type { TracedModel } from '../../../server/src/frontend/model';
import { openFixture } from './fixtures';

/** A state whose groups list parameters of these shapes; null: never trained. */
function stateOf(...groups: readonly (readonly (readonly number[] | null)[])[]): OptimizerState {
  const entries = groups.flatMap((shapes, group) => shapes.map((shape) => ({ shape, group })));
  return {
    path: 'optimizer',
    groups: groups.map(() => ({})),
    parameters: entries.map(({ shape, group }, index) => ({
      index,
      group,
      tensors: new Map(shape === null ? [] : [['exp_avg_sq', { shape } as CheckpointTensor]]),
      numbers: new Map(),
    })),
  };
}

const parameter = (name: string, shape: readonly number[], trained = true): ModelParameter => ({
  name,
  shape,
  trained,
});
const network = [
  parameter('fc1.weight', [8, 4]),
  parameter('fc1.bias', [8]),
  parameter('fc2.weight', [8, 8]),
  parameter('fc2.bias', [8]),
];

function positions(state: OptimizerState, model: readonly ModelParameter[]): (number | undefined)[] | string {
  const assigned = assignState(state, model);
  return typeof assigned === 'string' ? assigned : model.map(({ name }) => assigned.get(name)?.index);
}

describe('state of an optimizer and parameters of a model', () => {
  test('one group follows the order of the model', () => {
    expect(positions(stateOf([[8, 4], [8], [8, 8], [8]]), network)).toEqual([0, 1, 2, 3]);
  });
  test('groups of weights and biases are told apart by their shapes', () => {
    const state = stateOf(
      [
        [8, 4],
        [8, 8],
      ],
      [[8], [8]],
    );
    expect(positions(state, network)).toEqual([0, 2, 1, 3]);
  });
  test('frozen parameters may be missing, or there without a state', () => {
    const frozen = [parameter('embed', [8, 8], false), ...network];
    expect(positions(stateOf([[8, 4], [8], [8, 8], [8]]), frozen)).toEqual([undefined, 0, 1, 2, 3]);
    expect(positions(stateOf([null, [8, 4], [8], [8, 8], [8]]), frozen)).toEqual([0, 1, 2, 3, 4]);
  });
  test('names decide where the groups have them', () => {
    const state = stateOf([[8], [8, 8], [8], [8, 4]]);
    const named = { ...state, groups: [{ param_names: ['fc2.bias', 'fc2.weight', 'fc1.bias', 'fc1.weight'] }] };
    expect(positions(named, network)).toEqual([3, 2, 1, 0]);
  });
  test('what shapes do not decide is refused', () => {
    const alike = ['a', 'b', 'c', 'd'].map((name, i) => parameter(name, i < 2 ? [8, 8] : [8]));
    expect(positions(stateOf([[8], [8, 8]], [[8, 8], [8]]), alike)).toMatch(/do not tell/);
    expect(positions(stateOf([[8, 4]]), network)).toMatch(/1 parameters, the model 4/);
    expect(positions(stateOf([[8, 4], [8], null, [8]]), network)).toMatch(/no state for fc2.weight/);
  });
  test('is read into the order of θ', async () => {
    const checkpoint = await openFixture('adamw.pt');
    // The rest are buffers.
    const names = checkpoint.tensors.filter(({ name }) => !/offset|running|batches/.test(name));
    const traced = names.map(({ name, shape }) => ({ name, shape, requiresGrad: true }));
    const { state } = await loadOptimizerState(
      { parameters: traced as unknown as TracedModel['parameters'] },
      checkpoint,
    );
    const count = names.reduce((sum, { elementCount }) => sum + elementCount, 0);
    expect(state?.step).toBe(3);
    expect(state?.moments.get('exp_avg_sq')?.length).toBe(count);
    expect(state?.moments.get('exp_avg_sq')?.[0]).toBeCloseTo(0.2738436758518219, 12);
  });
});

describe('several optimizers in one checkpoint', () => {
  const named = (path: string, ...shapes: readonly (readonly number[])[]): OptimizerState => ({
    ...stateOf(shapes),
    path,
  });
  const own = named('optimizer_G', [8, 4], [8], [8, 8], [8]);

  test('the one with the shapes of the model is taken', () => {
    const chosen = chooseOptimizer([named('optimizer_D', [1, 4], [1]), own], network);
    expect(typeof chosen === 'string' ? chosen : chosen.optimizer.path).toBe('optimizer_G');
  });

  test('none is taken where two fit, and where none does the reasons are said', () => {
    expect(chooseOptimizer([own, { ...own, path: 'optimizer_D' }], network)).toBe(
      'those of optimizer_G and optimizer_D fit equally well',
    );
    expect(chooseOptimizer([named('optimizer_D', [1, 4]), named('optimizer_E', [2])], network)).toMatch(
      /optimizer_D: it has 1 parameters, the model 4 trained ones; optimizer_E: /,
    );
  });

  test('those of the parts of one model are joined in their order', () => {
    const parts = [named('optimizer_states.0', [8, 4], [8]), named('optimizer_states.1', [8, 8], [8])];
    const chosen = chooseOptimizer(parts, network);
    if (typeof chosen === 'string') throw new Error(chosen);
    expect(network.map(({ name }) => chosen.assigned.get(name)?.index)).toEqual([0, 1, 2, 3]);
    expect(chosen.optimizer.parameters.map(({ group }) => group)).toEqual([0, 0, 1, 1]);
    expect(chosen.optimizer.path).toBe('optimizer_states.0 and optimizer_states.1');
  });

  test('are found under every key of a file', async () => {
    const { optimizers } = await openFixture('gan.pt');
    expect(optimizers.map(({ path, parameters }) => [path, parameters.length])).toEqual([
      ['optimizer_G', 2],
      ['optimizer_D', 2],
    ]);
    // Written by PyTorch after one step of Adam with gradients of ones: exp_avg = 1 − β₁.
    const state = optimizers[1]?.parameters[0]?.tensors.get('exp_avg');
    expect(state?.shape).toEqual([1, 3]);
    expect(Array.from((await state?.read()) ?? [], Number)).toEqual([1, 2, 3].map(() => Math.fround(0.1)));
  });
});
