/** A model that TensorFlow.js made against the one that is read out of its source: weights, shapes, predictions and gradients. */
import * as tf from '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { gradient } from '../../../../server/src/autodiff/gradient';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import { elementCount, type Node } from '../../../../server/src/graph/node';
import { mul, reduceSum, scale } from '../../../../server/src/graph/operations';
import type { ConstantData } from '../../../../server/src/graph/primitives';
import { diskSources } from '../../../../server/src/project/diskSources';

const folder = resolve('test/fixtures/tfjs');
const batch = 3;

/** The model that an expression of a fixture gives. */
export const tracedFixture = (name: string, model: string): TracedModel => {
  const file = join(folder, name);
  return traceModel({
    file,
    source: readFileSync(file, 'utf8'),
    sources: diskSources({ root: folder }),
    model,
    batch,
  });
};

const wave = (count: number, phase: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.fround(Math.sin(0.7 * i + phase) * 0.6));

/** A layer's number counts what was made before it in the process. */
const unnumbered = (name: string): string => name.replace(/\d+(?=\/|$)/g, '').replace(/_\d+$/, '');

/** Weights of the original, made equal to waves, with their names, in order. */
export function filled(original: tf.LayersModel): [name: string, values: number[]][] {
  const values = original.weights.map(({ shape, name }, i): [string, number[]] => {
    const numbers = wave(elementCount(shape as number[]), 1.3 * i);
    return [name, /variance/.test(name) ? numbers.map((value) => value * value + 0.5) : numbers];
  });
  original.setWeights(
    original.weights.map(({ shape }, i) => tf.tensor(values[i]?.[1] ?? [], shape as number[], 'float32')),
  );
  // Constraints change what is set.
  return original.weights.map(({ name }, i) => [name, Array.from(original.getWeights()[i]?.dataSync() ?? [])]);
}

export interface Fed {
  readonly feeds: ReadonlyMap<Node, ConstantData>;
  readonly x: number[];
}

/** Our weights get the values of the original's of the same kind, in order. */
export function feedsFor(model: TracedModel, weights: readonly [string, number[]][]): Fed {
  const feeds = new Map<Node, ConstantData>();
  const left = [...weights];
  for (const { name, shape, node } of [...model.parameters, ...model.buffers]) {
    const wanted = unnumbered(name);
    const at = left.findIndex(([key, values]) => unnumbered(key) === wanted && values.length === elementCount(shape));
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

/** What slopes are compared with: TensorFlow.js's own derivative, or differences of its predictions where it has none. */
export type Slopes = 'derivative' | 'differences';

/** Compares parameter count, names, output shape, predictions and the gradient of mean(output²)/2. */
export function expectSameModel(
  original: tf.LayersModel,
  fixture: string,
  expression: string,
  slopesBy: Slopes = 'derivative',
): void {
  const model = tracedFixture(fixture, expression);
  expect(model.stopped).toBeNull();
  expect(model.totalParameters).toBe(
    original.trainableWeights.reduce((sum, { shape }) => sum + elementCount(shape as number[]), 0),
  );
  const { feeds, x } = feedsFor(model, filled(original));
  const { outputNode } = model;
  if (outputNode === undefined) throw new RangeError('no output');
  const input = tf.tensor(x, [batch, ...(model.inputs[0]?.shape.slice(1) ?? [])]);
  const output = original.predict(input) as tf.Tensor;
  original.resetStates();
  expect(outputNode.shape).toEqual(output.shape);
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
  if (nodes.length === 0) return;
  if (slopesBy === 'derivative') expectSameGradient(original, input, model, slopes);
  else expectSameDifferences(original, input, model, slopes);
}

const lossOf = (model: tf.LayersModel, input: tf.Tensor): tf.Scalar => {
  const output = model.predict(input) as tf.Tensor;
  model.resetStates();
  return output.square().mean().mul(0.5).asScalar();
};

/** Along one direction in each weight. */
function expectSameDifferences(
  original: tf.LayersModel,
  input: tf.Tensor,
  model: TracedModel,
  slopes: readonly ConstantData[],
): void {
  const step = 4e-3;
  const left = original.trainableWeights.map((weight) => weight);
  model.parameters.forEach(({ name, shape }, i) => {
    const at = left.findIndex(
      (weight) =>
        unnumbered(weight.name) === unnumbered(name) && elementCount(weight.shape as number[]) === elementCount(shape),
    );
    const [weight] = left.splice(at, 1);
    if (weight === undefined) throw new RangeError(name);
    const values = weight.read().clone();
    const direction = tf.tensor(wave(values.size, 0.5), values.shape);
    const lossAt = (distance: number): number => {
      weight.write(values.add(direction.mul(distance)));
      return lossOf(original, input).dataSync()[0] ?? NaN;
    };
    const truth = (lossAt(step) - lossAt(-step)) / (2 * step);
    weight.write(values);
    const own = wave(values.size, 0.5).reduce((sum, each, j) => sum + each * (slopes[i]?.[j] ?? NaN), 0);
    expect(Math.abs(own - truth), name).toBeLessThan(0.02 * Math.abs(truth) + 1e-4);
  });
}

function expectSameGradient(
  original: tf.LayersModel,
  input: tf.Tensor,
  model: TracedModel,
  slopes: readonly ConstantData[],
): void {
  const { grads } = tf.variableGrads(() => lossOf(original, input));
  const left = Object.entries(grads);
  model.parameters.forEach(({ name, shape }, i) => {
    const at = left.findIndex(
      ([key, value]) => unnumbered(key) === unnumbered(name) && value.size === elementCount(shape),
    );
    expect(at, name).toBeGreaterThanOrEqual(0);
    const [[, truth] = []] = left.splice(at, 1);
    if (truth !== undefined) expectClose(slopes[i], truth.dataSync<'float32'>(), 1e-3, name);
  });
}
