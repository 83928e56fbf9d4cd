/** Models that programs make where no name at their top level holds them, and programs of Python 2. */
import { describe, expect, it } from 'vitest';
import { traceModel, type TraceRequest } from '../../../../server/src/frontend/torch/traceModel';
import { readTrainingFacts, type TrainingFacts } from '../../../../server/src/frontend/torch/trainingFacts';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { parseCached } from '../../../../server/src/python/parseCache';
import { traceMadeModel } from '../../../../server/src/worker/modelCalls';
import { noSources } from '../onnx/fixtures';

const traced = (source: string, more: Partial<TraceRequest> = {}): TracedModel =>
  traceModel({ file: 'train.py', source, sources: noSources, limits: { seconds: 60 }, ...more });

const inMain = `
from keras import Input, Model, layers

def block(x, units):
    return layers.Dense(units)(x)

def main(units):
    inputs = Input((4,))
    encoder = Model(inputs, block(inputs, units))
    network = Model(inputs, block(encoder(inputs), 2))
    TRAIN
    print(network)

if __name__ == '__main__':
    main(units=3)
`;

describe('a program of Keras', () => {
  it.each([
    ['compiled', "network.compile('sgd', 'mse')"],
    ['made last, of which others are parts', 'pass'],
  ])('is read for the model that is %s', (_, statement) => {
    const source = inMain.replace('TRAIN', statement);
    expect(traced(source).stopped?.reason).toMatch(/defines no/);
    const model = traced(source, { asProgram: true });
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(4 * 3 + 3 + 3 * 2 + 2);
    expect(model.line).toBe(source.split('\n').findIndex((line) => line.includes('network = Model')) + 1);
  });

  it.each(['enumerate(sizes)', 'zip(sizes, sizes)'])('goes through all of %s, whatever each item costs', (items) => {
    const model = traced(
      `
import keras, somewhere
sizes = [2, 3, 4, 5]
missing[0]
x = inputs = keras.Input((4,))
for i, size in ${items}:
    somewhere.show()
    for j in range(20000):
        pass
    x = keras.layers.Dense(size)(x)
network = keras.Model(inputs, x)
`,
      { asProgram: true },
    );
    expect(model.stopped).toBeNull();
    expect(model.stateKeys.map(({ shape }) => shape[0])).toEqual([4, 2, 2, 3, 3, 4, 4, 5]);
  });

  it('that makes none says so', () => {
    const { stopped } = traced('import keras\nprint(keras.__version__)\n', { asProgram: true });
    expect(stopped?.reason).toMatch(/makes no model of Keras when it is run/);
  });
});

describe('Python 2', () => {
  const lines = (statement: string): string => `
from keras.models import Sequential
from keras.layers import Dense
model = Sequential()
model.add(Dense(3, input_dim=2))
for i in range(2):
    ${statement}
    model.add(Dense(4))
`;

  it('what is printed is passed over', () => {
    const model = traced(lines("print 'layer', i"));
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(2 * 3 + 3 + (3 * 4 + 4) + (4 * 4 + 4));
  });

  it('anything else that is no Python 3 ends the reading', () => {
    expect(traced(lines('model.add(Dense(017))')).stopped?.reason).toMatch(/^SyntaxError/);
  });
});

describe('layers of a subclass', () => {
  it('a list of them gives its layers', () => {
    const model = traced(`
import tensorflow as tf
class Blocks(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.blocks = [tf.keras.layers.Dense(3), tf.keras.layers.Dense(2)]
    def call(self, x):
        for layer in self.blocks.layers:
            x = layer(x)
        return x
model = Blocks()
model.build((None, 4))
`);
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(4 * 3 + 3 + 3 * 2 + 2);
  });
});

describe('a model whose constructor does not come to its end', () => {
  const source = (after: string): string => `
import keras
from keras import layers
import somewhere

def main():
    inputs = keras.Input((4,))
    encoder = keras.Model(inputs, layers.Dense(3)(inputs))
    outputs = layers.Dense(somewhere.count())(encoder(inputs))
    network = keras.Model(inputs, outputs)
    ${after}

main()
`;

  it('is not shown, nor is a part that was made before it', () => {
    const { stopped, totalParameters } = traced(source('pass'), { asProgram: true });
    expect(stopped?.reason).toMatch(/^the last model that the program makes is not known: /);
    expect(stopped?.reason).toContain("module 'somewhere' is not read");
    expect(totalParameters).toBe(0);
  });

  it('leaves a model that is made after it', () => {
    const model = traced(source('other = keras.Sequential([keras.Input((5,)), layers.Dense(2)])'), { asProgram: true });
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(5 * 2 + 2);
  });
});

/** As the command line and the editor ask for a model. */
const found = (source: string): TracedModel => {
  const request: TraceRequest = { file: 'train.py', source, sources: noSources, limits: { seconds: 60 } };
  const read = (): TrainingFacts => readTrainingFacts(request);
  const programs = { facts: null, users: () => [], read, syntax: () => parseCached(source, 'train.py') };
  return traceMadeModel(traceModel, request, traceModel(request), programs).traced;
};

const trainer = (parameters: string, after: string): string => `
import keras
from keras import layers

class Trainer:
    def __init__(self${parameters}):
        self.size = size
        self.encoder = self.build_encoder()
        inputs = keras.Input((6,))
        self.whole = keras.Model(inputs, layers.Dense(2)(self.encoder(inputs)))

    def build_encoder(self):
        return keras.Sequential([keras.Input((6,)), layers.Dense(self.size)])
${after}
`;
const wholeCount = (size: number): number => 6 * size + size + size * 2 + 2;

describe('models that methods of classes make', () => {
  it('with the defaults of the constructor, where the program makes no object', () => {
    const model = found(trainer(', size=3', ''));
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(wholeCount(3));
  });

  it('as the program makes the object', () => {
    const model = found(trainer(', size=3', "if __name__ == '__main__':\n    Trainer(size=4)"));
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(wholeCount(4));
  });

  it('an object that keeps a model stands for it', () => {
    const model = traced(trainer(', size', ''), { model: 'Trainer(5)' });
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(wholeCount(5));
  });

  it('arguments that nothing says are named, and how to say them', () => {
    expect(found(trainer(', size, depth=2', '')).stopped?.reason).toMatch(
      /makes no model without arguments: Trainer needs size; say them with --model "Trainer\(size=…\)"$/,
    );
  });

  it('layers in a row that an object keeps are no model by themselves', () => {
    const { stopped } = found(`
import keras
class Attention:
    def __init__(self, size=3):
        self.query = keras.Sequential([keras.layers.Dense(size)])
        self.key = keras.Sequential([keras.layers.Dense(size)])
    def __call__(self, x):
        return self.query(x) * self.key(x)
`);
    expect(stopped?.reason).toMatch(/defines no model of Keras/);
  });

  const staticMaker = (after: string): string => `
from keras.models import Sequential
from keras.layers import Dense

class Network:
    @staticmethod
    def build(width, classes):
        model = Sequential()
        model.add(Dense(classes, input_shape=(width,)))
        return model
${after}
`;

  it('static ones with what the program gives them', () => {
    const model = found(
      staticMaker('network = None\ndef main():\n    return Network.build(width=4, classes=3)\nmain()'),
    );
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(4 * 3 + 3);
  });

  it('static ones that nothing calls are named', () => {
    expect(found(staticMaker('')).stopped?.reason).toContain('--model "Network.build(width=…, classes=…)"');
  });
});

describe('what a program leaves unknown', () => {
  const built = (call: string, more = ''): string => `
import tensorflow as tf
import somewhere
from tensorflow.keras import layers
class Network(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.convolution = layers.Conv2D(4, 3, strides=4)
        self.head = layers.Dense(2)
        self.pool = layers.AveragePooling2D(70)
    def call(self, x):
        ${call}
model = Network()
${more}
`;

  it('the size of images: larger ones are tried where the usual are too small, and it is said', () => {
    const model = traced(built('return self.head(layers.Flatten()(self.pool(self.convolution(x))))'));
    expect(model.stopped).toBeNull();
    expect(model.inputs[0]?.shape).toEqual([2, 299, 299, 3]);
    expect(model.notes).toEqual([
      expect.stringMatching(/^nothing says what the model takes: its input is a guess, 299×299×3 /),
    ]);
  });

  it('a size that is said is no guess', () => {
    const model = traced(built('return self.head(self.convolution(x))', 'model.build((None, 40, 40, 3))'));
    expect(model.stopped).toBeNull();
    expect(model.notes).toBeUndefined();
  });

  it('the loss of compile: the model is known without it', () => {
    const model = traced(
      built(
        'return self.head(self.convolution(x))',
        'model.build((None, 40, 40, 3))\nmodel.compile("sgd", loss=somewhere.Loss())',
      ),
    );
    expect(model.stopped).toBeNull();
    expect(model.loss).toBeUndefined();
    expect(model.lossStopped?.reason).toContain("module 'somewhere' is not read");
  });

  it('losses, metrics, optimizers and initialisers under names of TensorFlow are those of its Keras', () => {
    const model = traced(`
import tensorflow as tf
from keras.src import layers
model = tf.keras.Sequential([tf.keras.Input((4,)), layers.Dense(2, kernel_initializer=tf.initializers.glorot_uniform())])
model.compile(tf.optimizers.Adam(0.01), tf.losses.MeanSquaredError())
`);
    expect(model.stopped).toBeNull();
    expect(model.lossStopped).toBeUndefined();
    expect(model.compiled).toBe(true);
  });

  it('arguments of a class: they are named, and how to say them', () => {
    const { stopped } = found(`
import tensorflow as tf
class Network(tf.keras.Model):
    def __init__(self, classes, width):
        super().__init__()
        self.head = tf.keras.layers.Dense(classes)
    def call(self, x):
        return self.head(x)
`);
    expect(stopped?.reason).toMatch(/say them with --model "Network\(classes=…, width=…\)"$/);
  });
});
