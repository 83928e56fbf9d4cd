/** torchvision's classes as they are written here against the installed torchvision: names, shapes, loss and gradient in float64. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { gradient } from '../../server/src/autodiff/gradient';
import { evaluate } from '../../server/src/graph/evaluate/evaluate';
import { fixtureFeeds, traceText } from '../unit/frontend/nnFixtures';
import { findTorchPython, runProgram } from './python';

interface Case {
  readonly imports: string;
  readonly expression: string;
  readonly input: readonly number[];
}

interface Reference {
  readonly parameters: [string, number[]][];
  readonly stateKeys: [string, number[]][];
  readonly output: number[];
  readonly loss: number;
  readonly gradientNorm: number;
}

const models = 'from torchvision import models';
const cases: readonly Case[] = [
  { imports: models, expression: 'models.resnet18(num_classes=5)', input: [2, 3, 32, 32] },
  {
    imports: models,
    expression: 'models.resnet.ResNet(models.resnet.Bottleneck, [1, 1, 1, 1], 5, groups=2, width_per_group=8)',
    input: [1, 3, 32, 32],
  },
  { imports: models, expression: 'models.densenet.DenseNet(4, (2, 2), 8, num_classes=5)', input: [2, 3, 32, 32] },
  { imports: models, expression: 'models.squeezenet1_0(num_classes=5)', input: [1, 3, 48, 48] },
  { imports: models, expression: 'models.squeezenet1_1(num_classes=5)', input: [1, 3, 48, 48] },
  {
    imports: models,
    expression: 'models.googlenet(num_classes=5, init_weights=False, transform_input=True)',
    input: [1, 3, 32, 32],
  },
  { imports: models, expression: 'models.mobilenet_v2(num_classes=5, width_mult=0.25)', input: [2, 3, 32, 32] },
  { imports: models, expression: 'models.shufflenet_v2_x0_5(num_classes=5)', input: [2, 3, 32, 32] },
  { imports: models, expression: 'models.mnasnet.MNASNet(0.25, 5)', input: [2, 3, 32, 32] },
  { imports: models, expression: 'models.efficientnet_b0(num_classes=5)', input: [1, 3, 32, 32] },
  {
    imports: 'from torchvision.models.efficientnet import EfficientNet, FusedMBConvConfig, MBConvConfig',
    expression:
      'EfficientNet([FusedMBConvConfig(4, 3, 1, 8, 8, 1), FusedMBConvConfig(1, 3, 2, 8, 16, 2), MBConvConfig(4, 5, 2, 16, 16, 1)], 0.1, num_classes=5, last_channel=16)',
    input: [2, 3, 24, 24],
  },
  {
    imports: 'from torchvision.models.regnet import RegNet, BlockParams',
    expression: 'RegNet(BlockParams([1, 2], [8, 16], [4, 8], [1.0, 1.0], [2, 2], 0.25), num_classes=5, stem_width=8)',
    input: [2, 3, 24, 24],
  },
  {
    imports: 'from torchvision.models.convnext import ConvNeXt, CNBlockConfig',
    expression: 'ConvNeXt([CNBlockConfig(8, 16, 1), CNBlockConfig(16, None, 1)], num_classes=5)',
    input: [2, 3, 24, 24],
  },
  {
    imports: 'from torchvision.models.vision_transformer import VisionTransformer',
    expression: 'VisionTransformer(16, 8, 2, 2, 8, 16, num_classes=5, representation_size=6)',
    input: [2, 3, 16, 16],
  },
  {
    // Windows that do not divide the image, and a last stage of one window.
    imports: 'from torchvision.models.swin_transformer import SwinTransformer',
    expression: 'SwinTransformer([2, 2], 12, [2, 2, 2], [2, 3, 4], [4, 4], num_classes=5)',
    input: [2, 3, 18, 22],
  },
  {
    imports: 'from torchvision.models.swin_transformer import SwinTransformer, SwinTransformerBlockV2, PatchMergingV2',
    expression:
      'SwinTransformer([2, 2], 12, [2, 2], [2, 3], [4, 4], num_classes=5, block=SwinTransformerBlockV2, downsample_layer=PatchMergingV2)',
    input: [2, 3, 18, 22],
  },
  {
    imports: 'from torchvision.models.maxvit import MaxVit',
    expression: 'MaxVit((32, 32), 8, 4, [8, 16], [1, 2], 4, 0.1, num_classes=5)',
    input: [2, 3, 32, 32],
  },
  {
    imports: 'from torchvision.models.segmentation.deeplabv3 import DeepLabHead',
    expression: 'DeepLabHead(4, 3, (1, 2))',
    input: [1, 4, 6, 6],
  },
  {
    imports:
      'from torchvision.models.segmentation.fcn import FCN, FCNHead\nfrom torch import nn\nfrom torchvision.models._utils import IntermediateLayerGetter',
    expression:
      'FCN(IntermediateLayerGetter(nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.Tanh(), nn.Conv2d(8, 8, 3, 2)), {"1": "aux", "2": "out"}), FCNHead(8, 3), FCNHead(8, 3))',
    input: [1, 3, 17, 17],
  },
];

/** An interpreter that has torchvision; its compiled part is not needed. */
const python = findTorchPython();
const hasTorchvision =
  python !== undefined &&
  spawnSync(python, ['-c', 'from importlib.util import find_spec; raise SystemExit(find_spec("torchvision") is None)'])
    .status === 0;

const relative = (ours: number, theirs: number): number => Math.abs(ours - theirs) / Math.abs(theirs);

describe.skipIf(!hasTorchvision)('torchvision', () => {
  let references: Reference[] = [];

  beforeAll(async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'hessian-lens-torchvision-')), 'cases.json');
    writeFileSync(file, JSON.stringify(cases));
    references = JSON.parse(
      await runProgram(python ?? 'python3', [join(__dirname, 'torchvision.py'), file]),
    ) as Reference[];
  });

  it.each(cases.map(({ expression, ...rest }, index) => ({ expression, ...rest, index })))(
    '$expression',
    ({ imports, expression, input: [batch = 1, ...sample], index }) => {
      const traced = traceText(`${imports}\nimport torch\ndef make():\n    return ${expression}\n`, {
        model: 'make',
        inputs: [{ kind: 'shape', sample }],
        batch,
        precision: 'float64',
        loss: { kind: 'name', name: 'sum_squares' },
      });
      const expected = references[index];
      if (expected === undefined) throw new Error('no reference');
      expect(traced.stopped).toBeNull();
      expect(traced.parameters.map(({ name, shape }) => [name, shape])).toEqual(expected.parameters);
      expect(traced.stateKeys.map(({ key, shape }) => [key, shape])).toEqual(expected.stateKeys);
      expect(traced.outputNode?.shape).toEqual(expected.output);
      if (traced.loss === undefined) throw new Error('no loss');
      const gradients = gradient(
        traced.loss.node,
        traced.parameters.map(({ node }) => node),
      );
      const [loss, ...values] = evaluate([traced.loss.node, ...gradients], fixtureFeeds(traced));
      let squares = 0;
      for (const each of values) for (const g of each) squares += g * g;
      expect(relative(loss?.[0] ?? NaN, expected.loss)).toBeLessThan(1e-9);
      expect(relative(Math.sqrt(squares), expected.gradientNorm)).toBeLessThan(1e-8);
    },
  );
});
