/** model.json with its shards, as TensorFlow.js saves them: the same predictions as its own loadLayersModel. */
import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { CheckpointError } from '../../../../server/src/checkpoint/checkpointError';
import { openModelFile } from '../../../../server/src/frontend/modelFiles';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import { elementCount, type Node } from '../../../../server/src/graph/node';
import type { ConstantData } from '../../../../server/src/graph/primitives';
import { DiskDataFiles } from '../../../../server/src/project/diskDataFiles';
import { loadState } from '../../../../server/src/worker/loadParameters';
import * as models from '../../../fixtures/tfjs/models.js';
import { noSources } from '../onnx/fixtures';
import { damaged } from './damaged';

const folder = mkdtempSync(join(tmpdir(), 'hessian-lens-tfjs-'));
const file = join(folder, 'model.json');
const batch = 3;

beforeAll(async () => {
  await tf.setBackend('cpu');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const wave = (count: number, phase: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.fround(Math.sin(0.7 * i + phase) * 0.6));

async function artifactsOf(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let found: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      found = artifacts;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  if (found === undefined) throw new RangeError('nothing was saved');
  return found;
}

/** Two shards, cut where no weight ends. */
function write(artifacts: tf.io.ModelArtifacts, manifest: object = {}): void {
  const data = new Uint8Array(artifacts.weightData as ArrayBuffer);
  const cut = Math.floor(data.length / 2) + 1;
  const shards = [data.subarray(0, cut), data.subarray(cut)];
  const paths = shards.map((shard, i) => {
    writeFileSync(join(folder, `shard${i}.bin`), shard);
    return `shard${i}.bin`;
  });
  const { modelTopology, weightSpecs } = artifacts;
  const group = { paths, weights: weightSpecs, ...manifest };
  writeFileSync(file, JSON.stringify({ modelTopology, format: 'layers-model', weightsManifest: [group] }));
}

async function predicted(
  x: (shape: readonly number[]) => number[],
): Promise<{ traced: TracedModel; y: ConstantData; x: number[] }> {
  const files = new DiskDataFiles();
  try {
    const model = await openModelFile(files, file);
    const traced = model.trace({ file, source: '', sources: noSources, batch });
    if (traced.stopped !== null) throw new Error(traced.stopped.reason);
    const state = await loadState(traced, model.ownWeights);
    expect(state.unexpected).toEqual([]);
    const feeds = new Map<Node, ConstantData>();
    for (const { name, node } of traced.parameters) feeds.set(node, state.parameters.get(name) ?? new Float64Array());
    for (const { name, node } of traced.buffers)
      if (node.primitive === 'input') feeds.set(node, Float64Array.from(state.buffers.get(name)?.data ?? []));
    const [input] = traced.inputs;
    const values = x(input?.shape ?? []);
    if (input !== undefined) feeds.set(input.node, Float64Array.from(values));
    const [y] = evaluate(traced.outputNode === undefined ? [] : [traced.outputNode], feeds);
    return { traced, y: y ?? new Float64Array(), x: values };
  } finally {
    await files.close();
  }
}

function expectSame(original: tf.LayersModel, { traced, y, x }: Awaited<ReturnType<typeof predicted>>): void {
  const output = original.predict(tf.tensor(x, [...(traced.inputs[0]?.shape ?? [])])) as tf.Tensor;
  const truth = output.dataSync<'float32'>();
  const largest = Math.max(...Array.from(truth, Math.abs));
  expect(y.length).toBe(truth.length);
  truth.forEach((value, i) => expect(Math.abs((y[i] ?? NaN) - value) / largest).toBeLessThan(1e-5));
}

const input = (shape: readonly number[]): number[] => wave(elementCount(shape), 0.3);

describe('a saved model', () => {
  test('with a model inside that is called twice, and with stacked cells', async () => {
    const { dense, lstmCell, gruCell } = tf.layers;
    const inner = tf.sequential({
      layers: [dense({ units: 5, inputShape: [4], activation: 'relu' }), dense({ units: 3 })],
    });
    const x = tf.input({ shape: [4] });
    const ends = [inner.apply(x), inner.apply(dense({ units: 4 }).apply(x))] as tf.SymbolicTensor[];
    const nested = tf.model({ inputs: x, outputs: tf.layers.add().apply(ends) as tf.SymbolicTensor });
    const cell = [lstmCell({ units: 5 }), gruCell({ units: 3 })];
    const stacked = tf.sequential({ layers: [tf.layers.rnn({ cell, inputShape: [6, 4] })] });
    for (const model of [nested, stacked]) {
      const artifacts = await artifactsOf(model);
      write(artifacts);
      expectSame(await tf.loadLayersModel(tf.io.fromMemory(artifacts)), await predicted(input));
    }
  });

  test.each(['perceptron', 'convolutional', 'recurrent'] as const)('%s predicts the same', async (name) => {
    const artifacts = await artifactsOf(models[name]());
    write(artifacts);
    expectSame(await tf.loadLayersModel(tf.io.fromMemory(artifacts)), await predicted(input));
  });

  test.each(['uint8', 'uint16'] as const)('with weights as %s predicts what its own reader does', async (dtype) => {
    const artifacts = await artifactsOf(models.perceptron());
    const values = new Float32Array(artifacts.weightData as ArrayBuffer);
    const [scale, min] = [0.01, -0.9];
    const most = dtype === 'uint8' ? 255 : 65535;
    const stored = Array.from(values, (value) => Math.min(most, Math.max(0, Math.round((value - min) / scale))));
    const quantised: tf.io.ModelArtifacts = {
      ...artifacts,
      weightData: (dtype === 'uint8' ? Uint8Array.from(stored) : Uint16Array.from(stored)).buffer,
      weightSpecs: (artifacts.weightSpecs ?? []).map((spec) => ({ ...spec, quantization: { dtype, scale, min } })),
    };
    write(quantised);
    expectSame(await tf.loadLayersModel(tf.io.fromMemory(quantised)), await predicted(input));
  });

  test('with code of its own is refused, and the class named', async () => {
    write(await artifactsOf(models.branched()));
    await expect(predicted(input)).rejects.toThrow(/layer class Scaled is code of its own/);
  });

  test.each(['../shard.bin', '/etc/passwd', 'a/../../b', 'https://host/x'])(
    'a shard at %j is not opened',
    async (path) => {
      write(await artifactsOf(models.perceptron()), { paths: [path] });
      const files = new DiskDataFiles();
      const model = await openModelFile(files, file);
      const traced = model.trace({ file, source: '', sources: noSources });
      await expect(loadState(traced, file)).rejects.toThrow(/outside the model's folder/);
      await files.close();
    },
  );

  test('with shards that are too short, too long or missing says so', async () => {
    const artifacts = await artifactsOf(models.perceptron());
    write(artifacts, { paths: ['shard0.bin'] });
    await expect(predicted(input)).rejects.toThrow(/past the end of its shards/);
    write(artifacts, { paths: ['shard0.bin', 'shard1.bin', 'shard1.bin'] });
    await expect(predicted(input)).rejects.toThrow(/belong to no weight/);
    write(artifacts, { paths: ['nowhere.bin'] });
    await expect(predicted(input)).rejects.toThrow(/nowhere\.bin/);
  });
});

describe('a hostile layers model', () => {
  const reasonOf = async (content: object): Promise<string> => {
    writeFileSync(file, JSON.stringify(content));
    const files = new DiskDataFiles();
    try {
      const { trace } = await openModelFile(files, file);
      return trace({ file, source: '', sources: noSources, batch }).stopped?.reason ?? '';
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      return error.message;
    } finally {
      await files.close();
    }
  };
  const ofLayers = (layers: object[], more: object = {}): object => ({
    format: 'layers-model',
    modelTopology: { class_name: 'Model', config: { name: 'm', layers, ...more } },
    weightsManifest: [],
  });
  const input = { class_name: 'InputLayer', config: { batch_input_shape: [null, 4], name: 'x' }, name: 'x' };
  const dense = (name: string, from: string, units: unknown = 3): object => ({
    class_name: 'Dense',
    config: { units, name },
    name,
    inbound_nodes: [[[from, 0, 0, {}]]],
  });
  const ends = { input_layers: [['x', 0, 0]], output_layers: [['b', 0, 0]] };

  test.each([null, -1, 1e300, '', '../../x', [], {}, [[[]]]])(
    'with %j anywhere gives an error or a model',
    async (bad) => {
      const content = ofLayers([{ ...input, inbound_nodes: [] }, dense('a', 'x'), dense('b', 'a')], ends);
      expect(await reasonOf(content)).toBe('');
      for (const changed of damaged(content, bad))
        if (typeof changed === 'object' && changed !== null) await reasonOf(changed);
    },
  );

  test('whose layers wait for each other says so', async () => {
    const content = ofLayers([{ ...input, inbound_nodes: [] }, dense('a', 'b'), dense('b', 'a')], ends);
    expect(await reasonOf(content)).toMatch(/calls whose inputs are never made/);
  });

  test('of sizes that no memory holds is counted, not made', async () => {
    const units = 2 ** 40;
    writeFileSync(file, JSON.stringify(ofLayers([{ ...input, inbound_nodes: [] }, dense('b', 'x', units)], ends)));
    const files = new DiskDataFiles();
    const { trace } = await openModelFile(files, file);
    expect(trace({ file, source: '', sources: noSources, batch }).totalParameters).toBe(5 * units);
    await files.close();
  });

  test('of models inside models ends at the depth of the reader', async () => {
    let inner: object = dense('b', 'x');
    for (let i = 0; i < 500; i++) inner = { class_name: 'Sequential', config: { name: `s${i}`, layers: [inner] } };
    expect(await reasonOf({ modelTopology: inner, weightsManifest: [] })).not.toBe('');
  });

  test.each(['Lambda', '__import__', 'constructor', 'Dense.__init__', 'os'])(
    'with the class %s is refused',
    async (name) => {
      const own = { class_name: name, config: { name: 'b' }, name: 'b', inbound_nodes: [[['x', 0, 0, {}]]] };
      expect(await reasonOf(ofLayers([{ ...input, inbound_nodes: [] }, own], ends))).toMatch(/code of its own/);
    },
  );
});
