import { describe, expect, it } from 'vitest';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';

const source = `
import torch
from torch import nn

class Sampler(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('table', torch.randn(3))

    def forward(self, x):
        return x + torch.randn_like(x) + torch.normal(0., 1., size=(3,)) + 0 * self.table
`;

const outputWith = (noise: boolean): Float64Array => {
  const traced = traceModel({
    file: 'sampler.py',
    source,
    sources: { read: () => undefined, resolveModule: () => undefined },
    inputs: [{ kind: 'expression', text: 'torch.zeros(2, 3)' }],
    noise,
  });
  if (traced.outputNode === undefined) throw new Error(traced.stopped?.reason);
  const feeds = new Map(traced.inputs.map(({ node }) => [node, new Float64Array(6)] as const));
  for (const { node } of traced.buffers) if (node.primitive === 'input') feeds.set(node, new Float64Array(3));
  return evaluate([traced.outputNode], feeds)[0] as Float64Array;
};

describe('noise in forward', () => {
  it('is zero on request, seeded otherwise', () => {
    expect([...outputWith(false)]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(outputWith(true).every((value) => value !== 0)).toBe(true);
    expect(outputWith(true)).toEqual(outputWith(true));
  });
});
