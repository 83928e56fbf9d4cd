import { describe, expect, it } from 'vitest';
import { gradient } from '../../../server/src/autodiff/gradient';
import type { TracedModel } from '../../../server/src/frontend/model';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';

const traced = (definitions: string, forward: string): TracedModel =>
  traceModel({
    file: 'net.py',
    source: `import torch
from torch import nn
${definitions}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2, bias=False)

    def forward(self, x):
        return ${forward}
`,
    sources: { read: () => undefined, resolveModule: () => undefined },
    inputs: [{ kind: 'expression', text: 'torch.ones(2, 3)' }],
    precision: 'float64',
    loss: { kind: 'name', name: 'sum_squares' },
  });

/** dL/dθ for L = mean(output²)/2 over four outputs with every weight 0.5 and every input 1. */
function gradientOf(model: TracedModel): number[] {
  expect(model.stopped).toBeNull();
  const [weight] = model.parameters;
  const [input] = model.inputs;
  if (weight === undefined || input === undefined || model.loss === undefined) throw new Error('not traced');
  const [derivative] = gradient(model.loss.node, [weight.node]);
  if (derivative === undefined) throw new Error('no derivative');
  const feeds = new Map([
    [weight.node, new Float64Array(6).fill(0.5)],
    [input.node, new Float64Array(6).fill(1)],
  ]);
  const [values = new Float64Array()] = evaluate([derivative], feeds);
  return Array.from(values);
}

const byHand = `
class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(x)
        ctx.factor = factor
        assert ctx.saved_tensors[0] is x and ctx.needs_input_grad[0]
        return factor * x

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad, None
`;

const again = `
class Again(torch.autograd.Function):
    @staticmethod
    def forward(ctx, run, *inputs):
        ctx.run, ctx.inputs = run, inputs
        with torch.no_grad():
            out = run(*[x.detach() for x in inputs])
        return out

    @staticmethod
    def backward(ctx, *grads):
        with torch.enable_grad():
            out = ctx.run(*ctx.inputs)
        return (None,) + torch.autograd.grad(out, ctx.inputs, grads)
`;

describe('torch.autograd.Function', () => {
  it('is followed through forward, and its own derivative is noted where it is applied', () => {
    const model = traced(byHand, 'Doubled.apply(self.fc(x), 2)');
    expect(model.stopped).toBeNull();
    expect(model.outputNode?.shape).toEqual([2, 2]);
    expect(model.handDerivative).toMatchObject({ file: 'net.py', line: 22, column: 16 });
    expect(model.handDerivative?.reason).toBe('Doubled defines its own derivative, which is not followed');
  });

  it('is derived where backward runs forward again, whatever forward cuts off', () => {
    const model = traced(again, 'Again.apply(lambda h: self.fc(h) * 2, x)');
    expect(model.handDerivative).toBeUndefined();
    // Each output is 2 · 1.5 = 3; of two samples each adds 3 · 2 / 4.
    expect(gradientOf(model)).toEqual(new Array(6).fill(3));
  });

  it('is noted where backward derives another function than forward ran', () => {
    const surrogate = again
      .replace('ctx.run, ctx.inputs = run', 'ctx.surrogate, ctx.inputs = torch.tanh')
      .replace('ctx.run(', 'ctx.surrogate(');
    const model = traced(surrogate, 'Again.apply(lambda h: self.fc(h) * 2, x)');
    expect(model.handDerivative?.reason).toMatch(/^Again/);
  });

  it('keeps what is cut off outside of it', () => {
    const model = traced(again, 'Again.apply(lambda h: h * 2, self.fc(x)) + self.fc(x).detach()');
    // Each output is 3 + 1.5 = 4.5, and only the first part is derived: 4.5 · 2 / 4 by each of two samples.
    expect(gradientOf(model)).toEqual(new Array(6).fill(4.5));
  });

  it('may keep its context apart from forward', () => {
    const source = byHand
      .replace('forward(ctx, x, factor)', 'forward(x, factor)')
      .replace(/ {8}ctx\.save[^]*?\n {8}return/, '        return')
      .replace(
        '    @staticmethod\n    def backward',
        `    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.factor = inputs[1]

    @staticmethod
    def backward`,
      );
    const model = traced(source, 'Doubled.apply(self.fc(x), 2)');
    expect(model.stopped).toBeNull();
    expect(model.handDerivative?.reason).toMatch(/^Doubled/);
  });
});
