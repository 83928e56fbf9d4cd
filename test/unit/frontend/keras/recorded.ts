/** The models of test/fixtures/keras/models.py, what Keras computed with them, and the same values here. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { ArrayValue } from '../../../../server/src/engine/engine';
import { createReferenceEngine } from '../../../../server/src/engine/reference/referenceEngine';
import type { LossSpec, TracedModel } from '../../../../server/src/frontend/model';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import { elementCount } from '../../../../server/src/graph/node';
import type { Node } from '../../../../server/src/graph/node';
import { constant } from '../../../../server/src/graph/operations';
import type { Shape } from '../../../../server/src/graph/primitives';

/** What Keras itself gave, written by record.py. */
export interface Recorded {
  readonly name: string;
  readonly inputs: readonly (readonly [Shape, number | null])[];
  readonly weights: readonly (readonly [string, Shape, boolean])[];
  readonly parameters: number;
  readonly output: Shape;
  readonly values: readonly number[];
  readonly sum: number;
  readonly target?: readonly [Shape, number | string];
  readonly loss?: number;
  readonly gradientNorm?: number;
  /** v·Hv along cosines. */
  readonly curvature?: number;
}

/** Products of matrices are made in single precision by Keras on PyTorch, whatever the type of its weights. */
export const TOLERANCE = 1e-6;

export const folder = join(dirname(fileURLToPath(import.meta.url)), '../../../fixtures/keras');
export const source = readFileSync(join(folder, 'models.py'), 'utf8');
export const { models } = JSON.parse(readFileSync(join(folder, 'models.json'), 'utf8')) as {
  models: readonly Recorded[];
};

/** The losses that record.py takes from the table `cases`. */
export const losses: Readonly<Record<string, string>> = Object.fromEntries(
  [...source.matchAll(/^ {4}"(\w+)": \(\[.*\], "(\w+)", /gm)].map(([, name = '', loss = '']) => [name, loss]),
);

const floats = (shape: Shape, value: (i: number) => number): ArrayValue => ({
  shape,
  dtype: 'float',
  data: Float64Array.from({ length: elementCount(shape) }, (_, i) => value(i)),
});

const indices = (shape: Shape, value: (i: number) => number): ArrayValue => ({
  shape,
  dtype: 'int',
  data: Int32Array.from({ length: elementCount(shape) }, (_, i) => value(i)),
});

export function weightValue(path: string, shape: Shape, k: number): ArrayValue {
  const scale = shape.length >= 2 ? 1 / Math.sqrt(elementCount(shape) / (shape.at(-1) ?? 1)) : 0.1;
  const wave = (i: number): number => scale * Math.sin(0.7 * i + 1.3 * k);
  if (/(gamma|scale)$/.test(path)) return floats(shape, (i) => 1 + wave(i));
  return floats(shape, (i) => (path.endsWith('variance') ? Math.abs(wave(i)) + 0.5 : wave(i)));
}

const inputValue = ([shape, count]: Recorded['inputs'][number]): ArrayValue =>
  count === null ? floats(shape, (i) => Math.sin(0.37 * i)) : indices(shape, (i) => (7 * i + 3) % count);

function targetValue([shape, kind]: NonNullable<Recorded['target']>): ArrayValue {
  if (typeof kind === 'number') return indices(shape, (i) => (5 * i + 1) % kind);
  return floats(shape, (i) => (kind === 'probabilities' ? i % 2 : Math.cos(0.23 * i)));
}

/** The model of models.py. */
export function tracedSource({ name, inputs, target }: Recorded, mode: 'eval' | 'train' = 'eval'): TracedModel {
  const spec = losses[name];
  const loss: LossSpec | undefined = spec === undefined ? undefined : { kind: 'name', name: spec };
  return traceModel({
    file: 'models.py',
    source,
    sources: { read: () => undefined, resolveModule: () => undefined },
    model: `${name}()`,
    inputs: inputs.map(([shape]) => ({ kind: 'shape', sample: shape.slice(1) })),
    batch: inputs[0]?.[0][0] ?? 1,
    precision: 'float64',
    mode,
    ...(target === undefined || loss === undefined ? {} : { loss }),
  });
}

/** `shift`: added to element i of the k-th parameter. */
export async function evaluate(
  model: TracedModel,
  recorded: Recorded,
  outputs: readonly Node[],
  shift?: (k: number, i: number) => number,
): Promise<ArrayValue[]> {
  const values = new Map<Node, ArrayValue>();
  model.stateKeys.forEach(({ key, shape, kind, storage }, k) => {
    const tensors = kind === 'parameter' ? model.parameters : model.buffers;
    const found = tensors.find(({ name }) => name === storage);
    if (found !== undefined) values.set(found.node, weightValue(key, shape, k));
  });
  if (shift !== undefined)
    model.parameters.forEach(({ node }, k) => {
      const value = values.get(node);
      if (value !== undefined)
        values.set(node, { ...value, data: Float64Array.from(value.data, (x, i) => x + shift(k, i)) });
    });
  model.inputs.forEach(({ node }, i) => {
    const given = recorded.inputs[i];
    if (given !== undefined) values.set(node, inputValue(given));
  });
  for (const { node } of model.loss?.targets ?? [])
    if (recorded.target !== undefined) values.set(node, targetValue(recorded.target));
  const given = [...values.keys()].filter((node): node is Node<'input'> => node.primitive === 'input');
  const program = await createReferenceEngine().compile({ inputs: given, outputs });
  return program.run(given.map((node) => values.get(node) ?? floats([], () => 0)));
}

/** The directions of the recorded products. */
export const cosines = (nodes: readonly Node[]): Node[] =>
  nodes.map(({ shape }, k) =>
    constant(
      Float64Array.from({ length: elementCount(shape) }, (_, i) => Math.cos(0.9 * i + k)),
      shape,
    ),
  );

export const data = (value: ArrayValue | undefined): number[] => Array.from(value?.data ?? []);

/** Expects that the model gives what Keras gave. */
export async function expectValues(model: TracedModel, recorded: Recorded): Promise<void> {
  const output = model.outputNode;
  if (output === undefined) throw new Error(model.stopped?.reason);
  const [values] = await evaluate(model, recorded, [output]);
  const found = data(values);
  expect(Math.abs(found.reduce((sum, x) => sum + x, 0) - recorded.sum)).toBeLessThan(TOLERANCE * (1 + found.length));
  recorded.values.forEach((value, i) => expect(Math.abs((found[i] ?? NaN) - value)).toBeLessThan(TOLERANCE));
}

/** Expects the names, shapes and kinds of weights that Keras has, and its shape of the output. */
export function expectWeights(model: TracedModel, recorded: Recorded): void {
  expect(model.stopped).toBeNull();
  expect(model.stateKeys.map(({ key, shape }) => [key, [...shape]])).toEqual(
    recorded.weights.map(([path, shape]) => [path, shape]),
  );
  expect(model.parameters.map(({ name }) => name)).toEqual(
    recorded.weights.filter(([, , trainable]) => trainable).map(([path]) => path),
  );
  expect(model.outputNode?.shape).toEqual(recorded.output);
}
