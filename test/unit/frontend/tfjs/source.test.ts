/** Models in JavaScript: what TensorFlow.js itself makes and computes, against what is read of their source. */
import * as tf from '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { gradient } from '../../../../server/src/autodiff/gradient';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import { elementCount, type Node } from '../../../../server/src/graph/node';
import { mul, reduceSum, scale } from '../../../../server/src/graph/operations';
import type { ConstantData } from '../../../../server/src/graph/primitives';
import { diskSources } from '../../../../server/src/project/diskSources';
// The same file that is read as text.
import * as models from '../../../fixtures/tfjs/models.js';

const folder = resolve('test/fixtures/tfjs');
const file = join(folder, 'models.js');
const batch = 3;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const wave = (count: number, phase: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.fround(Math.sin(0.7 * i + phase) * 0.6));

const traced = (model: string): TracedModel =>
  traceModel({
    file,
    source: readFileSync(file, 'utf8'),
    sources: diskSources({ root: folder }),
    model,
    batch,
  });

/** A layer's number counts what was made before it in the process. */
const unnumbered = (name: string): string => name.replace(/\d+(?=\/|$)/g, '').replace(/_\d+$/, '');

/** Weights of the original, made equal to a wave, by their names in order. */
function filled(original: tf.LayersModel): Map<string, number[]> {
  const values = original.weights.map(({ shape, name }, i) => {
    const numbers = wave(elementCount(shape as number[]), 1.3 * i);
    return /variance/.test(name) ? numbers.map((value) => value * value + 0.5) : numbers;
  });
  original.setWeights(original.weights.map(({ shape }, i) => tf.tensor(values[i] ?? [], shape as number[])));
  return new Map(original.weights.map(({ name }, i) => [`${i} ${name}`, values[i] ?? []]));
}

interface Fed {
  readonly feeds: ReadonlyMap<Node, ConstantData>;
  readonly x: number[];
}

/** Our weights get the values of the original's of the same kind, in order. */
function feedsFor(model: TracedModel, weights: ReadonlyMap<string, number[]>): Fed {
  const feeds = new Map<Node, ConstantData>();
  const left = [...weights];
  for (const { name, shape, node } of [...model.parameters, ...model.buffers]) {
    const wanted = unnumbered(name);
    const at = left.findIndex(
      ([key, values]) => unnumbered(key.replace(/^\d+ /, '')) === wanted && values.length === elementCount(shape),
    );
    expect(at, `${name} among ${left.map(([key]) => key).join(', ')}`).toBeGreaterThanOrEqual(0);
    feeds.set(node, Float64Array.from(left[at]?.[1] ?? []));
    left.splice(at, 1);
  }
  expect(left.map(([key]) => key)).toEqual([]);
  const [input] = model.inputs;
  if (input === undefined) throw new RangeError('no input');
  const x = wave(elementCount(input.shape), 0.2);
  feeds.set(input.node, Float64Array.from(x));
  return { feeds, x };
}

function expectClose(found: ConstantData | undefined, truth: Float32Array, tolerance: number, what: string): void {
  expect(found?.length, what).toBe(truth.length);
  const largest = Math.max(1e-4, ...Array.from(truth, Math.abs));
  truth.forEach((value, i) => expect(Math.abs((found?.[i] ?? NaN) - value) / largest, what).toBeLessThan(tolerance));
}

describe('models in JavaScript', () => {
  test.each(['perceptron', 'convolutional', 'recurrent', 'branched'] as const)('%s', (name) => {
    const original = models[name]();
    const model = traced(`${name}()`);
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(
      original.trainableWeights.reduce((sum, { shape }) => sum + elementCount(shape as number[]), 0),
    );
    const { feeds, x } = feedsFor(model, filled(original));
    const { outputNode } = model;
    if (outputNode === undefined) throw new RangeError('no output');
    const input = tf.tensor(x, [batch, ...(model.inputs[0]?.shape.slice(1) ?? [])]);
    const output = original.predict(input) as tf.Tensor;
    expect(outputNode.shape).toEqual(output.shape);
    // mean(output²)/2, whose gradient TensorFlow.js takes by its own rules.
    const loss = scale(
      reduceSum(
        mul(outputNode, outputNode),
        outputNode.shape.map((_, axis) => axis),
      ),
      0.5 / elementCount(outputNode.shape),
    );
    const nodes = model.parameters.map(({ node }) => node);
    const [values, ...slopes] = evaluate([outputNode, ...gradient(loss, nodes)], feeds);
    expectClose(values, output.dataSync<'float32'>(), 1e-5, 'output');
    const { grads } = tf.variableGrads(() =>
      (original.predict(input) as tf.Tensor).square().mean().mul(0.5).asScalar(),
    );
    const byName = Object.entries(grads);
    expect(byName.length).toBeGreaterThan(0);
    const used = new Set<string>();
    model.parameters.forEach(({ name: own, shape }, i) => {
      const match = byName.find(
        ([key, value]) => !used.has(key) && unnumbered(key) === unnumbered(own) && value.size === elementCount(shape),
      );
      if (match === undefined) return;
      used.add(match[0]);
      expectClose(slopes[i], match[1].dataSync<'float32'>(), 1e-3, own);
    });
    expect(used.size).toBe(model.parameters.length);
  });
});
