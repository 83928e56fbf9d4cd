import { describe, expect, test } from 'vitest';
import {
  quantised,
  rangeQuantised,
  roundHalfEven,
  squaredDistance,
} from '../../../server/src/curvature/estimators/uniformQuantiser';
import { weightMultiplications } from '../../../server/src/curvature/weightOperations';
import { classificationData, mlp, problemOf } from './problems';
import { computed, denseOf, runStudy } from './studyRun';

describe('the uniform symmetric quantiser', () => {
  test('two bits leave −m, 0 and m', () =>
    expect([...quantised(Float64Array.of(-2, -0.9, 0.2, 1.1), 2)]).toEqual([-2, 0, 0, 2]));
  test('ties go to even levels, as torch.round sends them', () =>
    expect([0.5, 1.5, 2.5, -0.5, -1.5].map(roundHalfEven)).toEqual([0, 2, 2, 0, -2]));
  test('channels have scales of their own', () =>
    expect([...quantised(Float64Array.of(1, 0.4, 10, 4), 2, 2)]).toEqual([1, 0, 10, 0]));
  test('more bits lose less, and zeros stay', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => Math.sin(i));
    const errors = [2, 3, 4, 8].map((bits) => squaredDistance(values, quantised(values, bits)));
    errors.slice(1).forEach((error, i) => expect(error).toBeLessThan(errors[i] ?? 0));
    expect([...quantised(new Float64Array(3), 4)]).toEqual([0, 0, 0]);
  });
  test('one bit and uneven channels are refused', () => {
    expect(() => quantised(new Float64Array(4), 1)).toThrow('at least 2 bits');
    expect(() => quantised(new Float64Array(4), 4, 3)).toThrow('3 channels');
  });
  test('the range quantiser uses all levels between the extremes and keeps zero', () => {
    expect([...rangeQuantised([0, 1, 2, 3], 2)]).toEqual([0, 1, 2, 3]);
    expect([...rangeQuantised([-1, 0, 2], 2)]).toEqual([-1, 0, 2]);
    expect([...rangeQuantised([0, 0], 8)]).toEqual([0, 0]);
  });
});

describe('bit allocation of a small network', () => {
  const problem = problemOf(mlp([5, 4, 3], 3), classificationData(60, 5, 3, 3));

  test('multiplications are those of the two products', () =>
    expect(weightMultiplications(problem)).toEqual([20, 0, 12, 0]));

  test('sensitivities are their definition on the dense Hessian, and the allocation is the best of all 16', async () => {
    const result = await runStudy(problem, ['E2']);
    const rows = await denseOf(problem);
    const weights = problem.parameters.filter(({ shape }) => shape.length === 2);
    const losses = weights.map(({ name, offset, size, shape }) => {
      const trace = rows.slice(offset, offset + size).reduce((sum, row, i) => sum + (row[offset + i] ?? 0), 0);
      const values = problem.theta.slice(offset, offset + size);
      return ([2, 3, 4, 8] as const).map((bits) => {
        const truth = (trace / size) * squaredDistance(values, quantised(values, bits, shape[0]));
        expect(computed(result, `E2.sensitivity${bits}[${name}]`).value).toBeCloseTo(truth, 9);
        return { truth, bits, size };
      });
    });
    const [first = [], second = []] = losses;
    const sums = first.flatMap((a) => second.map((b) => ({ a, b, loss: (a.truth + b.truth) / 2 })));
    const best = sums
      .filter(({ a, b }) => a.bits * a.size + b.bits * b.size <= 4 * (a.size + b.size))
      .sort((x, y) => x.loss - y.loss)[0];
    expect(computed(result, 'E2.plannedIncrease').value).toBeCloseTo(best?.loss ?? NaN, 9);
    expect(computed(result, 'E2.bits[fc1.weight]').value).toBe(best?.a.bits);
    expect(computed(result, 'E2.bits[fc2.weight]').value).toBe(best?.b.bits);
    expect(result.studies[0]?.charts[0]?.kind).toBe('lines');
  });
});
