import { describe, expect, test } from 'vitest';
import { stabilityOf, type FoundOptimizer } from '../../../server/src/curvature/analysis/stability';
import { ADAM } from '../../../server/src/curvature/estimators/trialOptimizers';
import type { Estimate } from '../../../server/src/curvature/quantity';
import type { AnalysisResult, GuardResult } from '../../../server/src/curvature/result';
import { diagnose, rules } from '../../../server/src/diagnosis/diagnose';
import type { CodeFacts } from '../../../server/src/diagnosis/rule';

const sgd = (learningRate: number | null, changes: Partial<FoundOptimizer> = {}): FoundOptimizer => ({
  kind: 'SGD',
  learningRate,
  momentum: 0,
  nesterov: false,
  dampening: 0,
  weightDecay: 0,
  batchSize: null,
  description: `SGD(lr=${learningRate ?? '?'})`,
  ...changes,
});

const factsOf = (optimizer: FoundOptimizer | null): CodeFacts => ({
  optimizer,
  learningRateAt: { file: 'train.py', line: 12, column: 40, endColumn: 43 },
  modelAt: { file: 'model.py', line: 5, column: 1, endColumn: 2 },
});

/** What the rules read of a result, for λmax = 10 ± `half`. */
function resultWith(optimizer: FoundOptimizer | null, half = 0.1, guards: readonly GuardResult[] = []): AnalysisResult {
  const sharpness: Estimate = {
    id: 'B1.sharpness',
    value: 10,
    unit: 'loss / parameter²',
    method: 'Lanczos',
    hvps: 10,
    samples: 100,
    source: 'test',
    interval: { low: 10 - half, high: 10 + half, estimator: half, sampling: 0 },
  };
  const partial = {
    provenance: { model: 'Net' },
    stability: stabilityOf(sharpness, optimizer, { hvps: 10, samples: 100 }),
    guards,
    quantities: { 'B1.sharpness': sharpness },
  };
  // The rules look at nothing else.
  return partial as unknown as AnalysisResult;
}

const codes = (optimizer: FoundOptimizer | null, half?: number): string[] =>
  diagnose(resultWith(optimizer, half), factsOf(optimizer)).map(({ code }) => code);

describe('the learning rate against its limit, 0.2 at λmax = 10', () => {
  test.each([
    [0.1, []],
    [0.159, []],
    [0.161, ['HL102']],
    [0.2, ['HL102']],
    [0.201, ['HL101']],
    [3, ['HL101']],
  ])('of gradient descent, %f', (learningRate, expected) => {
    expect(codes(sgd(learningRate))).toEqual(expected);
  });

  test('of momentum and Nesterov is another one', () => {
    expect(codes(sgd(0.3, { momentum: 0.9 }))).toEqual([]);
    expect(codes(sgd(0.4, { momentum: 0.9 }))).toEqual(['HL101']);
    expect(codes(sgd(0.14, { momentum: 0.9, nesterov: true }))).toEqual(['HL101']);
    expect(codes(sgd(0.1, { momentum: 0.9, nesterov: true }))).toEqual([]);
  });

  test('moves with weight decay', () => {
    expect(codes(sgd(0.19, { weightDecay: 1 }))).toEqual(['HL101']);
  });

  test('is not judged without an optimizer, a learning rate, or for an optimizer with other rules', () => {
    expect(codes(null)).toEqual([]);
    expect(codes(sgd(null))).toEqual([]);
    expect(codes(sgd(100, { kind: 'Adam', uncovered: 'Adam has a limit of its own' }))).toEqual([]);
    expect(codes(sgd(100, { momentum: null }))).toEqual([]);
  });

  test('names the numbers, the interval and the place', () => {
    const [finding] = diagnose(resultWith(sgd(0.3)), factsOf(sgd(0.3)));
    expect(finding).toMatchObject({ severity: 'warning', file: 'train.py', line: 12, column: 40, endColumn: 43 });
    for (const part of ['0.3', '1.5', '0.2', '[0.198, 0.202]', '10']) expect(finding?.message).toContain(part);
    expect(finding?.related[0]).toMatchObject({ file: 'model.py', line: 5 });
    expect(finding?.message).not.toContain('other side');
  });

  test('says when the interval reaches the other side of the limit', () => {
    const [finding] = diagnose(resultWith(sgd(0.205), 1), factsOf(sgd(0.205)));
    expect(finding?.code).toBe('HL101');
    expect(finding?.message).toContain('other side');
  });
});

describe('a trial run beside the limit of 0.2', () => {
  const severities = (learningRate: number, rise: number, changes: Partial<FoundOptimizer> = {}): string[] => {
    const optimizer = sgd(learningRate, changes);
    const result = resultWith(optimizer);
    const trial: Estimate = {
      id: 'B10.rise',
      value: rise,
      unit: '',
      method: 'trial',
      hvps: 0,
      samples: 100,
      source: 'test',
      interval: { low: rise, high: rise, estimator: 0, sampling: null },
    };
    const whole = {
      ...result,
      loss: { ...result.loss, value: 2 },
      quantities: { ...result.quantities, 'B10.rise': trial },
    };
    return diagnose(whole, factsOf(optimizer)).map(({ code, severity }) => `${code} ${severity}`);
  };
  test.each([
    [0.3, 0.5, ['HL101 warning']],
    [0.3, 0.1, ['HL101 information']],
    [0.19, 0.1, ['HL102 information']],
    [0.1, 0.5, ['HL104 warning']],
    [0.1, 0.1, []],
  ])('at %f with a rise of %f', (learningRate, rise, expected) => {
    expect(severities(learningRate, rise)).toEqual(expected);
  });
  test('decides alone where there is no limit', () => {
    expect(severities(0.1, 0.5, { momentum: null })).toEqual(['HL104 warning']);
  });
});

describe('what studies and the checkpoint add', () => {
  const known = (id: string, value: number, high = value): Estimate => ({
    id,
    value,
    unit: '',
    method: 'test',
    hvps: 0,
    samples: 100,
    source: 'test',
    interval: { low: value, high, estimator: 0, sampling: null },
  });
  const found = (quantities: readonly Estimate[], facts: Partial<CodeFacts> = {}, before?: number): string[] => {
    const optimizer = sgd(0.15, { batchSize: 8 });
    const result = resultWith(optimizer);
    const whole: AnalysisResult = {
      ...result,
      stability: { ...result.stability, ...(before === undefined ? {} : { checkpointLearningRate: before }) },
      quantities: { ...result.quantities, ...Object.fromEntries(quantities.map((each) => [each.id, each])) },
    };
    return diagnose(whole, { ...factsOf(optimizer), ...facts }).map(({ code, message }) => `${code} ${message}`);
  };
  test.each([
    ['B3.meanSquareLimit', 0.1, 0.12, undefined, ['warning']],
    ['B3.frobeniusLimit', 0.1, 0.12, undefined, ['warning']],
    // The interval reaches beyond the learning rate.
    ['B3.meanSquareLimit', 0.1, 0.2, undefined, []],
    ['B3.meanSquareLimit', 0.1, 0.12, 0, ['information']],
  ] as const)('HL104 rests on %s = %f, at most %f, with a rise of %s', (id, value, high, rise, expected) => {
    const optimizer = sgd(0.15, { batchSize: 8, momentum: 0 });
    const result = resultWith(optimizer);
    const added = [known(id, value, high), ...(rise === undefined ? [] : [known('B10.rise', rise)])];
    const quantities = { ...result.quantities, ...Object.fromEntries(added.map((each) => [each.id, each])) };
    const loss = { ...result.loss, value: 2 };
    const findings = diagnose({ ...result, loss, quantities }, factsOf(optimizer)).filter(
      ({ code }) => code === 'HL104',
    );
    expect(findings.map(({ severity }) => severity)).toEqual(expected);
    for (const { message } of findings) expect(message).toContain(id);
    // With momentum these limits are not the optimizer's own.
    const heavy = sgd(0.15, { batchSize: 8, momentum: 0.9 });
    expect(
      diagnose({ ...resultWith(heavy), loss, quantities }, factsOf(heavy)).filter(({ message }) =>
        message.includes(id),
      ),
    ).toEqual([]);
  });
  test('HL105 appears above the whole interval of the limit of batches', () => {
    expect(found([known('B4.limitAtBatch', 0.1, 0.12)])).toEqual([expect.stringMatching(/^HL105 .*0\.1,.* 8 /)]);
    expect(found([known('B4.limitAtBatch', 0.1, 0.16)])).toEqual([]);
  });
  test('HL106 compares with the learning rate of the checkpoint', () => {
    expect(found([], {}, 0.03)).toEqual([expect.stringMatching(/^HL106 .* 5 times the 0\.03 /)]);
    expect(found([], {}, 0.15)).toEqual([]);
  });
  test('HL107 suggests the warm-up that held, unless the script has one', () => {
    const ramp = [known('B6.steps', 20), known('B6.startRate', 0.05)];
    expect(found(ramp)).toEqual([expect.stringMatching(/^HL107 .*20 steps from 0\.05/)]);
    expect(found(ramp, { schedules: ['StepLR'] }).length).toBe(1);
    expect(found(ramp, { schedules: ['OneCycleLR'] })).toEqual([]);
    expect(found([known('B6.steps', 0), known('B6.startRate', 0.05)])).toEqual([]);
  });
});

describe('a failed guard', () => {
  const guard = (verdict: GuardResult['verdict']): GuardResult => ({
    name: 'symmetry',
    verdict,
    deviation: 0.02,
    tolerance: 1e-5,
    explanation: 'uᵀHv = 1.00, vᵀHu = 1.02',
  });
  test('is an error with both numbers', () => {
    const [finding] = diagnose(resultWith(null, 0.1, [guard('failed')]), factsOf(null));
    expect(finding).toMatchObject({ code: 'HL901', severity: 'error', file: 'model.py' });
    expect(finding?.message).toMatch(/symmetric.*0\.020.*float64/);
  });
  test('differs from one that passed or could not tell', () => {
    const guards = [guard('passed'), guard('inconclusive')];
    expect(diagnose(resultWith(null, 0.1, guards), factsOf(null))).toEqual([]);
  });
});

test('every rule has its own code, a title and documentation', () => {
  expect(new Set(rules.map(({ code }) => code)).size).toBe(rules.length);
  for (const { code, title, documentation } of rules) {
    expect(code).toMatch(/^HL\d{3}$/);
    expect(title).not.toBe('');
    for (const part of ['How it is computed', 'When it is wrong', 'What to do'])
      expect(documentation, code).toContain(part);
  }
});

describe('HL106 after an edit of the batch size', () => {
  const edited = (now: FoundOptimizer, before: { learningRate: number; batchSize: number }): string[] => {
    const result = resultWith(now);
    const stability = { ...result.stability, editedFrom: before };
    return diagnose({ ...result, stability }, factsOf(now)).map(({ code, message }) => `${code} ${message}`);
  };
  const before = { learningRate: 0.01, batchSize: 32 };

  test('names the learning rate that follows it: in proportion, or by the square root', () => {
    expect(edited(sgd(0.01, { batchSize: 128 }), before)).toEqual([
      expect.stringMatching(/^HL106 .* from 32 to 128.* with 0\.04,/),
    ]);
    expect(edited(sgd(0.01, { kind: 'Adam', batchSize: 128, adaptive: ADAM }), before)).toEqual([
      expect.stringMatching(/^HL106 .* with 0\.02,.* square root/),
    ]);
  });

  test('says nothing when the learning rate was edited too, or the batch size was not', () => {
    expect(edited(sgd(0.04, { batchSize: 128 }), before)).toEqual([]);
    expect(edited(sgd(0.01, { batchSize: 32 }), before)).toEqual([]);
  });
});
