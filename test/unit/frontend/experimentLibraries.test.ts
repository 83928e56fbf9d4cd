/** Sizes that follow from environments and from settings kept by a tracker of experiments. */
import { describe, expect, it } from 'vitest';
import type { TracedModel } from '../../../server/src/frontend/model';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';
import { noSources } from './onnx/fixtures';

const traced = (source: string): TracedModel =>
  traceModel({ file: 'train.py', source, sources: noSources, limits: { seconds: 60 } });

const shapes = ({ stateKeys }: TracedModel): (readonly number[])[] => stateKeys.map(({ shape }) => shape);

const agent = (name: string, actions: string): string => `
import gym
from keras import Input, Sequential, layers
env = gym.make("${name}")
state = env.reset()
model = Sequential([Input(env.observation_space.shape), layers.Flatten(), layers.Dense(${actions})])
model.compile("adam", "mse")
`;

describe('environments', () => {
  it.each([
    ['CartPole-v1', 'env.action_space.n', [4, 2]],
    ['Pendulum-v0', 'env.action_space.shape[0]', [3, 1]],
    ['BreakoutNoFrameskip-v4', 'env.action_space.n', [210 * 160 * 3, 4]],
    ['Pong-ram-v0', 'env.action_space.n', [128, 6]],
    ['Ant-v4', 'env.action_space.shape[0]', [27, 8]],
    ['Ant-v5', 'env.action_space.shape[0]', [105, 8]],
    ['Reacher-v5', 'env.action_space.shape[0]', [10, 2]],
  ])('%s has sizes', (name, actions, kernel) => {
    const model = traced(agent(name, actions));
    expect(model.stopped).toBeNull();
    expect(shapes(model)[0]).toEqual(kernel);
  });

  it('one of the code is unknown, with its name', () => {
    expect(traced(agent('Warehouse-v3', 'env.action_space.n')).stopped?.reason).toContain('Warehouse-v3');
  });

  it('settings that change sizes make them unknown, others do not', () => {
    const made = (settings: string): TracedModel =>
      traced(agent('LunarLander-v3', 'env.action_space.n').replace('-v3"', `-v3", ${settings}`));
    expect(made('continuous=True').stopped?.reason).toContain('LunarLander-v3 with continuous');
    expect(shapes(made('render_mode="human"'))[0]).toEqual([8, 4]);
  });

  it('a version whose sizes are not known is unknown', () => {
    expect(traced(agent('Ant-v1', 'env.action_space.shape[0]')).stopped?.reason).toContain('Ant-v1');
  });

  it('Gymnasium is Gym', () => {
    const model = traced(agent('Acrobot-v1', 'env.action_space.n').replace('import gym', 'import gymnasium as gym'));
    expect(shapes(model)[0]).toEqual([6, 3]);
  });
});

describe('settings of Weights & Biases', () => {
  const sized = (settings: string): TracedModel =>
    traced(`
import wandb
from wandb.keras import WandbCallback
from keras import Input, Sequential, layers
${settings}
wandb.log({"begun": True})
model = Sequential([Input((3,)), layers.Dense(config.hidden)])
model.compile("adam", "mse")
`);

  it.each([
    ['of init', 'config = wandb.init(config={"hidden": 7}).config'],
    ['of attributes', 'run = wandb.init()\nconfig = run.config\nconfig.hidden = 7'],
    ['of the module', 'wandb.init()\nwandb.config.update({"hidden": 7})\nconfig = wandb.config'],
    ['of defaults', 'wandb.config.hidden = 7\nwandb.config.setdefaults({"hidden": 9})\nconfig = wandb.config'],
  ])('%s give sizes', (_, settings) => {
    const model = sized(settings);
    expect(model.stopped).toBeNull();
    expect(shapes(model)[0]).toEqual([3, 7]);
  });

  it('what a server knows is unknown', () => {
    expect(sized('config = wandb.Api().run("a/b").config').stopped?.reason).toContain('wandb.Api is not read');
  });
});
