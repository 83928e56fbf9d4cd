/**
 * Where the classes of an output are, and how targets lie beside it. Expected: at scores of zero every probability is
 * 1 / classes, so that a loss that took the wrong axis for the classes shows in its value.
 */
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { ConstantData } from '../../../server/src/graph/primitives';
import type { Node } from '../../../server/src/graph/node';
import type { LossSpec } from '../../../server/src/frontend/model';
import { traceText } from './nnFixtures';

/** A model of 3 tokens a sample and 5 classes; `order` arranges the scores [N, T, V]. */
const source = (order: string): string => `
import torch
from torch import nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(7, 5)
        nn.init.zeros_(self.table.weight)
    def forward(self, tokens):
        scores = self.table(tokens)
        return ${order}
`;

function lossOf(order: string, loss: LossSpec): { shape: readonly number[]; value: number | undefined } {
  const tokens = [{ kind: 'expression', text: 'torch.randint(0, 7, (2, 3))' }] as const;
  const model = traceText(source(order), { loss, inputs: tokens });
  expect(model.stopped).toBeNull();
  const feeds = new Map<Node, ConstantData>();
  for (const { node, initial } of model.parameters) feeds.set(node, initial());
  for (const { node, sample } of model.inputs) feeds.set(node, Int32Array.from(sample ?? []));
  const [target] = model.loss?.targets ?? [];
  const count = target?.shape.reduce((n, size) => n * size, 1) ?? 0;
  if (target !== undefined)
    feeds.set(target.node, target.dtype === 'int' ? new Int32Array(count) : new Float64Array(count).fill(2));
  const value = evaluate(model.loss === undefined ? [] : [model.loss.node], feeds)[0]?.[0];
  return { shape: target?.shape ?? [], value };
}

const crossEntropy = (text = 'nn.CrossEntropyLoss()'): LossSpec => ({
  kind: 'expression',
  text,
  target: { sample: [3], dtype: 'int' },
});

describe('targets beside an output', () => {
  it.each([
    ['classes last', 'scores'],
    ['classes second', 'scores.transpose(1, 2)'],
    ['tokens in rows already', 'scores.reshape(-1, 5)'],
  ])('%s: one class index per token', (_, order) => {
    const { shape, value } = lossOf(order, crossEntropy());
    expect(shape).toEqual([2, 3]);
    expect(value).toBeCloseTo(Math.log(5), 12);
  });

  it('asks a loss of the code itself first for the data as they are', () => {
    const own = 'lambda out, y: F.cross_entropy(out.permute(0, 2, 1), y, reduction="sum")';
    const { shape, value } = lossOf('scores', crossEntropy(own));
    expect(shape).toEqual([2, 3]);
    expect(value).toBeCloseTo(6 * Math.log(5), 12);
  });

  it('does not broadcast [N] targets against a column of outputs', () => {
    const spec: LossSpec = { kind: 'name', name: 'mse', target: { sample: [], dtype: 'float' } };
    expect(lossOf('scores.sum(1)[:, :1]', spec)).toEqual({ shape: [2, 1], value: 4 });
  });

  it('flattens numbers as the model has flattened its output', () => {
    const spec: LossSpec = { kind: 'name', name: 'mse', target: { sample: [3], dtype: 'float' } };
    expect(lossOf('scores.sum(-1).view(-1)', spec)).toEqual({ shape: [2, 3], value: 4 });
  });
});
