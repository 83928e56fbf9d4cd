/** A network and its export are one function: the same loss, gradient and Hessian, read by two ways that share no code before the graph. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gradient } from '../../../../server/src/autodiff/gradient';
import { hessianVectorProduct } from '../../../../server/src/autodiff/hessianVectorProduct';
import type { LossSpec, TracedModel } from '../../../../server/src/frontend/model';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import { elementCount, type Node } from '../../../../server/src/graph/node';
import { input } from '../../../../server/src/graph/operations';
import type { ConstantData } from '../../../../server/src/graph/primitives';
import { diskSources } from '../../../../server/src/project/diskSources';
import { folder, lossFeeds, noSources, opened, recorded } from './fixtures';

const batch = 5;
/** Numbers of the code, as √2 in GELU, stand in a file as float32. */
const TOLERANCE = 1e-7;
const loss: LossSpec = { kind: 'name', name: 'cross_entropy' };

/** One direction in the parameters, by name, so that it is the same whatever their order. */
const direction = (name: string, count: number): Float64Array => {
  const phase = new TextEncoder().encode(name).reduce((sum, byte) => sum + byte, 0);
  return Float64Array.from({ length: count }, (_, i) => Math.cos(0.11 * i + phase));
};

interface Derivatives {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, ConstantData>;
  readonly products: ReadonlyMap<string, ConstantData>;
}

async function derivatives(traced: TracedModel, checkpoint: string, x: Float64Array): Promise<Derivatives> {
  expect(traced.stopped).toBeNull();
  if (traced.loss === undefined) throw new RangeError('no loss');
  const { parameters } = traced;
  const feeds = await lossFeeds(traced, checkpoint, x);
  const nodes = parameters.map(({ node }) => node);
  const v = parameters.map(({ name, shape }) => input(name, shape));
  parameters.forEach(({ name, shape }, i) => feeds.set(v[i] as Node, direction(name, elementCount(shape))));
  const slopes = gradient(traced.loss.node, nodes);
  const curved = hessianVectorProduct(traced.loss.node, nodes, v);
  const [value, ...rest] = evaluate([traced.loss.node, ...slopes, ...curved], feeds);
  const byName = (from: number): Map<string, ConstantData> =>
    new Map(parameters.map(({ name }, i) => [name, rest[from + i] ?? new Float64Array(0)]));
  return { loss: value?.[0] ?? NaN, gradients: byName(0), products: byName(nodes.length) };
}

function expectEqual(a: ReadonlyMap<string, ConstantData>, b: ReadonlyMap<string, ConstantData>): void {
  expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
  const largest = Math.max(...[...a.values()].flatMap((values) => Array.from(values, Math.abs)));
  for (const [name, values] of a)
    values.forEach((value, i) =>
      expect(Math.abs(value - (b.get(name)?.[i] ?? NaN)) / largest, name).toBeLessThan(TOLERANCE),
    );
}

/** Expects one function of two readings. */
async function expectSame(source: TracedModel, checkpoint: string, file: string, x: Float64Array): Promise<void> {
  const own = await derivatives(source, checkpoint, x);
  await opened(file, async (model, path) => {
    const found = await derivatives(model.trace({ file: path, source: '', sources: noSources, batch, loss }), path, x);
    expect(found.loss).toBeCloseTo(own.loss, 7);
    expectEqual(own.gradients, found.gradients);
    expectEqual(own.products, found.products);
  });
}

describe('the Hessian of an exported network', () => {
  test.each([
    ['Perceptron', 'perceptron-traced.onnx'],
    ['Perceptron', 'perceptron.onnx'],
    ['Convolutional', 'convolutional-traced.onnx'],
    ['Convolutional', 'convolutional.onnx'],
    ['Residual', 'residual-traced.onnx'],
    ['Residual', 'residual.onnx'],
    ['Language', 'language-traced.onnx'],
    ['Language', 'language.onnx'],
    ['Recurrent', 'recurrent-traced.onnx'],
    ['Recurrent', 'recurrent.onnx'],
  ])('%s and %s', async (name, exported) => {
    const { x, xShape } = await recorded(name.toLowerCase());
    const file = join(folder, 'networks.py');
    const tokens = name === 'Language';
    const source = traceModel({
      file,
      source: readFileSync(file, 'utf8'),
      sources: diskSources({ root: folder }),
      model: name,
      batch,
      loss,
      inputs: [
        tokens
          ? { kind: 'expression', text: `torch.randint(0, 11, (${xShape.join(', ')}))` }
          : { kind: 'shape', sample: xShape.slice(1) },
      ],
    });
    await expectSame(source, join(folder, `${name.toLowerCase()}.pt`), exported, x);
  });

  test('of the example', async () => {
    const examples = resolve('examples');
    const file = join(examples, 'digits', 'model.py');
    const source = traceModel({
      file,
      source: readFileSync(file, 'utf8'),
      sources: diskSources({ root: join(examples, 'digits') }),
      model: 'DigitNet()',
      batch,
      loss,
      inputs: [{ kind: 'shape', sample: [1, 8, 8] }],
    });
    const x = Float64Array.from({ length: batch * 64 }, (_, i) => Math.abs(Math.sin(0.37 * i)));
    await expectSame(source, join(examples, 'digits', 'digits.pt'), join(examples, 'onnx-digits', 'digits.onnx'), x);
  });
});
