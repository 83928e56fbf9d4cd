/** `.keras` and `.h5` files as models by themselves: the same weights and predictions as Keras, and what is refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../../server/src/checkpoint/checkpointError';
import { kerasModel, openKerasFile } from '../../../../server/src/frontend/keras/kerasFile';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { isModelFile } from '../../../../server/src/frontend/modelFileNames';
import { openModelFile } from '../../../../server/src/frontend/modelFiles';
import { readTrainingFacts } from '../../../../server/src/frontend/torch/trainingFacts';
import { DiskDataFiles } from '../../../../server/src/project/diskDataFiles';
import { loadState } from '../../../../server/src/worker/loadParameters';
import { noSources } from '../onnx/fixtures';
import { expectValues, expectWeights, folder, models, type Recorded } from './recorded';

interface Written {
  readonly keras: { readonly compile_config?: object };
  readonly h5: { readonly model_config: object; readonly training_config?: object };
}

const written = JSON.parse(readFileSync(join(folder, 'configurations.json'), 'utf8')) as Readonly<
  Record<string, Written>
>;
const configurationOf = (name: string): Written => {
  const found = written[name];
  if (found === undefined) throw new RangeError(`no configuration of ${name}`);
  return found;
};

const traced = (model: object, recorded?: Recorded): TracedModel =>
  kerasModel('model.keras', { model, training: undefined }).trace({
    file: 'model.keras',
    source: '',
    sources: noSources,
    precision: 'float64',
    batch: recorded?.inputs[0]?.[0][0] ?? 2,
  });

const described = models.filter(({ name }) => name !== 'subclassed');

describe('configurations of Keras', () => {
  it.each(described)('$name of a .keras file is the model', async (recorded) => {
    const model = traced(configurationOf(recorded.name).keras, recorded);
    expectWeights(model, recorded);
    await expectValues(model, recorded);
  });

  it.each(described)('$name of an HDF5 file is the model', async (recorded) => {
    const model = traced(configurationOf(recorded.name).h5.model_config, recorded);
    expectWeights(model, recorded);
    await expectValues(model, recorded);
  });

  it('lists of Keras 2 are read, calls of nested models counted from 1', () => {
    const dense = (name: string, units: number, inbound: unknown[]): object => ({
      class_name: 'Dense',
      name,
      config: { name, trainable: true, dtype: 'float32', units, activation: 'relu' },
      inbound_nodes: inbound,
    });
    const input = (name: string): object => ({
      class_name: 'InputLayer',
      name,
      config: { batch_input_shape: [null, 4], dtype: 'float32', sparse: false, ragged: false, name },
      inbound_nodes: [],
    });
    const graph = (name: string, layers: object[], output: unknown[]): object => ({
      class_name: 'Functional',
      name,
      config: { name, layers, input_layers: [[`${name}_in`, 0, 0]], output_layers: [output] },
    });
    const inner = graph('inner', [input('inner_in'), dense('hidden', 3, [[['inner_in', 0, 0, {}]]])], ['hidden', 0, 0]);
    const outer = graph(
      'outer',
      [
        input('outer_in'),
        { ...inner, inbound_nodes: [[['outer_in', 0, 0, {}]]] },
        {
          class_name: 'TFOpLambda',
          name: 'tf.math.add',
          config: { name: 'tf.math.add', trainable: true, dtype: 'float32', function: 'math.add' },
          inbound_nodes: [['inner', 1, 0, { y: ['inner', 1, 0] }]],
        },
        dense('last', 2, [[['tf.math.add', 0, 0, {}]]]),
      ],
      ['last', 0, 0],
    );
    const model = traced(outer);
    expect(model.stopped).toBeNull();
    expect(model.stateKeys.map(({ key }) => key)).toEqual(['hidden/kernel', 'hidden/bias', 'last/kernel', 'last/bias']);
    expect(model.outputNode?.shape).toEqual([2, 2]);
  });

  it('a layer that a nested model has, too, is one layer', () => {
    const dense = (number?: number): object => ({
      module: 'keras.layers',
      class_name: 'Dense',
      config: { name: 'dense', units: 3, trainable: true },
      ...(number === undefined ? {} : { shared_object_id: number }),
    });
    const inner = (layer: object): object => ({
      module: 'keras',
      class_name: 'Sequential',
      config: { name: 'inner', layers: [layer] },
      build_config: { input_shape: [null, 3] },
    });
    const model = (number?: number): TracedModel =>
      traced({
        module: 'keras',
        class_name: 'Sequential',
        config: {
          name: 'model',
          layers: [
            { module: 'keras.layers', class_name: 'InputLayer', config: { batch_shape: [null, 3], name: 'x' } },
            dense(number),
            inner(dense(number)),
          ],
        },
      });
    expect(model(7).parameters.map(({ shape }) => [...shape])).toEqual([[3, 3], [3]]);
    expect(model().totalParameters).toBe(24);
  });

  it.each([
    ['a subclass', configurationOf('subclassed').keras, 'the model class Subclassed is code of its own'],
    [
      'a Lambda layer',
      layered('Lambda', { name: 'twice', trainable: true }),
      'the Lambda layer twice is code of its own',
    ],
    [
      'a custom layer',
      layered('Mine', { trainable: true }, 'package', 'package>Mine'),
      'the class Mine is code of its own',
    ],
    [
      'a custom function',
      layered('Dense', {
        units: 2,
        trainable: true,
        activation: { module: 'builtins', class_name: 'function', config: 'mine', registered_name: 'function' },
      }),
      'the function mine is code of its own',
    ],
    ['an unknown layer', layered('Mystery', { trainable: true }), 'the layer class Mystery is code of its own'],
    [
      'a quantised layer',
      layered('Dense', { units: 2, trainable: true, dtype: 'int8_from_float32' }),
      'int8_from_float32',
    ],
  ])('%s is refused by name', (_, configuration, message) => {
    expect(traced(configuration).stopped?.reason).toContain(message);
  });

  it('changed configurations stop with a reason', () => {
    const text = JSON.stringify(configurationOf('gru').keras);
    const values = [...text.matchAll(/(?<=[:,[])(?:"[^"]*"|-?[\d.]+|null|true|false)(?=[,\]}])/g)];
    const others = ['null', '-1', '"x"', '[]', '{}', '[[["gru",0,0]]]', '1e300', '{"class_name":"Dense","config":{}}'];
    values
      .filter((_, i) => i % 29 === 3)
      .forEach(({ 0: value, index }, i) => {
        const changed = text.slice(0, index) + (others[i % others.length] ?? '') + text.slice(index + value.length);
        const model = traced(JSON.parse(changed) as object);
        expect(model.stopped === null || model.stopped.reason !== '').toBe(true);
      });
  });

  it('the optimizer of compile is a fact of training, at the first line', () => {
    const { keras, h5 } = configurationOf('regularised');
    for (const [model, training] of [
      [keras, keras.compile_config],
      [h5.model_config, h5.training_config],
    ]) {
      const { training: source = '' } = kerasModel('model.keras', { model: model ?? {}, training });
      const { optimizers, stopped } = readTrainingFacts({ file: 'model.keras', source, sources: noSources });
      expect(stopped).toBeNull();
      expect(optimizers.map(({ kind, arguments: { lr } }) => [kind, lr?.value, lr?.span.line])).toEqual([
        ['RMSprop', 0.001, 1],
      ]);
    }
  });

  it('the loss of compile is the loss of the model', () => {
    const { keras } = configurationOf('regularised');
    const opened = kerasModel('model.keras', { model: keras, training: keras.compile_config });
    const model = opened.trace({ file: 'model.keras', source: '', sources: noSources, loss: { kind: 'own' } });
    expect([model.compiled, model.loss?.description]).toEqual([true, 'CategoricalCrossentropy']);
  });
});

describe('files of Keras as models', () => {
  it.each(['small.keras', 'small.h5'])('%s fits its own weights', async (name) => {
    const files = new DiskDataFiles();
    const file = join(folder, name);
    try {
      const opened = await openModelFile(files, file);
      const model = opened.trace({ file, source: '', sources: noSources });
      expect(model.stopped).toBeNull();
      const { unexpected, parameters } = await loadState(model, opened.ownWeights);
      expect([unexpected, parameters.size]).toEqual([[], model.parameters.length]);
      expect(opened.training).toContain('compiled');
    } finally {
      await files.close();
    }
  });

  it('weights alone are no model', async () => {
    expect(isModelFile('model.weights.h5')).toBe(false);
    const files = new DiskDataFiles();
    try {
      const opening = openKerasFile(files, join(folder, 'small.weights.h5'));
      await expect(opening).rejects.toThrow(CheckpointError);
      await expect(opening).rejects.toThrow('not the configuration of their model');
    } finally {
      await files.close();
    }
  });
});

function layered(name: string, config: object, home = 'keras.layers', registered: string | null = null): object {
  const input = { module: 'keras.layers', class_name: 'InputLayer', config: { batch_shape: [null, 4], name: 'x' } };
  const layer = { module: home, class_name: name, config: { name: 'layer', ...config }, registered_name: registered };
  return { module: 'keras', class_name: 'Sequential', config: { name: 'model', layers: [input, layer] } };
}
