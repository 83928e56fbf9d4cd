/** Losses of the code's own, and labels that a loss leaves out. Expected values: closed forms. */
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { ConstantData } from '../../../server/src/graph/primitives';
import type { Node } from '../../../server/src/graph/node';
import type { LossSpec, TracedModel } from '../../../server/src/frontend/model';
import { traceText } from './nnFixtures';

const source = `
import torch
from torch import nn
import torch.nn.functional as F

class FocalLoss(nn.Module):
    def __init__(self, gamma):
        super().__init__()
        self.gamma = gamma
    def forward(self, scores, labels):
        logp = F.log_softmax(scores, 1).gather(1, labels.view(-1, 1)).view(-1)
        return (-(1 - logp.exp()) ** self.gamma * logp).mean()

def weighted(scores, pairs):
    return (pairs[:, 1] * (scores.sum(1) - pairs[:, 0]) ** 2).mean()

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 4)
        nn.init.zeros_(self.fc.weight); nn.init.zeros_(self.fc.bias)
    def forward(self, x):
        return self.fc(x)
`;

const traced = (loss: LossSpec): TracedModel => traceText(source, { loss, inputs: [{ kind: 'shape', sample: [2] }] });

/** The loss at scores of zero: initial parameters, and the given targets. */
function lossAt(model: TracedModel, target: ConstantData): number | undefined {
  expect(model.stopped).toBeNull();
  const feeds = new Map<Node, ConstantData>();
  for (const { node, initial } of model.parameters) feeds.set(node, initial());
  for (const { node, shape } of model.inputs) feeds.set(node, new Float64Array(shape.reduce((n, size) => n * size, 1)));
  for (const { node } of model.loss?.targets ?? []) feeds.set(node, target);
  return evaluate(model.loss === undefined ? [] : [model.loss.node], feeds)[0]?.[0];
}

describe('losses of the code itself', () => {
  it('takes a class of its own against the labels that the data hold', () => {
    const model = traced({ kind: 'expression', text: 'FocalLoss(2)', target: { sample: [], dtype: 'int' } });
    expect(model.loss?.targets.map(({ shape, dtype }) => [shape, dtype])).toEqual([[[2], 'int']]);
    // Four equal probabilities: (1 − 1/4)²·ln 4.
    expect(lossAt(model, Int32Array.of(0, 3))).toBeCloseTo(0.5625 * Math.log(4), 12);
  });

  it('takes a function against targets of any shape', () => {
    const model = traced({ kind: 'expression', text: 'weighted', target: { sample: [2], dtype: 'float' } });
    expect(lossAt(model, Float64Array.of(3, 1, 2, 0.5))).toBeCloseTo((9 + 2) / 2, 12);
  });

  it('says what there is when a name is neither in the file nor known', () => {
    expect(traced({ kind: 'expression', text: 'focal' }).stopped?.reason).toMatch(/no loss "focal".*cross_entropy/);
  });

  it('knows the label that is left out', () => {
    const model = traced({ kind: 'expression', text: 'nn.CrossEntropyLoss(ignore_index=-1)' });
    expect(model.loss?.targets[0]).toMatchObject({ range: 4, ignored: -1 });
    expect(lossAt(model, Int32Array.of(-1, 2))).toBeCloseTo(Math.log(4), 12);
  });
});
