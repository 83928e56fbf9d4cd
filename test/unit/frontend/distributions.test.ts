import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import { traceText } from './nnFixtures';

/** Values of expressions of x = [[0.3, −0.7], [1.2, 0.1]], s = [0.5, 2] and Normal(x, s), called n. */
function valuesOf(expressions: readonly string[]): number[] {
  const traced = traceText(
    `import torch
from torch import nn
from torch.distributions import *
from torch.distributions.kl import kl_divergence

class Net(nn.Module):
    def forward(self, x):
        s = torch.tensor([0.5, 2.0], dtype=torch.float64)
        n = torch.distributions.normal.Normal(x, s)
        unit = Normal(torch.zeros_like(x), torch.ones_like(x))
        return torch.stack([${expressions.join(', ')}])
`,
    { model: 'Net', inputs: [{ kind: 'shape', sample: [2] }], batch: 2, precision: 'float64' },
  );
  const [input] = traced.inputs;
  if (traced.outputNode === undefined || input === undefined) throw new Error(traced.stopped?.reason);
  const feeds = new Map([[input.node, Float64Array.of(0.3, -0.7, 1.2, 0.1)]]);
  return Array.from(evaluate([traced.outputNode], feeds)[0] ?? []);
}

// Expected values: PyTorch 2.13 in float64.
const cases: readonly (readonly [string, number])[] = [
  ['n.log_prob(x + 0.25).sum()', -3.941379132819],
  ['n.entropy().sum()', 5.675754132819],
  ['kl_divergence(n, unit).sum()', 3.265],
  ['n.cdf(x * 2).sum()', 2.600657500988],
  ['Laplace(x, s).log_prob(x - 0.5).sum()', -5.27258872224],
  ['Uniform(x - 1, x + 2).log_prob(x).sum()', -4.394449154672],
  ['Bernoulli(logits=x).entropy().sum()', 2.550428566258],
  ['Bernoulli(probs=torch.sigmoid(x)).log_prob((x > 0).double()).sum()', -1.865220420766],
  ['kl_divergence(Bernoulli(logits=x), Bernoulli(logits=x * 2)).sum()', 0.162868106666],
  ['Categorical(logits=x).entropy().sum()', 1.144252317849],
  ['Categorical(probs=torch.exp(x)).log_prob(torch.tensor([1, 0])).sum()', -1.600597012634],
  ['kl_divergence(Categorical(logits=x), Categorical(logits=-x)).sum()', 1.012689389569],
  ['Independent(n, 1).log_prob(x + 0.25)[1]', -1.970689566409],
];

describe('torch.distributions', () => {
  it('gives the densities, entropies and divergences of PyTorch', () => {
    const values = valuesOf(cases.map(([expression]) => expression));
    cases.forEach(([expression, value], i) => expect(values[i], expression).toBeCloseTo(value, 10));
  });

  it('draws samples in which the parameters stay, and classes below their number', () => {
    const [reparametrised = NaN, detached = NaN, drawn = NaN] = valuesOf([
      'n.rsample().sum() * 0 + n.rsample((3,)).shape[0]',
      'n.sample().sum() * 0',
      '(Categorical(logits=x).sample((50,)).double().mean())',
    ]);
    expect(reparametrised).toBe(3);
    expect(detached).toBe(0);
    expect(drawn).toBeGreaterThan(0);
    expect(drawn).toBeLessThan(1);
  });

  it('says of others that they are not read', () => {
    expect(() => valuesOf(['Gamma(1.0, 1.0).log_prob(x).sum()'])).toThrow(/Gamma/);
  });
});
