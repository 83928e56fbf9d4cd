import { describe, expect, it } from 'vitest';
import { averagesOf, isAverageKey } from '../../../server/src/checkpoint/averages';
import type { Checkpoint, CheckpointTensor } from '../../../server/src/checkpoint/checkpoint';
import { matchWeights, UnknownWeights, weightNames, type WantedState } from '../../../server/src/checkpoint/weights';
import { openBytes } from './fixtures';
import { safetensors } from './safetensorsWriter';

type Shapes = Readonly<Record<string, readonly number[]>>;

/** Containers of tensors of the given shapes, by their paths; the likeliest first. */
async function containersOf(shapes: Readonly<Record<string, Shapes>>): Promise<Pick<Checkpoint, 'containers'>> {
  const containers = Object.entries(shapes).map(async ([path, tensors]) => ({
    path,
    tensors: (await openBytes(safetensors(tensors))).tensors,
  }));
  return { containers: await Promise.all(containers) };
}

const net: readonly WantedState[] = [
  { name: 'conv.weight', shape: [2, 1, 3, 3], role: 'trained parameter' },
  { name: 'conv.bias', shape: [2], role: 'trained parameter' },
  { name: 'norm.running_mean', shape: [2], role: 'buffer' },
  { name: 'embed.weight', shape: [4, 2], role: 'frozen parameter' },
  { name: 'head.weight', shape: [4, 2], role: 'other name', sameAs: 'embed.weight' },
];
const shapesOf = (keep: (entry: WantedState) => boolean, prefix = ''): Shapes =>
  Object.fromEntries(net.filter(keep).map(({ name, shape }) => [prefix + name, shape]));
const own = shapesOf(() => true);
const trained = shapesOf(({ role }) => role === 'trained parameter');
const list = (roles: readonly string[]): Shapes =>
  Object.fromEntries(net.filter(({ role }) => roles.includes(role)).map(({ shape }, index) => [String(index), shape]));

const from = (assignments: ReadonlyMap<string, CheckpointTensor>, { containers }: Pick<Checkpoint, 'containers'>) =>
  Object.fromEntries(
    [...assignments].map(([name, tensor]) => [name, containers.find(({ tensors }) => tensors.includes(tensor))?.path]),
  );

describe('keys of averages', () => {
  it.each([
    'ema',
    'model_ema',
    'ema_state_dict',
    'state_dict_ema',
    'params_ema',
    'shadow_params',
    'EMA',
    'averaged_model',
  ])('%s is one', (key) => expect(isAverageKey(key)).toBe(true));
  it.each(['model', 'avg_pool', 'ema_cluster_size', 'average_pool', 'shadow_mask', 'schema', 'running_mean'])(
    '%s is none',
    (key) => expect(isAverageKey(key)).toBe(false),
  );
});

describe('weights', () => {
  it('are those of the model where an average fits as well, which is offered', async () => {
    // The average has fewer tensors that are not the model's, which otherwise decides.
    const checkpoint = await containersOf({ ema_state_dict: own, model: { ...own, 'criterion.weight': [3] } });
    const match = matchWeights(checkpoint, net);
    expect(match.container).toBe('model');
    expect(match.notes).toEqual([
      `an average of the weights is in 'ema_state_dict' as well; weights "ema" would use it`,
    ]);
    expect(matchWeights(checkpoint, net, 'ema').container).toBe('ema_state_dict');
    expect(matchWeights(checkpoint, net, 'model').container).toBe('model');
    expect(matchWeights(checkpoint, net, 'ema_state_dict').container).toBe('ema_state_dict');
  });

  it('are an average where there is nothing else, and that is said', async () => {
    const match = matchWeights(await containersOf({ ema: own }), net);
    expect([match.container, match.notes]).toEqual(['ema', ["weights from 'ema', an average over training"]]);
  });

  it.each([
    ['all parameters', ['trained parameter', 'frozen parameter'], 1],
    ['what is trained', ['trained parameter'], 3],
  ])('of an average as a list of %s are assigned in the order of the parameters', async (_, roles, lacking) => {
    const checkpoint = await containersOf({ model: own, 'ema.shadow_params': list(roles) });
    const match = matchWeights(checkpoint, net, 'ema');
    const origin = from(match.assignments, checkpoint);
    for (const { name, role } of net)
      if (role !== 'other name') expect(origin[name], name).toBe(roles.includes(role) ? 'ema.shadow_params' : 'model');
    expect(match.missing).toEqual([]);
    expect(match.renaming).toBe("a list in the order of the model's parameters");
    expect(match.notes[1]).toMatch(
      new RegExp(`^${lacking} tensors that it lacks, such as norm.running_mean, from 'model'$`),
    );
  });

  it('of a list with other shapes are not guessed', async () => {
    const checkpoint = await containersOf({ model: own, shadow_params: { 0: [2], 1: [2, 1, 3, 3] } });
    const match = matchWeights(checkpoint, net, 'ema');
    expect(match.assignments.size).toBe(0);
    expect(match.missing).toContain('conv.weight');
  });

  it('of an average among the other tensors are found by their prefix, also without dots', async () => {
    const checkpoint = await containersOf({
      state_dict: {
        'model_ema.decay': [],
        ...Object.fromEntries(
          Object.entries(trained).map(([name, shape]) => [`model_ema.${name.replaceAll('.', '')}`, shape]),
        ),
        ...shapesOf(() => true, 'model.'),
      },
    });
    const match = matchWeights(checkpoint, net, 'ema');
    expect(match.assignments.get('conv.weight')?.name).toBe('model_ema.convweight');
    expect(match.assignments.get('norm.running_mean')?.name).toBe('model.norm.running_mean');
    expect(match.missing).toEqual([]);
    expect(match.renaming).toContain("prefix 'model_ema.' removed");
    const usual = matchWeights(checkpoint, net);
    expect(usual.assignments.get('conv.weight')?.name).toBe('model.conv.weight');
    expect(usual.notes[0]).toContain("'state_dict.model_ema'");
  });

  it('of the online model win over its average in the same dictionary, whichever comes first', async () => {
    const checkpoint = await containersOf({
      '': { ...shapesOf(() => true, 'ema_model.'), ...shapesOf(() => true, 'online_model.') },
    });
    expect(matchWeights(checkpoint, net).assignments.get('conv.bias')?.name).toBe('online_model.conv.bias');
    expect(matchWeights(checkpoint, net, 'ema').assignments.get('conv.bias')?.name).toBe('ema_model.conv.bias');
  });

  it('that are not there are refused with those that are', async () => {
    const checkpoint = await containersOf({ model: own, 'nets.teacher': own });
    expect(() => matchWeights(checkpoint, net, 'ema')).toThrow(UnknownWeights);
    expect(weightNames(checkpoint.containers)).toEqual(['model', 'nets.teacher']);
    expect(matchWeights(checkpoint, net, 'teacher').container).toBe('nets.teacher');
  });

  it('saved once under one of two names are not missing under the other', async () => {
    const without = (...names: string[]) => containersOf({ '': shapesOf(({ name }) => !names.includes(name)) });
    for (const name of ['embed.weight', 'head.weight'])
      expect(matchWeights(await without(name), net).missing).toEqual([]);
    const neither = await without('embed.weight', 'head.weight');
    expect(matchWeights(neither, net).missing).toEqual(['embed.weight', 'head.weight']);
  });

  it('lists each average once, without what lies around it', async () => {
    const { containers } = await containersOf({
      model: own,
      '': { ...shapesOf(() => true, 'model.'), ...shapesOf(() => true, 'ema.') },
      ema: Object.fromEntries(Object.entries(list(['buffer'])).map(([key, shape]) => [`shadow_params.${key}`, shape])),
      'ema.shadow_params': list(['buffer']),
    });
    expect(averagesOf(containers).map(({ path }) => path)).toEqual(['ema.shadow_params', 'ema']);
  });
});
