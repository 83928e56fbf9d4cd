/** Subclasses as training programs have them: without `call`, around models with inputs of their own, with `train` methods. */
import { describe, expect, it } from 'vitest';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import { noSources } from '../onnx/fixtures';

const traced = (text: string, model?: string): TracedModel =>
  traceModel({
    file: 'train.py',
    source: `import keras\nfrom keras import layers\n${text}`,
    sources: noSources,
    ...(model === undefined ? {} : { model }),
    limits: { seconds: 60 },
  });

const parts = `
def encoder():
    i = keras.Input((8, 8, 1))
    return keras.Model(i, layers.Dense(2)(layers.Flatten()(i)))
def decoder():
    i = keras.Input((2,))
    return keras.Model(i, layers.Dense(5)(i))
`;

describe('a subclass without call()', () => {
  const program = `${parts}
class VAE(keras.Model):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
    def train_step(self, data):
        return {}
vae = VAE(encoder(), decoder())
vae.compile(optimizer='adam')
`;

  it('is shown by its largest model, which is said', () => {
    const model = traced(program);
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(64 * 2 + 2);
    expect(model.notes?.join()).toMatch(/VAE has no call\(\).*vae\.encoder.*vae\.decoder/);
  });

  it('with layers of its own is none of its models', () => {
    const { stopped } = traced(`
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.augment = keras.Sequential([keras.Input((4,)), layers.Rescaling(2.0)])
        self.inner = keras.Sequential([keras.Input((4,)), layers.Dense(4)])
        self.head = layers.Dense(3)
    def train_step(self, data):
        return {}
model = Net()
`);
    expect(stopped?.reason).toContain('does not have a `call()` method');
  });

  it('the others are named by their attributes', () => {
    expect(traced(program, 'vae.decoder').totalParameters).toBe(2 * 5 + 5);
  });
});

describe('an unbuilt subclass', () => {
  it('takes what the model that it keeps takes', () => {
    const model = traced(`${parts}
class Around(keras.Model):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
    def call(self, inputs):
        return self.inner(inputs)
model = Around(encoder())
`);
    expect(model.stopped).toBeNull();
    expect(model.inputs.map(({ node }) => node.shape)).toEqual([[2, 8, 8, 1]]);
  });

  it('takes a list where call takes it apart', () => {
    const model = traced(`
class Two(keras.Model):
    def __init__(self):
        super().__init__()
        self.a, self.b = layers.Dense(3), layers.Dense(3)
    def call(self, inputs):
        left, right = inputs
        return self.a(left) + self.b(right)
model = Two()
`);
    expect(model.stopped).toBeNull();
    expect(model.inputs).toHaveLength(2);
  });

  it('has methods train and eval of its own', () => {
    const model = traced(`
class Agent(keras.Model):
    def __init__(self):
        super().__init__()
        self.d = layers.Dense(3)
    def train(self, states, actions, rewards):
        raise RuntimeError('not called')
    def eval(self, states):
        raise RuntimeError('not called')
    def call(self, x):
        return self.d(x)
model = Agent()
model.build((None, 4))
`);
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(15);
  });
});

describe('variables', () => {
  // Keras 3.15: ['m/bias', 'mine/w', 'm/d/kernel', 'm/d/bias'].
  it('that __init__ makes are named below their layer, whatever it is part of', () => {
    const { stateKeys } = traced(`
class L(layers.Layer):
    def __init__(self):
        super().__init__(name='mine')
        self.w = self.add_weight(shape=(3,), name='w')
    def call(self, x):
        return x * self.w
class M(keras.Model):
    def __init__(self):
        super().__init__(name='m')
        self.l = L()
        self.b = self.add_weight(shape=(1,), name='bias')
        self.d = layers.Dense(2, name='d')
    def call(self, x):
        return self.d(self.l(x)) + self.b
model = M()
model.build((None, 3))
`);
    expect(stateKeys.map(({ key }) => key)).toEqual(['m/bias', 'mine/w', 'm/d/kernel', 'm/d/bias']);
  });

  it('of keras.Variable and draws of keras.random', () => {
    const model = traced(`
class L(layers.Layer):
    def build(self, shape):
        self.w = keras.Variable(keras.initializers.GlorotUniform()((shape[-1], 4)), name='kernel')
        self.s = keras.Variable('zeros', shape=(4,), trainable=False, name='seen')
    def call(self, x):
        return keras.random.dropout(x @ self.w, 0.0, seed=keras.random.SeedGenerator(1)) + self.s
model = keras.Sequential([keras.Input((3,)), L()])
`);
    expect(model.stopped).toBeNull();
    expect(model.stateKeys.map(({ shape }) => shape)).toEqual([[3, 4], [4]]);
    expect(model.totalParameters).toBe(12);
  });
});

it('an activation that is taken off a layer is none', () => {
  const model = traced(`
i = keras.Input((3,))
d = layers.Dense(2, activation='softmax')
model = keras.Model(i, d(i))
model.layers[-1].activation = None
`);
  expect(model.stopped).toBeNull();
});

it('what a function of the file makes, but could not be followed, is not replaced by a part of it', () => {
  const { stopped } = traced(`
import somewhere
augment = keras.Sequential([keras.Input((4,)), layers.Rescaling(2.0)])
def make():
    i = keras.Input((4,))
    return keras.Model(i, layers.Dense(somewhere.count())(augment(i)))
def run(model):
    model.compile('sgd', 'mse')
net = make()
run(net)
`);
  expect(stopped?.reason).toContain('the model net is not known');
});

it.each([
  [
    'a callback of fit',
    "model.fit([1], [2], callbacks=[keras.callbacks.ModelCheckpoint('best.keras', save_best_only=True)])",
  ],
  ['save', "model.save('best.keras')"],
])('a model that the program reads again from what %s wrote is its own', (_, write) => {
  const program = `
model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
model.compile('adam', 'mse')
${write}
model = keras.models.load_model('best.keras')
print(model.evaluate([1], [2]))
`;
  expect(traced(program).totalParameters).toBe(15);
  expect(traced(program.replace("load_model('best", "load_model('other")).stopped?.reason).toContain(
    'name the file itself',
  );
});
