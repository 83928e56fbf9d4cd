import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import { fixtureFeeds, modelsFolder, traceText } from './nnFixtures';

describe('einops', () => {
  it('equals the torch expressions that say the same (they are in the fixture)', () => {
    const source = readFileSync(join(modelsFolder, 'patterns.py'), 'utf8');
    const traced = traceText(source, { inputs: [{ kind: 'shape', sample: [3, 4, 6] }] });
    expect(traced.stopped).toBeNull();
    const [differences = []] = evaluate(traced.outputNode ? [traced.outputNode] : [], fixtureFeeds(traced));
    expect(differences).toHaveLength(15);
    for (const difference of differences) expect(difference).toBeLessThan(1e-14);
  });

  it.each([
    ["rearrange(x, 'b c -> b (c d)')", 'd'],
    ["rearrange(x, 'b (c 4) -> b c')", '4'],
    ["rearrange(x, 'b c d -> b c')", '3 axes'],
    ["rearrange(x, 'b c -> b')", 'c'],
  ])('says what is wrong with %s', (call, text) => {
    const traced = traceText(
      `from einops import rearrange\nfrom torch import nn\nclass Net(nn.Module):\n  def forward(self, x):\n    return ${call}\n`,
      { inputs: [{ kind: 'shape', sample: [6] }] },
    );
    expect(traced.stopped).toMatchObject({ file: 'model.py', line: 5 });
    expect(traced.stopped?.reason).toContain(text);
  });

  it('has EinMix as the einsum that its pattern says, with the bias along its axes', () => {
    const traced = traceText(
      `
import torch
from torch import nn
from einops.layers.torch import EinMix
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.heads = EinMix('b (h c) n -> b n (h d)', weight_shape='h c d', bias_shape='d', h=2, c=3, d=5)
        self.scale = EinMix('... c -> ... c', 'c', 'c', c=10)
    def forward(self, x):
        w, b = self.heads.weight, self.heads.bias
        mixed = (torch.einsum('bhcn,hcd->bnhd', x.reshape(2, 2, 3, 7), w) + b).reshape(2, 7, 10)
        expected = mixed * self.scale.weight + self.scale.bias
        return (self.scale(self.heads(x)) - expected).abs().max()
`,
      { inputs: [{ kind: 'shape', sample: [6, 7] }], batch: 2 },
    );
    expect(traced.stopped).toBeNull();
    expect(traced.parameters.map(({ name, shape }) => [name, shape])).toEqual([
      ['heads.weight', [2, 3, 5]],
      ['heads.bias', [1, 1, 1, 5]],
      ['scale.weight', [10]],
      ['scale.bias', [10]],
    ]);
    const [difference = []] = evaluate(traced.outputNode ? [traced.outputNode] : [], fixtureFeeds(traced));
    expect(difference[0]).toBeLessThan(1e-14);
  });

  it('packs, unpacks and reads shapes, and says what is wrong', () => {
    const program = (body: string): string =>
      `import torch\nfrom torch import nn\nfrom einops import pack, parse_shape, unpack\nclass Net(nn.Module):\n  def forward(self, x):\n    ${body}\n    return x\n`;
    const trace = (body: string) => traceText(program(body), { inputs: [{ kind: 'shape', sample: [6, 4] }] });
    const fine = [
      'y, sizes = pack([x, x[:, 0]], "b * c")',
      'assert y.shape == (2, 7, 4) and [tuple(s) for s in sizes] == [(6,), ()]',
      'a, b = unpack(y, [(-1,), ()], "b * c")',
      'assert a.shape == (2, 6, 4) and b.shape == (2, 4)',
      'assert parse_shape(x, "b ... c") == {"b": 2, "c": 4} and parse_shape(x, "_ n _") == {"n": 6}',
    ];
    expect(trace(fine.join('\n    ')).stopped).toBeNull();
    expect(trace('parse_shape(x, "b c")').stopped?.reason).toContain('has 2 axes, the tensor 3');
    expect(trace('pack([x], "b c")').stopped?.reason).toContain('needs exactly one *');
    expect(trace('unpack(x, [(6,)], "*")').stopped?.reason).toContain('has 1 axes, the tensor 3');
  });

  it.each([
    ["EinMix('b c -> b d', 'c d', c=3)", 'd: no size is given'],
    ["EinMix('b c -> b e', 'c d', c=3, d=4)", 'e: neither an axis of the input nor of the weight'],
    ["EinMix('b c -> b d', 'c d', 'c', c=3, d=4)", 'c: an axis of the bias that the output does not have'],
  ])('says what is wrong with %s', (call, text) => {
    const traced = traceText(
      `from torch import nn\nfrom einops.layers.torch import EinMix\nclass Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    self.mix = ${call}\n  def forward(self, x):\n    return self.mix(x)\n`,
      { inputs: [{ kind: 'shape', sample: [3] }] },
    );
    expect(traced.stopped).toMatchObject({ file: 'model.py', line: 6 });
    expect(traced.stopped?.reason).toContain(text);
  });
});
