import { describe, expect, it } from 'vitest';
import { installed } from './installedSources';
import { traceText } from './nnFixtures';

const trace = (files: Readonly<Record<string, string>>, source: string) =>
  traceText(source, { sources: installed(files), model: 'make', inputs: [{ kind: 'shape', sample: [6] }], batch: 2 });

const net = (name: string, width: number): string =>
  `from torch import nn\nclass ${name}(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(6, ${width})\n    def forward(self, x):\n        return self.fc(x)\n`;

describe('models of installed packages', () => {
  it('are read, the modules of a package only as far as they are used', () => {
    const files = {
      'blocks/__init__.py': 'from .small import *\nfrom .broken import *\n',
      'blocks/small.py': net('Small', 3),
      'blocks/broken.py': 'raise RuntimeError("imported although nothing of it is used")\nclass Other: pass\n',
    };
    const traced = trace(files, 'import blocks\ndef make():\n    return blocks.Small()\n');
    expect(traced.stopped).toBeNull();
    expect(traced.outputNode?.shape).toEqual([2, 3]);
  });

  it('give every public name of a module after the first of them was used', () => {
    const files = { 'blocks/__init__.py': 'from .both import *\n', 'blocks/both.py': net('A', 3) + net('B', 4) };
    const traced = trace(files, 'from blocks import A, B\ndef make():\n    A()\n    return B()\n');
    expect(traced.stopped).toBeNull();
    expect(traced.outputNode?.shape).toEqual([2, 4]);
  });

  it('that cannot be followed are unknown, with the reason', () => {
    const files = { 'blocks/__init__.py': 'x = open_the_door()\n' };
    const traced = trace(files, 'import blocks\ndef make():\n    return blocks.Net()\n');
    expect(traced.stopped?.reason).toContain(
      "module 'blocks' is not read (NameError: name 'open_the_door' is not defined)",
    );
  });

  it('are found by timm.create_model in the module that defines them; no weights are fetched', () => {
    const files = {
      'timm/__init__.py': 'from .models import create_model\n',
      'timm/models/__init__.py': 'from .tiny import *\nfrom ._factory import create_model\n',
      'timm/models/_registry.py':
        '_models = {}\ndef register_model(fn):\n    _models[fn.__name__] = fn\n    return fn\ndef is_model(model_name):\n    return model_name in _models\ndef model_entrypoint(model_name):\n    return _models[model_name]\n',
      'timm/models/_builder.py':
        'def load_pretrained(model, cfg):\n    raise RuntimeError("no network")\ndef build(cls, pretrained):\n    model = cls()\n    if pretrained:\n        load_pretrained(model, None)\n    return model\n',
      'timm/models/_factory.py':
        'from ._registry import is_model, model_entrypoint\ndef create_model(name, pretrained=False):\n    if not is_model(name):\n        raise RuntimeError(f"Unknown model ({name})")\n    return model_entrypoint(name)(pretrained)\n',
      'timm/models/tiny.py': `from ._registry import register_model\nfrom ._builder import build\n${net('Tiny', 5)}@register_model\ndef tiny_net(pretrained=False):\n    return build(Tiny, pretrained)\n`,
    };
    const source = (name: string): string =>
      `import timm\ndef make():\n    return timm.create_model("${name}", pretrained=True)\n`;
    expect(trace(files, source('tiny_net')).outputNode?.shape).toEqual([2, 5]);
    expect(trace(files, source('huge_net')).stopped?.reason).toContain('Unknown model (huge_net)');
  });
});
