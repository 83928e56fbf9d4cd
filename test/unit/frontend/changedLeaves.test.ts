/** In-place operations on parameters, seen as PyTorch sees them. Which of them it refuses was tried with PyTorch 2.13. */
import { describe, expect, it } from 'vitest';
import { staticRules } from '../../../server/src/diagnosis/staticDiagnosis';
import { traceText } from './nnFixtures';

const traced = (statement: string) =>
  traceText(
    `import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.register_buffer("calls", torch.zeros(1))
        self.still = nn.Parameter(torch.ones(3), requires_grad=False)
    def forward(self, x):
        ${statement}
        return self.fc(x) * self.still
`,
    { inputs: [{ kind: 'shape', sample: [4] }] },
  );

describe('a parameter that forward changes in place', () => {
  it.each([
    'self.fc.weight += 1',
    'self.fc.weight.clamp_(min=0)',
    'self.fc.weight[0] = 0',
    'self.fc.weight.view(-1).mul_(2)',
    'self.fc.bias.zero_()',
  ])('is found: %s', (statement) => {
    const { stopped, changedLeaves } = traced(statement);
    expect(stopped).toBeNull();
    expect(changedLeaves).toMatchObject([{ line: 10 }]);
  });

  it.each([
    'self.fc.weight.data.clamp_(min=0)',
    'self.fc.weight.detach().clamp_(min=0)',
    'nn.init.zeros_(self.fc.weight)',
    'torch.no_grad()(lambda: self.fc.weight.clamp_(min=0))()',
    'x = x.clone().clamp_(min=0)',
    'self.calls += 1',
    'self.still.mul_(2)',
    'w = self.fc.weight.clone(); w += 1',
  ])('is none where PyTorch allows it: %s', (statement) => {
    const { stopped, changedLeaves } = traced(statement);
    expect(stopped).toBeNull();
    expect(changedLeaves).toEqual([]);
  });

  it('is told once at its place', () => {
    const rule = staticRules.find(({ code }) => code === 'HL405');
    const place = { file: 'model.py', line: 10, column: 9, endLine: 10, endColumn: 20 };
    const model = { changedLeaves: [place], handDerivative: null };
    // The rule looks at nothing else.
    const facts = { file: 'model.py', models: [model, model], hazards: [] };
    const findings = rule?.check(facts as unknown as Parameters<typeof rule.check>[0]) ?? [];
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ severity: 'information', line: 10 });
    expect(findings[0]?.message).toContain('changed in place');
  });
});
