import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bitTensors, budgetsOf, planBits, type BitTensor } from '../../../webview/src/analysis/studies/bitPlan';

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
          expect(plan?.cost).toBeLessThanOrEqual(budget * (1 + 1e-9));
          expect(plan?.increase).toBeCloseTo(smallest(tensors, budget), 9);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('keep a budget of latency with the widths that were measured, and of bit operations', () => {
    const tensors: BitTensor[] = [
      {
        name: 'a',
        parameters: 10,
        increases: [9, 6, 4, 1],
        multiplications: 100,
        latencies: [undefined, undefined, 1, 3],
      },
      {
        name: 'b',
        parameters: 90,
        increases: [9, 6, 5, 0],
        multiplications: 100,
        latencies: [0.5, undefined, 1, 2],
      },
    ];
    const budgets = budgetsOf(tensors);
    expect(budgets.map(({ kind, least, most }) => [kind, least, most])).toEqual([
      ['size', 2, 8],
      ['operations', 4, 64],
      ['latency', 1.5, 5],
    ]);
    const latency = budgets[2];
    // Of 4 ms: 8 bits for one of them only, and b gains more.
    expect(planBits(tensors, 4, latency?.cost)).toMatchObject({ bits: [4, 8], cost: 3, increase: 4 });
    expect(planBits(tensors, 4.5, latency?.cost)?.bits).toEqual([4, 8]);
    expect(planBits(tensors, 1.4, latency?.cost)).toBeUndefined();
    // 8 bits for one would leave 2 for the other, which loses more.
    expect(planBits(tensors, 34, budgets[1]?.cost)?.bits).toEqual([4, 4]);
  });

  test('are those of the result, with what is known of their cost', () => {
    const estimate = (id: string, value: number): { id: string; value: number } => ({ id, value });
    const quantities = Object.fromEntries(
      [
        ...WIDTHS.map((bits) => estimate(`E2.sensitivity${bits}[w]`, 10 - bits)),
        estimate('E2.multiplications[w]', 7),
        estimate('E2.latency4[w]', 0.2),
        estimate('E2.latency8[w]', 0.3),
      ].map((each) => [each.id, each]),
    );
    const result = { tensors: [{ name: 'w', parameters: 5 }], quantities } as unknown as Parameters<
      typeof bitTensors
    >[0];
    expect(bitTensors(result)).toEqual([
      {
        name: 'w',
        parameters: 5,
        increases: [4, 3.5, 3, 1],
        multiplications: 7,
        latencies: [undefined, undefined, 0.2, 0.3],
      },
    ]);
  });

  test('do not exist below the smallest width', () => {
    expect(planBits([{ name: 'w', parameters: 10, increases: [4, 3, 2, 1] }], 1.9)).toBeUndefined();
  });
});
