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
});
