import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stabilityOf, type FoundOptimizer } from '../../../server/src/curvature/analysis/stability';
import { marginAt, momentumThreshold } from '../../../server/src/curvature/estimators/stability';
import type { Estimate, Quantity } from '../../../server/src/curvature/quantity';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import {
  equivalentLearningRate,
  lambdaLimit,
  stepEfficiency,
  verdictFor,
} from '../../../webview/src/analysis/optimizerLimit';
import { shareOf } from '../../../webview/src/analysis/traceShare';
import { sgd } from '../curvature/sgd';

const estimate = (id: string, value: number, low: number | null, high: number | null): Estimate => ({
  id,
  value,
  unit: '',
  interval: { low, high, estimator: 0, sampling: null },
  method: 'given',
  hvps: 0,
  samples: 1,
  source: '',
});

const optimizer = (changes: Partial<FoundOptimizer>): FoundOptimizer => sgd({ batchSize: 64, ...changes });

function resultWith(sharpness: number, found: FoundOptimizer | null): AnalysisResult {
  const quantity = estimate('B1.sharpness', sharpness, 0.9 * sharpness, 1.1 * sharpness);
  return {
    stability: stabilityOf(quantity, found, { hvps: 0, samples: 1 }),
    quantities: { 'B1.sharpness': quantity },
  } as unknown as AnalysisResult;
}

describe('the limit of λ at the code’s learning rate', () => {
  test('is where the margin is 1, whatever the optimizer', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 1e4, noNaN: true }),
        fc.double({ min: 1e-5, max: 10, noNaN: true }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        fc.boolean(),
        fc.double({ min: 0, max: 0.1, noNaN: true }),
        (sharpness, learningRate, momentum, nesterov, weightDecay) => {
          const settings = { momentum, nesterov: nesterov && momentum > 0, dampening: 0, weightDecay };
          const limit = lambdaLimit(resultWith(sharpness, optimizer({ learningRate, ...settings })));
          if (!('value' in limit)) throw new Error(limit.notComputed);
          // Of a negative limit (weight decay alone is too much) the margin says 0 by definition.
          if (limit.value + weightDecay > 0)
            expect(marginAt(momentumThreshold(settings), learningRate, limit.value)).toBeCloseTo(1, 6);
        },
      ),
    );
  });

  test('says why there is none', () => {
    for (const found of [null, optimizer({ learningRate: null }), optimizer({ uncovered: 'Adam is not covered' })]) {
      const limit = lambdaLimit(resultWith(10, found));
      expect(limit).toHaveProperty('notComputed');
      expect(limit).not.toHaveProperty('value');
    }
  });
});

describe('other batch sizes', () => {
  const batch = fc.integer({ min: 1, max: 100_000 });
  const scale = fc
    .tuple(fc.double({ min: 0.01, max: 1e4, noNaN: true }), fc.double({ min: 1, max: 50, noNaN: true }))
    .map(([value, factor]): Quantity => estimate('C1.criticalBatch', value, value / factor, value * factor));

  test('the code’s own batch size has the code’s learning rate exactly', () => {
    fc.assert(
      fc.property(batch, scale, (size, noise) => {
        const found = equivalentLearningRate(0.3, size, size, noise);
        for (const end of [found?.value, found?.low, found?.high]) expect(end).toBeCloseTo(0.3, 9);
      }),
    );
  });

  test('the bounds hold the value, and going there and back changes nothing', () => {
    fc.assert(
      fc.property(batch, batch, scale, (from, to, noise) => {
        const there = equivalentLearningRate(0.3, from, to, noise);
        if (there === null) throw new Error('there is a noise scale');
        expect(there.low).toBeLessThanOrEqual(there.value * (1 + 1e-12));
        expect(there.high).toBeGreaterThanOrEqual(there.value * (1 - 1e-12));
        const back = equivalentLearningRate(there.value, to, from, noise);
        expect((back?.value ?? NaN) / 0.3).toBeCloseTo(1, 6);
      }),
    );
  });

  test('far below the noise scale it is proportional to the batch size, far above it does not change', () => {
    const noise = estimate('C1.criticalBatch', 1e6, 1e5, null);
    const small = equivalentLearningRate(0.1, 1, 2, noise);
    expect((small?.value ?? 0) / 0.1).toBeCloseTo(2, 3);
    expect((small?.high ?? 0) / 0.1).toBeCloseTo(2, 9);
    const quiet = equivalentLearningRate(0.1, 1e6, 2e6, estimate('C1.criticalBatch', 1, 0.5, 2));
    expect((quiet?.value ?? 0) / 0.1).toBeCloseTo(1, 5);
  });

  test('the share of progress is a share, a half at the noise scale, and is not made up without one', () => {
    fc.assert(
      fc.property(batch, scale, (size, noise) => {
        const found = stepEfficiency(size, noise);
        if (found === null) throw new Error('there is a noise scale');
        expect(found.low).toBeGreaterThanOrEqual(0);
        expect(found.low).toBeLessThanOrEqual(found.value);
        expect(found.value).toBeLessThanOrEqual(found.high);
        expect(found.high).toBeLessThanOrEqual(1);
      }),
    );
    expect(stepEfficiency(100, estimate('C1.criticalBatch', 100, 50, 200))?.value).toBeCloseTo(0.5, 12);
    const missing: Quantity = { id: 'C1.criticalBatch', notComputed: 'not asked for' };
    expect(stepEfficiency(100, missing)).toBeNull();
    expect(equivalentLearningRate(0.1, 1, 2, missing)).toBeNull();
  });

  test('a verdict needs the whole interval on one side', () => {
    expect(verdictFor(0.1, 0.2, { low: 0.3, high: 0.5 })).toBe('stable');
    expect(verdictFor(0.6, 0.7, { low: 0.3, high: 0.5 })).toBe('unstable');
    expect(verdictFor(0.4, 0.7, { low: 0.3, high: 0.5 })).toBe('undecided');
    expect(verdictFor(1e9, 1e9, { low: 0.3, high: null })).toBe('undecided');
    expect(verdictFor(0.1, 0.1, { low: null, high: 0.5 })).toBe('undecided');
  });
});

describe('share of the trace', () => {
  const bounded = fc
    .tuple(fc.double({ min: -100, max: 100, noNaN: true }), fc.double({ min: 0, max: 20, noNaN: true }))
    .map(([value, half]) => estimate('A2.layerTrace', value, value - half, value + half));

  test('its interval holds every ratio of what both intervals hold; a whole that may be 0 bounds nothing', () => {
    fc.assert(
      fc.property(
        bounded,
        bounded,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (part, whole, s, t) => {
          const share = shareOf(part, whole);
          const inside = ({ interval: { low, high } }: Estimate, at: number): number =>
            (low ?? 0) + at * ((high ?? 0) - (low ?? 0));
          const { low, high } = whole.interval;
          if (whole.value === 0) expect(share).toBeNull();
          else if ((low ?? 0) * (high ?? 0) <= 0) expect(share).toMatchObject({ low: null, high: null });
          else {
            const ratio = inside(part, s) / inside(whole, t);
            const slack = 1e-9 * (1 + Math.abs(ratio));
            expect(ratio).toBeGreaterThanOrEqual((share?.low ?? NaN) - slack);
            expect(ratio).toBeLessThanOrEqual((share?.high ?? NaN) + slack);
          }
        },
      ),
    );
  });
});
