import { describe, expect, it } from 'vitest';
import type { TracedModel } from '../../../server/src/frontend/model';
import { traceText } from './nnFixtures';

const trace = (source: string, model: string, side = 224): TracedModel =>
  traceText(source, { model, inputs: [{ kind: 'shape', sample: [3, side, side] }], batch: 2 });

// Counts: timm 1.0 in PyTorch 2.13, `sum(p.numel() for p in model.parameters())`.
describe('models of timm where it is not installed', () => {
  it.each([
    ['vit_tiny_patch16_224', 5_526_346],
    ['deit_small_patch16_224', 21_669_514],
    ['vit_base_patch32_224', 87_462_922],
    ['resnet50', 23_528_522],
  ])('%s', (name, parameters) => {
    const traced = trace('import timm\n', `timm.create_model('${name}', num_classes=10)`);
    expect(traced.stopped).toBeNull();
    expect(traced.totalParameters).toBe(parameters);
    expect(traced.outputNode?.shape).toEqual([2, 10]);
  });

  it('are what classes of the code derive from, with features of their own', () => {
    const traced = trace(
      `import torch
from functools import partial
import timm.models.vision_transformer

class Pooled(timm.models.vision_transformer.VisionTransformer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.fc_norm = kwargs['norm_layer'](kwargs['embed_dim'])
        del self.norm

    def forward_features(self, x):
        x = self.patch_embed(x)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1)
        x = self.pos_drop(x + self.pos_embed)
        for block in self.blocks:
            x = block(x)
        return self.fc_norm(x[:, 1:].mean(dim=1))

def make():
    return Pooled(img_size=32, patch_size=8, embed_dim=24, depth=2, num_heads=3, num_classes=7,
                  norm_layer=partial(torch.nn.LayerNorm, eps=1e-6))
`,
      'make()',
      32,
    );
    expect(traced.stopped).toBeNull();
    expect(traced.outputNode?.shape).toEqual([2, 7]);
    expect(traced.stateKeys.map(({ key }) => key).filter((key) => !key.startsWith('blocks.'))).toEqual([
      'cls_token',
      'pos_embed',
      'patch_embed.proj.weight',
      'patch_embed.proj.bias',
      'fc_norm.weight',
      'fc_norm.bias',
      'head.weight',
      'head.bias',
    ]);
  });

  it('give the blocks that masked autoencoders are made of, with the arguments of older versions', () => {
    const source = `import torch.nn as nn
from timm.models.vision_transformer import Block, PatchEmbed

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = PatchEmbed(32, 8, 3, 24)
        self.block = Block(24, 3, 4., qkv_bias=True, qk_scale=None, norm_layer=nn.LayerNorm)

    def forward(self, x):
        return self.block(self.embed(x))
`;
    const traced = trace(source, 'Net', 32);
    expect(traced.stopped).toBeNull();
    expect(traced.outputNode?.shape).toEqual([2, 16, 24]);
  });
});
