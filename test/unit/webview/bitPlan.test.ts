import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planBits, type BitTensor } from '../../../webview/src/analysis/studies/bitPlan';

const WIDTHS = [2, 3, 4, 8];
const tensor = fc.record({
  name: fc.string(),
  parameters: fc.integer({ min: 1, max: 1000 }),
  increases: fc
    .array(fc.double({ min: -1, max: 10, noNaN: true }), { minLength: 4, maxLength: 4 })
    .map((values) => values.sort((a, b) => b - a)),
});

/** Every allocation, tried. */
function smallest(tensors: readonly BitTensor[], budget: number): number {
  const all = tensors.reduce((sum, { parameters }) => sum + parameters, 0);
  let best = Infinity;
  for (let code = 0; code < WIDTHS.length ** tensors.length; code++) {
    const chosen = tensors.map((_, i) => Math.floor(code / WIDTHS.length ** i) % WIDTHS.length);
    const cost = tensors.reduce((sum, { parameters }, i) => sum + parameters * (WIDTHS[chosen[i] ?? 0] ?? 0), 0);
    const loss = tensors.reduce((sum, { increases }, i) => sum + (increases[chosen[i] ?? 0] ?? 0), 0);
    if (cost <= budget * all * (1 + 1e-12)) best = Math.min(best, loss);
  }
  return best;
}

describe('bit widths under a budget', () => {
  test('are the best of all, and within it', () => {
    fc.assert(
      fc.property(
        fc.array(tensor, { minLength: 1, maxLength: 5 }),
        fc.double({ min: 2, max: 8, noNaN: true }),
        (tensors, budget) => {
          const plan = planBits(tensors, budget);
          expect(plan?.average).toBeLessThanOrEqual(budget * (1 + 1e-9));
          expect(plan?.increase).toBeCloseTo(smallest(tensors, budget), 9);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('do not exist below the smallest width', () => {
    expect(planBits([{ name: 'w', parameters: 10, increases: [4, 3, 2, 1] }], 1.9)).toBeUndefined();
  });
});
