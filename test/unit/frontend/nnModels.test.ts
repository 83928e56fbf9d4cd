import { describe, expect, it } from 'vitest';
import { gradient } from '../../../server/src/autodiff/gradient';
import { hessianVectorProduct } from '../../../server/src/autodiff/hessianVectorProduct';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import { elementCount } from '../../../server/src/graph/node';
import type { Node } from '../../../server/src/graph/node';
import { constant } from '../../../server/src/graph/operations';
import type { TracedModel } from '../../../server/src/frontend/model';
import { expectedModels, fixtureFeeds, probe, traceFixture, traceText } from './nnFixtures';

// Expected values: PyTorch 2.13 in float64, written by test/fixtures/models/generate.py.

function outputOf(traced: TracedModel): Node {
  expect(traced.stopped).toBeNull();
  if (traced.outputNode === undefined) throw new Error('no output');
  return traced.outputNode;
}

const relative = (actual: number, expected: number): number =>
  Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-12);

const dotProduct = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
};

describe.each(expectedModels.map((model) => [model.expression, model] as const))('%s', (_, expected) => {
  const traced = traceFixture(expected, { loss: { kind: 'name', name: 'sum_squares' } });

  it("has PyTorch's parameters: names, order, shapes, what is trained", () => {
    expect(traced.stopped).toBeNull();
    expect(traced.parameters.map(({ name, shape, requiresGrad }) => [name, shape, requiresGrad])).toEqual(
      expected.parameters,
    );
  });

  it("has PyTorch's state keys, sharing included, and buffers", () => {
    expect(traced.stateKeys.map(({ key, storage, shape }) => [key, storage, shape])).toEqual(expected.stateKeys);
    expect(traced.buffers.map(({ name }) => name)).toEqual(expected.buffers);
  });

  it('computes the same output to 1e-10', () => {
    const output = outputOf(traced);
    expect(output.shape).toEqual(expected.outputShape);
    const [values = new Float64Array()] = evaluate([output], fixtureFeeds(traced));
    expected.output.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 10));
    expect(Array.from(values).reduce((a, b) => a + b, 0)).toBeCloseTo(expected.outputSum, 8);
  });

  it('has the same loss, gradient and vᵀHv', () => {
    const loss = traced.loss?.node;
    if (loss === undefined) throw new Error('no loss');
    const trainable = traced.parameters.flatMap((parameter, k) =>
      parameter.requiresGrad ? [{ ...parameter, k }] : [],
    );
    const nodes = trainable.map(({ node }) => node);
    const vectors = trainable.map(({ shape, k }) => probe(shape, k));
    const tangents = trainable.map(({ shape }, i) =>
      constant(vectors[i] ?? new Float64Array(elementCount(shape)), shape),
    );
    const gradients = gradient(loss, nodes);
    const products = hessianVectorProduct(loss, nodes, tangents);
    const [lossValue, ...rest] = evaluate([loss, ...gradients, ...products], fixtureFeeds(traced));
    const g = rest.slice(0, nodes.length);
    const hv = rest.slice(nodes.length);
    const sum = (terms: readonly number[]): number => terms.reduce((a, b) => a + b, 0);
    expect(relative(lossValue?.[0] ?? NaN, expected.loss)).toBeLessThan(1e-10);
    expect(relative(Math.sqrt(sum(g.map((each) => dotProduct(each, each)))), expected.gradientNorm)).toBeLessThan(1e-9);
    const scale = expected.gradientNorm * Math.sqrt(sum(vectors.map((each) => dotProduct(each, each))));
    expect(Math.abs(sum(g.map((each, i) => dotProduct(each, vectors[i] ?? []))) - expected.gv)).toBeLessThan(
      1e-10 * scale,
    );
    expect(relative(sum(hv.map((each, i) => dotProduct(each, vectors[i] ?? []))), expected.vHv)).toBeLessThan(1e-8);
  });
});

it('leaves buffers that are not persistent out of the state dict, however they are registered', () => {
  const { stateKeys, stopped } = traceText(
    `
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.kept = nn.Buffer(torch.zeros(3))
        self.left = nn.Buffer(torch.zeros(3), persistent=False)
        self.register_buffer("also", torch.zeros(3), persistent=False)
        self.also = nn.Buffer(torch.zeros(3))
    def forward(self, x):
        return x + self.kept + self.left + self.also
`,
    { inputs: [{ kind: 'shape', sample: [3] }] },
  );
  expect(stopped).toBeNull();
  expect(stateKeys.map(({ key }) => key)).toEqual(['kept', 'also']);
});
