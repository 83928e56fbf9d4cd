import { describe, expect, it } from 'vitest';
import { pretrainedNote } from '../../../server/src/frontend/pretrainedNote';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import { publishedModels } from '../../fixtures/torchvision/published';
import { fixtureFeeds, traceText } from './nnFixtures';

/** Traces `body` of a function that returns a model, on one image of 64 × 64 unless told. */
const traceBuilt = (imports: string, body: string, size = 64) =>
  traceText(`${imports}\nimport torch.nn as nn\ndef make():\n    ${body.replace(/\n/g, '\n    ')}\n`, {
    model: 'make',
    inputs: [{ kind: 'shape', sample: [3, size, size] }],
    batch: 1,
  });

describe('torchvision.models', () => {
  it.each(Object.entries(publishedModels))(
    '%s has the published number of parameters',
    (name, { parameters, size }) => {
      const isSegmentation = name.startsWith('segmentation.');
      const arguments_ = /^(googlenet|inception)/.test(name) ? 'init_weights=False' : '';
      // Where the size of the image decides nothing, a small one is traced as well.
      const fixed = /^(vit|maxvit|inception|alexnet)/.test(name);
      const traced = traceBuilt(
        'from torchvision import models',
        `return models.${name}(${arguments_})`,
        fixed ? (size ?? 224) : 64,
      );
      expect(traced.stopped).toBeNull();
      expect(traced.totalParameters).toBe(parameters);
      expect(traced.outputNode?.shape).toEqual(isSegmentation ? [1, 21, 64, 64] : [1, 1000]);
    },
  );

  it('finds a model by its name among the members of the package', () => {
    const names =
      'sorted(n for n in models.__dict__ if n.islower() and not n.startswith("__") and callable(models.__dict__[n]))';
    const traced = traceBuilt(
      'import torchvision.models as models',
      `assert "resnet18" in ${names}\nreturn models.__dict__["resnet18"](num_classes=3)`,
    );
    expect(traced.stopped).toBeNull();
    expect(traced.outputNode?.shape).toEqual([1, 3]);
  });

  it.each([
    ['resnet18(pretrained=True)', 'from torchvision.models import resnet18'],
    ['resnet18(True)', 'from torchvision.models.resnet import resnet18'],
    ['resnet18(weights="IMAGENET1K_V1")', 'from torchvision.models import resnet18'],
    ['resnet18(weights=ResNet18_Weights.DEFAULT)', 'from torchvision.models import resnet18, ResNet18_Weights'],
    ['models.get_model("resnet18", weights="DEFAULT")', 'from torchvision import models'],
  ])('%s gives a model whose head can be replaced', (call, imports) => {
    const traced = traceBuilt(imports, `m = ${call}\nm.fc = nn.Linear(m.fc.in_features, 10)\nreturn m`);
    expect(traced.stopped).toBeNull();
    expect(traced.parameters.at(-1)).toMatchObject({ name: 'fc.bias', shape: [10] });
  });

  it('refuses another number of classes together with published weights, as torchvision does', () => {
    const traced = traceBuilt(
      'from torchvision.models import resnet18',
      'return resnet18(weights="DEFAULT", num_classes=10)',
    );
    expect(traced.stopped?.reason).toContain('num_classes=1000');
    expect(traced.stopped?.line).toBe(4);
  });

  it('keeps the function where a submodule has the same name', () => {
    const traced = traceBuilt(
      'from torchvision.models.alexnet import AlexNet\nimport torchvision.models as models',
      'm = models.alexnet(num_classes=4)\nassert isinstance(m, AlexNet)\nreturn m',
    );
    expect(traced.stopped).toBeNull();
    expect(traced.outputNode?.shape).toEqual([1, 4]);
  });

  it('is a base of own classes, and a name that does not exist stays unknown', () => {
    const traced = traceBuilt(
      'from torchvision.models.resnet import ResNet, BasicBlock, model_urls\nclass Small(ResNet):\n    pass',
      'return Small(BasicBlock, [1, 1, 1, 1], num_classes=7)',
    );
    expect(traced.stopped).toBeNull();
    expect(traced.outputNode?.shape).toEqual([1, 7]);
  });

  it('gives parts of a model by IntermediateLayerGetter', () => {
    const traced = traceBuilt(
      'from torchvision.models._utils import IntermediateLayerGetter\nfrom torchvision.models import resnet18',
      'return IntermediateLayerGetter(resnet18(), {"layer4": "out"})',
    );
    expect(traced.stopped).toBeNull();
    expect(traced.outputNode?.shape).toEqual([1, 512, 2, 2]);
    expect(traced.parameters.some(({ name }) => name.startsWith('fc'))).toBe(false);
  });

  it('gives outputs of inner layers by create_feature_extractor, without the layers that come after them', () => {
    const imports =
      'from torchvision.models import get_model\nfrom torchvision.models.feature_extraction import create_feature_extractor';
    const traced = traceBuilt(
      imports,
      'return create_feature_extractor(get_model("resnet18"), {"layer1": "fine", "layer2.0": "coarse"})',
    );
    expect(traced.stopped).toBeNull();
    const keys = new Set(traced.stateKeys.map(({ key }) => key.split('.').slice(0, 2).join('.')));
    expect([...keys].filter((key) => /^(layer|fc)/.test(key))).toEqual(['layer1.0', 'layer1.1', 'layer2.0']);
    // conv1 and bn1, two basic blocks of 64 channels, and the first of 128 with its shortcut.
    const block = (from: number, to: number): number => 9 * from * to + 9 * to * to + 4 * to;
    expect(traced.totalParameters).toBe(3 * 64 * 49 + 128 + 2 * block(64, 64) + block(64, 128) + 64 * 128 + 2 * 128);
    const output = traced.output;
    expect(output?.kind === 'mapping' && output.entries.map(([name]) => name)).toEqual(['fine', 'coarse']);
    const wrong = traceBuilt(imports, 'return create_feature_extractor(get_model("resnet18"), ["flatten"])');
    expect(wrong.stopped?.reason).toContain("'flatten' is no layer of ResNet");
  });

  it('gives feature pyramids, each level the sum of its own and the coarser one', () => {
    const traced = traceText(
      `
import torch
from torch import nn
import torch.nn.functional as F
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fpn = FeaturePyramidNetwork([3, 5], 4, extra_blocks=LastLevelMaxPool())
    def forward(self, x):
        small = torch.cat([x, x[:, :2]], 1)[:, :, ::2, ::2]
        found = self.fpn({"a": x, "b": small})
        assert list(found) == ["a", "b", "pool"] and found["pool"].shape[-1] == 2
        inner, layer = self.fpn.inner_blocks, self.fpn.layer_blocks
        coarse = inner[1](small)
        fine = inner[0](x) + coarse.repeat_interleave(2, -1).repeat_interleave(2, -2)
        return (found["a"] - layer[0](fine)).abs().max() + (found["b"] - layer[1](coarse)).abs().max()
`,
      { inputs: [{ kind: 'shape', sample: [3, 8, 8] }], batch: 2 },
    );
    expect(traced.stopped).toBeNull();
    expect(traced.parameters.map(({ name }) => name)).toContain('fpn.layer_blocks.1.0.bias');
    expect(traced.totalParameters).toBe(3 * 4 + 4 + 5 * 4 + 4 + 2 * (9 * 16 + 4));
    const [difference = []] = evaluate(traced.outputNode ? [traced.outputNode] : [], fixtureFeeds(traced));
    expect(difference[0]).toBeLessThan(1e-14);
  });

  it('say which published weights the code starts from, and where', () => {
    const imports = 'from torchvision.models import resnet18';
    const { pretrained } = traceBuilt(imports, 'return resnet18(pretrained=True)');
    expect(pretrained).toMatchObject([{ model: 'resnet18', span: { line: 4 } }]);
    expect(pretrained?.map((weights) => pretrainedNote(weights))[0]).toMatch(
      /weights of resnet18 \(.+:4\), which are not here/,
    );
    expect(traceBuilt(imports, 'return resnet18(weights=None)').pretrained).toEqual([]);
  });
});
