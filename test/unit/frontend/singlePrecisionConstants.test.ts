/** Constants of float32 tensors, and what `model.double()` makes of a model. Expected values: IEEE 754 rounding, PyTorch's rules. */
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { ConstantData } from '../../../server/src/graph/primitives';
import type { Node } from '../../../server/src/graph/node';
import { traceText } from './nnFixtures';

/** The output for one sample x = [1, 1, 1] of a model that computes `expression` from x. */
function outputOf(expression: string, precision: 'float32' | 'float64' = 'float64'): number[] {
  const source = `
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.step = torch.arange(3).float() / 3
        self.eight = torch.tensor(0.8)
    def forward(self, x):
        return ${expression}
`;
  const traced = traceText(source, { inputs: [{ kind: 'shape', sample: [3] }], batch: 1, precision });
  expect(traced.stopped).toBeNull();
  const feeds = new Map<Node, ConstantData>(traced.inputs.map(({ node }) => [node, Float64Array.of(1, 1, 1)]));
  return [...(evaluate(traced.outputNode === undefined ? [] : [traced.outputNode], feeds)[0] ?? [])];
}

describe('constants', () => {
  it('are rounded where their tensor is float32', () => {
    expect(outputOf('x * self.step')).toEqual([0, Math.fround(1 / 3), Math.fround(2 / 3)]);
    expect(outputOf('x * self.eight')).toEqual([1, 1, 1].map(() => Math.fround(0.8)));
    expect(outputOf('x * torch.full((3,), 0.1)')).toEqual([1, 1, 1].map(() => Math.fround(0.1)));
  });

  it('are exact where they are numbers or float64', () => {
    expect(outputOf('x * 0.8')).toEqual([0.8, 0.8, 0.8]);
    expect(outputOf('x * torch.tensor(0.8, dtype=torch.float64)')).toEqual([0.8, 0.8, 0.8]);
    expect(outputOf('x * x.new_tensor(0.8)')).toEqual([0.8, 0.8, 0.8]);
  });

  it('meet numbers that are rounded first, as beside a float32 tensor', () => {
    // 14·s and 14·fround(s) round to different float32 numbers for this s.
    const rate = -Math.log(10000) / 24;
    const product = Math.fround(14 * Math.fround(rate));
    expect(product).not.toBe(Math.fround(14 * rate));
    expect(outputOf(`x * (torch.tensor([0., 2., 14.]) * ${rate})`)[2]).toBe(product);
  });

  it('are rounded when they change in place', () => {
    expect(outputOf('x * torch.ones(3).mul_(0.1)')).toEqual([1, 1, 1].map(() => Math.fround(0.1)));
  });
});

it('has the machine epsilon of its precision', () => {
  expect(outputOf('x * torch.finfo(x.dtype).eps', 'float64')).toEqual([1, 1, 1].map(() => 2 ** -52));
  expect(outputOf('x * torch.finfo(x.dtype).eps', 'float32')).toEqual([1, 1, 1].map(() => 2 ** -23));
});
