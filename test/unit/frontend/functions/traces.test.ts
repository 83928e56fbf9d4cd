/** What a trace makes of parameters, buffers, randomness and data: inputs of the graph, constants, or a stop. */
import { describe, expect, it } from 'vitest';
import { gradient } from '../../../../server/src/autodiff/gradient';
import { createTorchModules } from '../../../../server/src/frontend/torch/functions/torchModules';
import { ModuleRecords } from '../../../../server/src/frontend/torch/moduleRecords';
import { createNnModules } from '../../../../server/src/frontend/torch/nnLibrary';
import { torchContext } from '../../../../server/src/frontend/torch/tensor/context';
import {
  initialValueOf,
  isTensor,
  makeBufferInput,
  makeTensor,
  payloadOf,
} from '../../../../server/src/frontend/torch/tensor/tensor';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import type { Node } from '../../../../server/src/graph/node';
import { input } from '../../../../server/src/graph/operations';
import { TraceStop } from '../../../../server/src/python/errors';
import { Interpreter } from '../../../../server/src/python/interpreter';
import type { PyInstance, PyModule } from '../../../../server/src/python/values';

const prelude =
  'import math\nimport torch\nimport torch.nn.functional as F\nfrom torch import nn\nfrom torch.nn import init\n';

/** Runs a program's top level as construction. */
function construct(program: string, seed = 0): { interpreter: Interpreter; module: PyModule } {
  const libraries = new Map([...createTorchModules(seed), ...createNnModules(new ModuleRecords())]);
  const interpreter = new Interpreter({ libraries });
  return { interpreter, module: interpreter.runModule(prelude + program, 'model.py') };
}

function tensorNamed(module: PyModule, name: string): PyInstance {
  const value = module.attributes.get(name);
  if (!isTensor(value)) throw new Error(`${name} is no tensor`);
  return value;
}

/** Calls `forward` on a data input [3] and gives the result's node. */
function forward({ interpreter, module }: ReturnType<typeof construct>): { x: Node<'input'>; output: Node } {
  torchContext(interpreter).phase = 'forward';
  const x = input('x', [3]);
  const result = payloadOf(
    interpreter.call(module.attributes.get('forward') ?? null, [makeTensor(interpreter, x, 'float32')]),
  );
  if (result === undefined) throw new Error('forward gives no tensor');
  return { x, output: result.node };
}

function moments(values: ArrayLike<number>): { mean: number; deviation: number; low: number; high: number } {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  const deviation = Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length);
  return { mean, deviation, low: list.reduce((a, b) => Math.min(a, b)), high: list.reduce((a, b) => Math.max(a, b)) };
}

describe('initial values follow the distributions of torch.nn.init', () => {
  // Standard deviations from the definitions of Glorot and Bengio 2010 and He et al. 2015 for [200, 50, 3, 3].
  const fanIn = 50 * 9;
  const fanOut = 200 * 9;
  const expected: readonly (readonly [call: string, deviation: number, bound: number | undefined])[] = [
    ['init.uniform_(w, -0.5, 0.25)', 0.75 / Math.sqrt(12), 0.5],
    ['init.normal_(w, 0.0, 0.02)', 0.02, undefined],
    ['init.xavier_uniform_(w)', Math.sqrt(2 / (fanIn + fanOut)), Math.sqrt(6 / (fanIn + fanOut))],
    ['init.xavier_normal_(w, gain=2.0)', 2 * Math.sqrt(2 / (fanIn + fanOut)), undefined],
    ["init.kaiming_normal_(w, mode='fan_out', nonlinearity='relu')", Math.sqrt(2 / fanOut), undefined],
    ['init.kaiming_uniform_(w, a=math.sqrt(5))', 1 / Math.sqrt(3 * fanIn), 1 / Math.sqrt(fanIn)],
    ['w.data.normal_(0, math.sqrt(2.0 / 1800))', Math.sqrt(2 / fanOut), undefined],
    // Standard normal cut at ±2: variance 1 − 4φ(2)/(2Φ(2) − 1).
    ['init.trunc_normal_(w)', Math.sqrt(1 - (4 * 0.05399096651318806) / 0.9544997361036416), 2],
  ];
  for (const [call, deviation, bound] of expected)
    it(call, () => {
      const { module } = construct(`w = nn.Parameter(torch.empty(200, 50, 3, 3))\n${call}`);
      const found = moments(initialValueOf(tensorNamed(module, 'w')));
      // 90 000 samples: the deviation's own standard error is 0.24 %.
      expect(Math.abs(found.deviation / deviation - 1)).toBeLessThan(0.015);
      if (bound !== undefined) expect(Math.max(-found.low, found.high)).toBeLessThanOrEqual(bound);
    });

  it('gives the same values for the same seed and others for another', () => {
    const values = (seed: number): number[] => [
      ...initialValueOf(tensorNamed(construct('w = nn.Parameter(torch.randn(4))', seed).module, 'w')),
    ];
    expect(values(1)).toEqual(values(1));
    expect(values(1)).not.toEqual(values(2));
  });

  it('costs nothing until it is asked for', () => {
    // 4·10⁹ elements could not be held.
    const { module } = construct(
      'w = nn.Parameter(torch.empty(65536, 65536))\ninit.kaiming_uniform_(w)\nw.data.mul_(0.5)',
    );
    expect(payloadOf(tensorNamed(module, 'w'))?.shape).toEqual([65536, 65536]);
  });

  it('orthogonal rows are orthonormal times the gain', () => {
    const { module } = construct('w = nn.Parameter(torch.empty(4, 6))\ninit.orthogonal_(w, gain=2.0)');
    const w = initialValueOf(tensorNamed(module, 'w'));
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) {
        const product = Array.from({ length: 6 }, (_, k) => (w[6 * i + k] ?? 0) * (w[6 * j + k] ?? 0)).reduce(
          (a, b) => a + b,
        );
        expect(product).toBeCloseTo(i === j ? 4 : 0, 12);
      }
  });
});

describe('parameters in forward', () => {
  it('are inputs of the graph; no_grad and detach cut them off', () => {
    const traced = construct(
      'w = nn.Parameter(torch.ones(3))\ndef forward(x):\n    with torch.no_grad():\n        s = w * 2\n    return (w * w.detach() * s * x).sum()',
    );
    const { x, output } = forward(traced);
    const node = payloadOf(tensorNamed(traced.module, 'w'))?.inputState?.input;
    if (node === undefined) throw new Error('w is no input');
    const feeds = new Map<Node, Float64Array>([
      [x, Float64Array.of(1, 2, 3)],
      [node, Float64Array.of(2, 3, 5)],
    ]);
    // d/dw of w·c·2c·x with c = w held fixed: 2w²x.
    expect(evaluate(gradient(output, [node]), feeds)[0]).toEqual(Float64Array.of(8, 36, 150));
  });

  it('changed inside forward stay the variable, at the changed value', () => {
    const traced = construct(
      'w = nn.Parameter(torch.ones(3))\ndef forward(x):\n    w.data = torch.clamp(w.data, max=1.0)\n    return (w * w * x).sum()',
    );
    const { x, output } = forward(traced);
    const node = payloadOf(tensorNamed(traced.module, 'w'))?.inputState?.input;
    if (node === undefined) throw new Error('w is no input');
    const feeds = new Map<Node, Float64Array>([
      [x, Float64Array.of(1, 1, 1)],
      [node, Float64Array.of(0.5, 2, 4)],
    ]);
    // PyTorch: the leaf holds min(w, 1) when the gradient 2w is taken.
    expect(evaluate(gradient(output, [node]), feeds)[0]).toEqual(Float64Array.of(1, 2, 2));
  });
});

describe('what depends on the data', () => {
  const stopOf = (program: string): TraceStop => {
    try {
      forward(construct(program));
    } catch (error) {
      if (error instanceof TraceStop) return error;
      throw error;
    }
    throw new Error('the trace did not stop');
  };

  it.each([
    ['if x.sum() > 0:\n        return x\n    return -x', /branch on a tensor/],
    ['return x[: int(x[0])]', /int\(tensor\)/],
    ['return x[x > 0]', /mask that depends on the data/],
    ['return x * x.tolist()[0]', /tolist/],
    ['return x.det()', /decomposition of a matrix/],
    ['return F.ctc_loss(x, x, x, x)', /alignments/],
  ])('stops at: %s', (body, reason) => {
    const { reason: given, span } = stopOf(`def forward(x):\n    ${body}`);
    expect(given).toMatch(reason);
    expect(span?.line).toBeGreaterThanOrEqual(7);
  });

  it('buffers decide branches by their initial value, parameters do not', () => {
    const traced = construct(
      'b = torch.tensor([2.0])\ndef forward(x):\n    if b.item() > 1:\n        return x * b\n    return x',
    );
    const node = makeBufferInput('b', tensorNamed(traced.module, 'b'));
    const { x, output } = forward(traced);
    const feeds = new Map<Node, Float64Array>([
      [x, Float64Array.of(1, 2, 3)],
      [node, Float64Array.of(10)],
    ]);
    expect(evaluate([output], feeds)[0]).toEqual(Float64Array.of(10, 20, 30));
    expect(() =>
      forward(construct('w = nn.Parameter(torch.ones(3))\ndef forward(x):\n    return x if w.sum() > 0 else -x')),
    ).toThrow(TraceStop);
  });
});

describe('randomness in forward', () => {
  it('is constant from the seed, and marks the trace', () => {
    const traced = construct('def forward(x):\n    return F.dropout(x, 0.5) + torch.randn_like(x)');
    expect(torchContext(traced.interpreter).stochastic).toHaveLength(0);
    const { x, output } = forward(traced);
    expect(torchContext(traced.interpreter).stochastic).toHaveLength(2);
    const feeds = new Map<Node, Float64Array>([[x, Float64Array.of(1, 2, 3)]]);
    expect(evaluate([output], feeds)).toEqual(evaluate([output], feeds));
  });

  it('does not occur in evaluation', () => {
    const traced = construct('def forward(x):\n    return F.dropout(x, 0.5, training=False)');
    const { x, output } = forward(traced);
    expect(output).toBe(x);
    expect(torchContext(traced.interpreter).stochastic).toHaveLength(0);
  });

  it('dropout keeps the share 1 − p and scales by 1/(1 − p)', () => {
    const { module, interpreter } = construct('y = F.dropout(torch.ones(100, 200), 0.3)');
    torchContext(interpreter).phase = 'forward';
    const values = initialValueOf(tensorNamed(module, 'y'));
    const kept = values.filter((value: number) => value !== 0);
    expect([...new Set(kept)]).toHaveLength(1);
    expect(kept[0]).toBe(Math.fround(1 / 0.7));
    // Five standard errors of a share of 20 000 draws.
    expect(Math.abs(kept.length / values.length - 0.7)).toBeLessThan(0.0163);
  });
});
