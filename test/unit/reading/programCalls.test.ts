/** Functions and objects that make models of Keras are read as the programs of the project call them. */
import { describe, expect, it } from 'vitest';
import type { ModelReading } from '../../../server/src/protocol/reading';
import { readText, readWhole, worldOf } from './world';

const unet = `
from keras import Input, Model
from keras.layers import Conv2D

def unet(shape, classes):
    inputs = Input(shape)
    return Model(inputs, Conv2D(classes, 1)(inputs))
`;

const modelNamed = async (name: string, ...texts: Parameters<typeof readText>): Promise<ModelReading | undefined> =>
  (await readText(...texts)).reading.models.find((each) => each.name === name);

describe('arguments that have no default', () => {
  it('come from the call of a program that imports the file', async () => {
    const program = `
import argparse
from model import unet
parser = argparse.ArgumentParser()
parser.add_argument('--classes', type=int, default=5)
sizes = {'height': 32, 'width': 48}
if __name__ == '__main__':
    net = unet((sizes['height'], sizes['width'], 3), parser.parse_args().classes)
    net.save('net.keras')
`;
    const found = await modelNamed('unet', unet, { '/p/segment.py': program });
    expect(found?.stopped).toBeNull();
    expect(found?.totalParameters).toBe(3 * 5 + 5);
    expect(found?.outputShape?.slice(1)).toEqual([32, 48, 5]);
    expect(found?.construction).toBe('unet(shape=(32, 48, 3), classes=5)');
  });

  it('come from the main function of the file itself', async () => {
    const found = await modelNamed(
      'unet',
      `${unet}\ndef main():\n    unet((8, 8, 2), classes=4).summary()\n\nmain()\n`,
    );
    expect(found?.totalParameters).toBe(2 * 4 + 4);
  });

  it('are those of the model that a program chooses by name, for its alternatives', async () => {
    const alternatives = `${unet}
def dilated(shape, classes, rate=2):
    inputs = Input(shape)
    return Model(inputs, Conv2D(classes, 3, dilation_rate=rate)(inputs))

MODELS = {'unet': unet, 'dilated': dilated}
`;
    const program = `
from model import MODELS
name = 'unet'
MODELS[name](shape=(16, 16, 1), classes=3).compile('adam', 'mse')
`;
    const found = await modelNamed('dilated', alternatives, { '/p/segment.py': program });
    expect(found?.construction).toBe('dilated(shape=(16, 16, 1), classes=3)');
    expect(found?.totalParameters).toBe(9 * 3 + 3);
  });

  it('come from code in Markdown, where no program makes the model', async () => {
    const readme = `# Segmentation

\`\`\`python
>>> from model import unet
>>> size = 24
>>> net = unet((size, size, 4), classes=6)
\`\`\`

\`\`\`sh
unet((1, 1, 1), 1)
\`\`\`
`;
    const found = await modelNamed('unet', unet, { '/p/README.md': readme });
    expect(found?.construction).toBe('unet(shape=(24, 24, 4), classes=6)');
    expect(found?.totalParameters).toBe(4 * 6 + 6);
    expect(found?.guessed).toEqual([]);
  });

  it('come from tests, with what they prepare', async () => {
    const tests = `
import unittest
from model import unet

class TestUnet(unittest.TestCase):
    def setUp(self):
        self.classes = 7

    def test_shape(self):
        net = unet((12, 12, 2), self.classes)
        self.assertEqual(net.output_shape, (None, 12, 12, 7))
`;
    const found = await modelNamed('unet', unet, { '/p/test_model.py': tests });
    expect(found?.construction).toBe('unet(shape=(12, 12, 2), classes=7)');
    expect(found?.stopped).toBeNull();
  });

  it('are guessed where they are sizes of inputs and outputs that nothing gives, and that is said', async () => {
    const { reading } = await readText(unet);
    const [found] = reading.models;
    expect(found?.construction).toBe('unet(shape=(224, 224, 3), classes=10)');
    expect(found?.guessed).toEqual(['shape=(224, 224, 3)', 'classes=10']);
    expect(found?.totalParameters).toBe(3 * 10 + 10);
    const [finding] = reading.findings.filter(({ code }) => code === 'HL408');
    expect(finding?.message).toMatch(/how large unet is.*shape=\(224, 224, 3\), classes=10, which is a guess/);
    expect(finding?.line).toBe(5);
  });

  it('are asked for where they decide on layers', async () => {
    const deep = unet.replace('def unet(shape, classes)', 'def unet(shape, classes, filters)');
    const found = await modelNamed('unet', deep);
    expect(found?.stopped?.reason).toMatch(/arguments of unet are not known.*'shape', 'classes', and 'filters'/);
    expect(found?.guessed).toEqual([]);
  });
});

describe('a program inside a package', () => {
  it('imports its neighbours relatively, whatever else has their names', async () => {
    const network = `
from ..shapes import SIZE
from .base import units
from keras import Input, Model
from keras.layers import Dense

def network(size):
    inputs = Input((size,))
    return Model(inputs, Dense(units)(inputs))

def main():
    size = SIZE
    network(size)

if __name__ == '__main__':
    main()
`;
    const files = {
      '/p/pack/__init__.py': '',
      '/p/pack/shapes.py': 'from .base import SIZE\n',
      '/p/pack/base.py': 'SIZE = 5\n',
      '/p/pack/core/__init__.py': '',
      '/p/pack/core/base.py': 'units = 3\n',
      '/p/pack/core/network.py': network,
    };
    const { reading } = await readWhole(network, worldOf(files), '/p/pack/core/network.py');
    expect(reading.models[0]?.construction).toBe('network(size=5)');
    expect(reading.models[0]?.totalParameters).toBe(5 * 3 + 3);
  });
});

describe('models of objects', () => {
  const gan = `
from keras import Input, Model, Sequential
from keras.layers import Dense

class GAN:
    def __init__(self, latent):
        self.generator = self.build(latent, 6)
        self.discriminator = self.build(6, 1)
        self.discriminator.compile('adam', 'binary_crossentropy')
        z = Input((latent,))
        self.combined = Model(z, self.discriminator(self.generator(z)))
        self.combined.compile('adam', 'binary_crossentropy')

    def build(self, size, units):
        return Sequential([Input((size,)), Dense(units)])

    def train(self):
        self.combined.fit(None, None)

if __name__ == '__main__':
    GAN(latent=4).train()
`;

  it('that their methods return are made again by the same calls', async () => {
    const found = await modelNamed('GAN.build', gan);
    expect(found?.construction).toBe('GAN(latent=4).build(size=6, units=1)');
    expect(found?.totalParameters).toBe(7);
    expect(found?.place.line).toBe(gan.split('\n').findIndex((line) => line.includes('def build')) + 1);
  });

  it('that they keep are found by their attribute', async () => {
    const found = await modelNamed('GAN.combined', gan);
    expect(found?.construction).toBe('GAN(latent=4).combined');
    expect(found?.stopped).toBeNull();
    expect(found?.outputShape?.slice(1)).toEqual([1]);
  });
});

it('a variable of a function that gives its model among other things is that model, shown once', async () => {
  const program = `import * as tf from '@tensorflow/tfjs';
function build() {
  const coder = tf.sequential();
  coder.add(tf.layers.dense({units: 4, inputShape: [9]}));
  coder.add(tf.layers.dense({units: 9}));
  coder.compile({optimizer: 'adam', loss: 'meanSquaredError'});
  return {coder, last: coder.layers[1]};
}
async function main() {
  const {coder} = build();
  await coder.fit(tf.zeros([8, 9]), tf.zeros([8, 9]), {epochs: 1});
}
main();
`;
  const { reading } = await readWhole(program, worldOf({ '/p/model.js': program }), '/p/model.js');
  expect(reading.models.map(({ totalParameters }) => totalParameters)).toEqual([9 * 4 + 4 + 4 * 9 + 9]);
});
