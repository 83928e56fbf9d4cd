import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { Node } from '../../../server/src/graph/node';
import type { ConstantData } from '../../../server/src/graph/primitives';
import { expectedModels, traceFixture, traceText } from './nnFixtures';

const head = 'import torch\nfrom torch import nn\nimport torch.nn.functional as F\n';

const keys = (source: string): string[] => {
  const traced = traceText(head + source);
  expect(traced.stopped).toBeNull();
  return traced.stateKeys.map(({ key }) => key);
};

describe('which model, and which input', () => {
  it('takes the class that no other class uses, made with its defaults', () => {
    const traced = traceText(
      `${head}class Block(nn.Module):\n  def __init__(s, c): super().__init__(); s.conv = nn.Conv2d(c, c, 3, padding=1)\n  def forward(s, x): return s.conv(x)\n` +
        `class Net(nn.Module):\n  def __init__(s, c=3):\n    super().__init__(); s.block = Block(c)\n  def forward(s, x): return s.block(x)\n` +
        `class Loss(object): pass\n`,
    );
    expect(traced).toMatchObject({ name: 'Net', stopped: null, line: 7 });
    expect(traced.inputs.map(({ name, shape }) => [name, shape])).toEqual([['x', [2, 3, 32, 32]]]);
  });

  it('makes the configuration object that a constructor asks for', () => {
    const traced = traceText(
      `${head}from dataclasses import dataclass\n@dataclass\nclass NetConfig:\n  width: int = 5\n` +
        `class Net(nn.Module):\n  def __init__(self, config):\n    super().__init__(); self.fc = nn.Linear(784, config.width)\n  def forward(self, x): return self.fc(x.view(x.size(0), -1))\n`,
    );
    expect(traced.stopped).toBeNull();
    expect(traced.totalParameters).toBe(785 * 5);
    expect(traced.inputs[0]?.shape).toEqual([2, 784]);
  });

  it('takes a factory function where the class needs arguments', () => {
    const traced = traceText(
      `${head}class Net(nn.Module):\n  def __init__(self, a, b):\n    super().__init__(); self.fc = nn.Linear(a, b)\n  def forward(self, x): return self.fc(x)\ndef small(): return Net(4, 2)\n`,
    );
    expect(traced).toMatchObject({ name: 'small', totalParameters: 10, stopped: null });
  });

  it('reads a class out of a script whose top level cannot be followed', () => {
    const traced = traceText(
      `${head}import torchvision\ndata = torchvision.datasets.MNIST('data', download=True)\nn = len(data[0][0])\nif n > 3: raise SystemExit\n` +
        `class Net(nn.Module):\n  def __init__(self): super(Net, self).__init__(); self.fc = nn.Linear(3, 1)\n  def forward(self, x): return self.fc(x)\nfor x, y in data: Net()(x).backward()\n`,
    );
    expect(traced).toMatchObject({ name: 'Net', totalParameters: 4, stopped: null });
  });

  it('takes no function of the library that a variable holds', () => {
    const { stopped } = traceText(
      `${head}class Net(nn.Module):\n  def __init__(self, n): super().__init__(); self.fc = nn.Linear(n, 1)\n  def forward(self, x): return self.fc(x)\n` +
        `softplus = nn.Softplus()\nnet = Net(missing())\n`,
    );
    expect(stopped?.reason).toMatch(/missing 1 required positional argument: 'n'/);
  });

  it('feeds token indices to an embedding, as long as the model says', () => {
    const traced = traceText(
      `${head}class Net(nn.Module):\n  def __init__(self, block_size=12):\n    super().__init__(); self.block_size = block_size; self.e = nn.Embedding(9, 4); self.p = nn.Embedding(block_size, 4)\n` +
        `  def forward(self, idx): return self.e(idx) + self.p(torch.arange(idx.shape[1]))\n`,
    );
    expect(traced.stopped).toBeNull();
    expect(traced.inputs.map(({ name, shape, dtype, range }) => [name, shape, dtype, range])).toEqual([
      ['idx', [2, 12], 'int', 9],
    ]);
  });

  it('finds the image size that a linear layer after convolutions implies', () => {
    const traced = traceText(
      `${head}class Net(nn.Module):\n  def __init__(self):\n    super().__init__(); self.c = nn.Conv2d(1, 2, 3); self.fc = nn.Linear(2 * 62 * 62, 3)\n  def forward(self, x): return self.fc(self.c(x).flatten(1))\n`,
    );
    expect(traced.inputs[0]?.shape).toEqual([2, 1, 64, 64]);
  });

  it('says what there is when the named model is not there', () => {
    const traced = traceText(`${head}class Net(nn.Module): pass\n`, { model: 'Other' });
    expect(traced.stopped?.reason).toContain('"Other"');
    expect(traced.stopped?.reason).toContain('Net');
  });

  it('keeps the data of an input expression', () => {
    const traced = traceText(`${head}class Net(nn.Module):\n  def forward(self, x): return x * 2.0\n`, {
      inputs: [{ kind: 'expression', text: 'torch.arange(6).view(3, 2)' }],
    });
    expect(traced.inputs[0]).toMatchObject({ shape: [3, 2], dtype: 'int' });
    expect(Array.from(traced.inputs[0]?.sample ?? [])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(traced.batch).toBe(3);
  });
});

describe('registration', () => {
  it('keeps the order of first assignment, and forgets what is overwritten', () => {
    expect(
      keys(
        'class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    self.a = nn.Linear(2, 2)\n    self.w = nn.Parameter(torch.zeros(2))\n    self.b = nn.Linear(2, 2, bias=False)\n    self.a = nn.Linear(2, 2, bias=False)\n    self.gone = nn.Linear(2, 2)\n    self.gone = None\n    del self.b\n' +
          '  def forward(self, x): return self.a(x) + self.w\n',
      ),
    ).toEqual(['w', 'a.weight']);
  });

  it('does not register what hides in a plain list or dict, and does register add_module and setattr', () => {
    expect(
      keys(
        'class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    self.hidden = [nn.Linear(2, 2)]\n    self.also = {"k": nn.Linear(2, 2)}\n    for i in range(2):\n      setattr(self, f"fc{i}", nn.Linear(2, 2, bias=False))\n    self.add_module("last", nn.BatchNorm1d(2))\n' +
          '  def forward(self, x): return self.last(self.fc1(getattr(self, "fc0")(self.hidden[0](x))))\n',
      ),
    ).toEqual([
      'fc0.weight',
      'fc1.weight',
      'last.weight',
      'last.bias',
      'last.running_mean',
      'last.running_var',
      'last.num_batches_tracked',
    ]);
  });

  it('slices, extends and indexes containers as PyTorch does', () => {
    expect(
      keys(
        'class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    body = nn.Sequential(nn.Linear(2, 2, False), nn.ReLU(), nn.Linear(2, 2, False), nn.Tanh())\n    self.tail = body[2:]\n    self.list = nn.ModuleList(body[:1]).append(nn.Linear(2, 2, False))\n    self.list.extend([body[-2]])\n' +
          '  def forward(self, x):\n    for layer in self.list: x = layer(x)\n    return self.tail(x)\n',
      ),
    ).toEqual(['tail.2.weight', 'list.0.weight', 'list.1.weight', 'list.2.weight']);
  });

  it.each([
    [
      'assigning a module before super().__init__()',
      'self.a = nn.Linear(1, 1)\n    super().__init__()',
      'cannot assign module before Module.__init__() call',
    ],
    [
      'a plain tensor where a parameter is',
      'super().__init__()\n    self.a = nn.Parameter(torch.zeros(1))\n    self.a = torch.zeros(1)',
      "cannot assign 'Tensor' as parameter 'a'",
    ],
    [
      'an attribute that is not there',
      'super().__init__()\n    self.missing',
      "'Net' object has no attribute 'missing'",
    ],
  ])('raises as PyTorch does: %s', (_, body, message) => {
    const traced = traceText(
      `${head}class Net(nn.Module):\n  def __init__(self):\n    ${body}\n  def forward(self, x): return x\n`,
    );
    expect(traced.stopped?.reason).toContain(message);
    expect(traced.stopped?.file).toBe('model.py');
  });
});

describe('stops', () => {
  it('names both shapes and the line of the call', () => {
    const source = `${head}class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    self.a = nn.Linear(6, 5)\n    self.b = nn.Linear(4, 2)\n  def forward(self, x):\n    h = self.a(x)\n    return self.b(h)\n`;
    const traced = traceText(source, { inputs: [{ kind: 'shape', sample: [6] }] });
    expect(traced.stopped).toMatchObject({ file: 'model.py', line: 11 });
    expect(traced.stopped?.reason).toMatch(/2x5 and 4x2/);
    expect(traced.parameters).toHaveLength(4);
  });

  it('names the line that makes the layer when the call is inside a container', () => {
    const source = `${head}net = nn.Sequential(\n  nn.Linear(6, 5),\n  nn.Linear(4, 2),\n)\n`;
    const traced = traceText(source, { inputs: [{ kind: 'shape', sample: [6] }] });
    expect(traced.stopped).toMatchObject({ file: 'model.py', line: 6 });
    expect(traced.stopped?.reason).toContain('layer 1');
  });

  it('stops at a branch on data, with the exact expression', () => {
    const source = `${head}class Net(nn.Module):\n  def forward(self, x):\n    if x.sum() > 0:\n      return x\n    return -x\n`;
    const traced = traceText(source, { inputs: [{ kind: 'shape', sample: [6] }] });
    expect(traced.stopped).toMatchObject({ line: 6, column: 8 });
  });

  it('ends at loops that do not end, packed sequences, syntax errors, and says where', () => {
    const loop = traceText(
      `${head}class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    while True: pass\n`,
      { limits: { seconds: 1 } },
    );
    expect(loop.stopped?.line).toBe(7);
    const packed = traceText(
      `${head}class Net(nn.Module):\n  def forward(self, x):\n    return nn.utils.rnn.pack_padded_sequence(x, [1])\n`,
    );
    expect(packed.stopped).toMatchObject({ line: 6 });
    expect(packed.stopped?.reason).toContain('packed');
    expect(traceText('def f(:\n').stopped).toMatchObject({ file: 'model.py', line: 1 });
  });
});

describe('losses', () => {
  const linear = `${head}class Net(nn.Module):\n  def __init__(self, out=3):\n    super().__init__(); self.fc = nn.Linear(4, out)\n    nn.init.zeros_(self.fc.weight); nn.init.zeros_(self.fc.bias)\n  def forward(self, x): return self.fc(x)\n`;

  /** Loss of the zero-initialised linear model; the targets are all `target`. */
  function lossOf(loss: string, target: number, model = 'Net()'): number {
    const kind = /^\w+$/.test(loss)
      ? { kind: 'name' as const, name: loss }
      : { kind: 'expression' as const, text: loss };
    const traced = traceText(linear, { loss: kind, model });
    expect(traced.stopped).toBeNull();
    const feeds = new Map<Node, ConstantData>();
    for (const { node, initial } of traced.parameters) feeds.set(node, initial());
    const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
    for (const { node, shape } of traced.inputs) feeds.set(node, new Float64Array(size(shape)).fill(1));
    for (const { node, shape, dtype } of traced.loss?.targets ?? [])
      feeds.set(
        node,
        dtype === 'float' ? new Float64Array(size(shape)).fill(target) : new Int32Array(size(shape)).fill(target),
      );
    const [value] = evaluate(traced.loss ? [traced.loss.node] : [], feeds);
    return value?.[0] ?? NaN;
  }

  it.each([
    ['cross_entropy', 1, Math.log(3)],
    ['nn.CrossEntropyLoss(label_smoothing=0.2)', 1, Math.log(3)],
    ["nn.CrossEntropyLoss(reduction='sum')", 1, 2 * Math.log(3)],
    ['mse', 2, 4],
    ['nn.MSELoss', 3, 9],
    ['l1', -2, 2],
    ['huber', 3, 2.5],
    ['bce_with_logits', 1, Math.log(2)],
    ['sum_squares', 0, 0],
  ])('%s against target %d is %d (closed form at zero scores)', (loss, target, expected) => {
    expect(lossOf(loss, target)).toBeCloseTo(expected, 12);
  });

  it('lists the known losses when one is unknown', () => {
    const traced = traceText(linear, { loss: { kind: 'name', name: 'crossentropy' } });
    expect(traced.stopped?.reason).toContain('cross_entropy');
  });

  it('is the one that forward returns when it is given targets', () => {
    const gpt = expectedModels.find(({ expression }) => expression === 'GPT(GPTConfig())');
    if (gpt === undefined) throw new Error('fixture');
    const traced = traceFixture(gpt);
    expect(traced.stopped).toBeNull();
    expect(traced.loss?.description).toContain('GPT.forward');
    expect(traced.loss?.targets.map(({ name, shape, dtype, range }) => [name, shape, dtype, range])).toEqual([
      ['targets', [2, 8], 'int', 19],
    ]);
    expect(traced.outputNode?.shape).toEqual([2, 8, 19]);
  });
});
