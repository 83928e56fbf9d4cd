import { beforeAll, describe, expect, test } from 'vitest';
import { isComputed } from '../../../server/src/curvature/quantity';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import { reevaluated } from '../../../server/src/editor/reevaluations';
import { readTrainingFacts, type TrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import { optimizerOf } from '../../../server/src/worker/optimizerFacts';
import { classificationData, mlp, problemOf } from '../curvature/problems';
import { runStudy } from '../curvature/studyRun';

const factsOf = (optimizer: string, batch: number): TrainingFacts =>
  readTrainingFacts({
    file: 'train.py',
    source: `
import torch
from torch.utils.data import DataLoader, TensorDataset
model = torch.nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), ${optimizer})
for x, y in DataLoader(TensorDataset(torch.zeros(64, 4), torch.zeros(64).long()), batch_size=${batch}):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
`,
    sources: { read: () => undefined, resolveModule: () => undefined },
  });

const problem = problemOf(mlp([4, 3, 3], 3), classificationData(64, 4, 3, 3));
const STUDIES = ['default', 'B3', 'B4', 'B5', 'B6', 'B8', 'B9', 'B10', 'C5'];
const analysed = (facts: TrainingFacts): Promise<AnalysisResult> =>
  runStudy(problem, STUDIES, { optimizer: optimizerOf(facts)?.optimizer ?? null });

const before = factsOf('lr=0.1, momentum=0.5', 16);
let base: AnalysisResult;
beforeAll(async () => {
  base = await analysed(before);
  expect(base.stability.settings?.batchSize).toBe(16);
});

const edited = (facts: TrainingFacts): AnalysisResult => {
  const result = reevaluated(base, facts);
  if (result === undefined) throw new Error('not reevaluated');
  return result;
};
const studyOf = ({ studies }: AnalysisResult, id: string): AnalysisResult['studies'][number] | undefined =>
  studies.find((study) => study.id === id);

describe('an edited training script', () => {
  test('has the numbers that an analysis for it would have, where they follow from what is known', async () => {
    const facts = factsOf('lr=0.05, momentum=0.8', 32);
    const result = edited(facts);
    const fresh = await analysed(facts);
    const ids = Object.keys(fresh.quantities).filter((id) => /^(B(1|4|5|8|9)|C5)\b/.test(id));
    expect(ids.length).toBeGreaterThan(10);
    for (const id of ids) {
      const [found, wanted] = [result.quantities[id], fresh.quantities[id]];
      if (wanted === undefined || !isComputed(wanted)) expect(found).toEqual(wanted);
      else {
        expect(found, id).toHaveProperty('value', expect.closeTo(wanted.value, 10));
        expect(found, id).toHaveProperty('interval.low', expect.closeTo(wanted.interval.low ?? NaN, 10));
      }
    }
    for (const id of ['B4', 'B5', 'B8']) {
      expect(studyOf(result, id)?.remarks, id).toEqual(studyOf(fresh, id)?.remarks);
      expect(studyOf(result, id)?.charts, id).toEqual(studyOf(fresh, id)?.charts);
      expect(studyOf(result, id)?.outdated, id).toBeUndefined();
    }
    expect(Object.keys(result.quantities).filter((id) => id.startsWith('B5'))).toEqual(
      ids.filter((id) => id.startsWith('B5')),
    );
  });

  test('keeps trials, marked as outdated, and no rule looks at them', () => {
    const result = edited(factsOf('lr=5.0, momentum=0.5', 16));
    for (const id of ['B6', 'B10']) {
      const [now, old] = [studyOf(result, id), studyOf(base, id)];
      expect(now?.outdated?.reason).toContain('before this edit');
      expect({ ...now, outdated: undefined }).toEqual({ ...old, outdated: undefined });
      for (const quantity of now?.outdated?.quantities ?? []) {
        expect(quantity).toEqual(base.quantities[quantity.id]);
        expect(result.quantities[quantity.id]).toHaveProperty('notComputed');
      }
    }
    expect(result.findings.map(({ code }) => code)).toContain('HL101');
  });

  test('keeps mini-batch conditions while the batch stays, and says anew what they mean', () => {
    const same = edited(factsOf('lr=0.2', 16));
    expect(same.quantities['B3.batchSharpness']).toEqual(base.quantities['B3.batchSharpness']);
    expect(studyOf(same, 'B3')?.remarks.join(' ')).toContain('learning rate 0.2');
    expect(studyOf(edited(factsOf('lr=0.2', 8)), 'B3')?.outdated).toBeDefined();
  });

  test('whose optimizer is the same changes nothing', () => {
    expect(edited(before).studies).toEqual(base.studies);
  });
});
