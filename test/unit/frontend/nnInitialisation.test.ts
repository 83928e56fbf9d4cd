import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { TraceRequest } from '../../../server/src/frontend/torch/traceModel';
import { expectedModels, fixtureFeeds, traceFixture, traceText } from './nnFixtures';

const head = 'import torch\nfrom torch import nn\n';

const traceLayer = (layer: string, more: Partial<TraceRequest> = {}) =>
  traceText(
    `${head}class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    self.layer = ${layer}\n  def forward(self, x):\n    return x * 2.0\n`,
    more,
  );

/** Standard deviation and largest absolute value of a parameter's initial values. */
function spread(layer: string, name: string): { deviation: number; largest: number } {
  const parameter = traceLayer(layer).parameters.find((each) => each.name === `layer.${name}`);
  const values = parameter?.initial() ?? new Float64Array();
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  return { deviation: Math.sqrt(variance), largest: values.reduce((a, b) => Math.max(a, Math.abs(b)), 0) };
}

/** Bounds from PyTorch's documentation of each layer: U(−b, b) has standard deviation b/√3. */
describe('default initialisation', () => {
  it.each([
    ['nn.Linear(100, 200)', 'weight', 1 / Math.sqrt(100)],
    ['nn.Linear(100, 20000)', 'bias', 1 / Math.sqrt(100)],
    ['nn.Conv2d(16, 64, 3, groups=2)', 'weight', 1 / Math.sqrt(8 * 9)],
    ['nn.ConvTranspose2d(32, 24, 3)', 'weight', 1 / Math.sqrt(24 * 9)],
    ['nn.Bilinear(30, 20, 40)', 'weight', 1 / Math.sqrt(30)],
    ['nn.LSTM(20, 64)', 'weight_ih_l0', 1 / Math.sqrt(64)],
    ['nn.GRUCell(20, 64)', 'weight_hh', 1 / Math.sqrt(64)],
    ['nn.MultiheadAttention(48, 4)', 'in_proj_weight', Math.sqrt(6 / (48 + 144))],
  ])('%s: %s is uniform on ±%d', (layer, name, bound) => {
    const { deviation, largest } = spread(layer, name);
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.98 * bound);
    expect(Math.abs(deviation / (bound / Math.sqrt(3)) - 1)).toBeLessThan(0.05);
  });

  it('draws embeddings from a standard normal, with zeros for the padding index', () => {
    expect(Math.abs(spread('nn.Embedding(500, 40)', 'weight').deviation - 1)).toBeLessThan(0.03);
    const padded = traceLayer('nn.Embedding(5, 4, padding_idx=-1)').parameters[0]?.initial();
    expect(Array.from(padded?.slice(16) ?? [])).toEqual([0, 0, 0, 0]);
  });

  it('gives each copy of a deep-copied layer its own parameters', () => {
    const traced = traceLayer('nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 4), 2)');
    expect(new Set(traced.parameters.map(({ node }) => node)).size).toBe(24);
  });

  it('is the same for the same seed, and another for another', () => {
    const values = (seed: number) => Array.from(traceLayer('nn.Linear(3, 2)', { seed }).parameters[0]?.initial() ?? []);
    expect(values(1)).toEqual(values(1));
    expect(values(1)).not.toEqual(values(2));
  });
});

describe('modes', () => {
  const vae = expectedModels.find(({ module }) => module === 'vae');
  if (vae === undefined) throw new Error('fixture');

  it('knows when forward draws random numbers', () => {
    expect(traceFixture(vae).stochastic).toBe(false);
    expect(traceFixture(vae, { mode: 'train' }).stochastic).toBe(true);
    expect(traceText(`${head}net = nn.Sequential(nn.Linear(4, 4), nn.Dropout())\n`, { mode: 'train' }).stochastic).toBe(
      true,
    );
    expect(traceText(`${head}net = nn.Sequential(nn.Linear(4, 4), nn.Dropout())\n`).stochastic).toBe(false);
  });

  it("normalises with the batch's own statistics in training", () => {
    const traced = traceText(`${head}net = nn.BatchNorm1d(3, affine=False, eps=0.0)\n`, {
      mode: 'train',
      batch: 5,
      inputs: [{ kind: 'shape', sample: [3] }],
    });
    expect(traced.stopped).toBeNull();
    const [values = []] = evaluate(traced.outputNode ? [traced.outputNode] : [], fixtureFeeds(traced));
    for (let column = 0; column < 3; column++) {
      const own = Array.from(values).filter((_, i) => i % 3 === column);
      expect(own.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 12);
      expect(own.reduce((a, b) => a + b * b, 0) / 5).toBeCloseTo(1, 12);
    }
  });
});
