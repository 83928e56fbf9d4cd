import { describe, expect, test } from 'vitest';
import {
  quantised,
  rangeQuantised,
  roundHalfEven,
  squaredDistance,
} from '../../../server/src/curvature/estimators/uniformQuantiser';
import { coupledAllocation, coupledIncrease } from '../../../server/src/curvature/estimators/coupledAllocation';
import { dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { latencyPlans } from '../../../server/src/curvature/studies/latencyPlans';
import { Random } from '../../../server/src/curvature/random';
import { weightMultiplications } from '../../../server/src/curvature/weightOperations';
import { resNet18 } from './hawqV3';
import { classificationData, deepLinear, mlp, problemOf } from './problems';
import { computed, denseOf, reference, runStudy } from './studyRun';

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

  test('sensitivities are their definition on the dense Hessian; behind one layer of tanh predictions are what is measured, and the allocation is the best of all 16', async () => {
    const result = await runStudy(problem, ['E2']);
    const rows = await denseOf(problem);
    const at = await createGradient(problem, reference, { batch: 60 });
    const here = await at.evaluate(problem.theta);
    const weights = problem.parameters.filter(({ shape }) => shape.length === 2);
    const losses: { truth: number; bits: number; size: number }[][] = [];
    for (const { name, offset, size, shape } of weights) {
      const trace = rows.slice(offset, offset + size).reduce((sum, row, i) => sum + (row[offset + i] ?? 0), 0);
      const values = problem.theta.slice(offset, offset + size);
      const own = [];
      for (const bits of [2, 3, 4, 8] as const) {
        const rounded = quantised(values, bits, shape[0]);
        const omega = (trace / size) * squaredDistance(values, rounded);
        expect(computed(result, `E2.sensitivity${bits}[${name}]`).value).toBeCloseTo(omega, 9);
        const changed = problem.theta.slice();
        changed.set(rounded, offset);
        const truth = (await at.evaluate(changed)).loss - here.loss;
        expect(computed(result, `E2.predicted${bits}[${name}]`).value).toBeCloseTo(truth, 9);
        own.push({ truth, bits, size });
      }
      losses.push(own);
    }
    const [first = [], second = []] = losses;
    const sums = first.flatMap((a) => second.map((b) => ({ a, b, loss: a.truth + b.truth })));
    const best = sums
      .filter(({ a, b }) => a.bits * a.size + b.bits * b.size <= 4 * (a.size + b.size))
      .sort((x, y) => x.loss - y.loss)[0];
    expect(computed(result, 'E2.bits[fc1.weight]').value).toBe(best?.a.bits);
    expect(computed(result, 'E2.bits[fc2.weight]').value).toBe(best?.b.bits);
    expect(result.studies[0]?.charts[0]?.kind).toBe('lines');
    // Both tensors together, tanh and product being followed exactly but for the product of both changes' further parts.
    const planned = problem.theta.slice();
    weights.forEach(({ offset, size, shape }, l) => {
      const bits = (l === 0 ? best?.a.bits : best?.b.bits) ?? 8;
      planned.set(quantised(problem.theta.slice(offset, offset + size), bits, shape[0]), offset);
    });
    const together = (await at.evaluate(planned)).loss - here.loss;
    const { value } = computed(result, 'E2.plannedIncrease');
    expect(Math.abs(value - together)).toBeLessThan(0.2 * Math.abs(together));
  });
});

describe('bit allocation of a model with very many tensors', () => {
  test('goes by the sensitivities alone, and says so', async () => {
    const depth = 65;
    const model = deepLinear(
      Array.from({ length: depth + 1 }, () => 1),
      3,
    );
    const problem = problemOf(
      { ...model, theta: model.theta.map(() => 0.9) },
      { x: [Float64Array.of(1)], y: Float64Array.of(0) },
    );
    const result = await runStudy(problem, ['E2']);
    for (const id of ['E2.predicted2[fc1.weight]', 'E2.plannedIncrease', 'E2.uniformIncrease'])
      expect(result.quantities[id]).toHaveProperty('notComputed', expect.stringContaining('65 weight tensors'));
    expect(result.studies[0]?.remarks[0]).toContain('sensitivity Ω alone');
    // A single weight is on its own largest level: no width changes it, and the narrowest is as good as any.
    expect(computed(result, 'E2.bits[fc1.weight]').value).toBe(2);
  });
});

describe('a budget of latency', () => {
  const problem = problemOf(mlp([5, 4, 3], 3), classificationData(60, 5, 3, 3));
  const latencies = new Map([
    [
      'fc1',
      new Map([
        [2, 0.4],
        [4, 0.5],
        [8, 0.9],
      ]),
    ],
    [
      'fc2.weight',
      new Map([
        [3, 0.2],
        [4, 0.25],
        [8, 0.8],
      ]),
    ],
  ]);

  test('is kept by the best of all widths that the table has', async () => {
    const result = await runStudy(problem, ['E2'], { latencies });
    const at = (id: string): number => computed(result, id).value;
    const [first, second] = (
      [
        ['fc1.weight', 'fc1'],
        ['fc2.weight', 'fc2.weight'],
      ] as const
    ).map(([tensor, name]) =>
      [...(latencies.get(name) ?? [])].map(([bits, ms]) => {
        expect(at(`E2.latency${bits}[${tensor}]`)).toBe(ms);
        return { bits, ms, loss: at(`E2.predicted${bits}[${tensor}]`) };
      }),
    );
    // Halfway between 0.6 and 1.7 ms.
    const best = (first ?? [])
      .flatMap((a) => (second ?? []).map((b) => ({ ms: a.ms + b.ms, loss: a.loss + b.loss, widths: [a.bits, b.bits] })))
      .filter(({ ms }) => ms <= 1.15)
      .sort((x, y) => x.loss - y.loss)[0];
    const lossAt = await createGradient(problem, reference, { batch: 60 });
    const changed = problem.theta.slice();
    problem.parameters
      .filter(({ shape }) => shape.length === 2)
      .forEach(({ offset, size, shape }, l) =>
        changed.set(quantised(problem.theta.slice(offset, offset + size), best?.widths[l] ?? 8, shape[0]), offset),
      );
    const together = (await lossAt.evaluate(changed)).loss - (await lossAt.evaluate(problem.theta)).loss;
    expect(Math.abs(at('E2.latencyIncrease') - together)).toBeLessThan(0.2 * Math.abs(together));
    const study = result.studies[0];
    const table = study?.tables[0];
    const column = table?.columns.findIndex(({ title }) => title === 'latency of 1.15 ms') ?? -1;
    expect(table?.rows.map((row) => row[column])).toEqual(best?.widths);
    expect(result.quantities['E2.latency3[fc1.weight]']).toHaveProperty(
      'notComputed',
      'the table has no latency at 3 bits',
    );
    const front = study?.charts.find(({ title }) => title === 'Predicted increase of the loss against latency');
    const points = front?.kind === 'lines' ? (front.series[0]?.points ?? []) : [];
    expect(points[0]?.x).toBeCloseTo(0.6, 12);
    expect(points.length).toBeGreaterThan(1);
  });

  test.each([
    [new Map([['fc1', new Map([[4, 1]])]]), /the table has no latency of fc2\.weight at 2, 3, 4 or 8 bits/],
    [
      new Map([['conv9', new Map([[4, 1]])]]),
      /names conv9, but the weights of this model are fc1\.weight, fc2\.weight/,
    ],
    [undefined, /needs a table of latencies/],
  ])('that cannot be kept says why, and the rest of the study goes on', async (table, reason) => {
    const result = await runStudy(problem, ['E2'], table === undefined ? {} : { latencies: table });
    expect(result.quantities['E2.latencyIncrease']).toHaveProperty('notComputed', expect.stringMatching(reason));
    expect(Number.isFinite(computed(result, 'E2.plannedIncrease').value)).toBe(true);
  });

  test('of HAWQ-V3 for ResNet-18 leaves no more loss than its published widths, whose tensors are tied', () => {
    const ids = resNet18.parameters.map((_, t) => t);
    const candidates = ids.map((t) => {
      const size = resNet18.parameters[t] ?? 0;
      return {
        block: { name: `w${t}`, layer: `l${t}`, shape: [size, 1], offset: 0, size },
        index: t,
        channels: 1,
        trace: { value: NaN, halfWidth: NaN },
        changes: [],
        errors: [],
        wholeErrors: [],
        multiplications: 0,
      };
    });
    const items = ids.map((t) =>
      [0, 0, resNet18.error4[t] ?? 0, resNet18.error8[t] ?? 0].map((error) => ({
        loss: (resNet18.meanCurvature[t] ?? 0) * error,
        cost: 0,
      })),
    );
    const table = new Map(
      ids.map((t) => [
        `w${t}`,
        new Map([
          [4, resNet18.latency4[t] ?? 0],
          [8, resNet18.latency8[t] ?? 0],
        ]),
      ]),
    );
    const { headline } = latencyPlans(candidates, items, table, { hvps: 0, samples: 1 });
    const objective = (headline?.loss ?? NaN) - items.reduce((sum, own) => sum + (own[2]?.loss ?? 0), 0);
    expect(objective).toBeLessThanOrEqual(-1.10504 + 5e-6);
    expect(objective).toBeGreaterThan(-1.22775);
  });
});

describe('interactions between tensors', () => {
  const problem = problemOf(mlp([5, 4, 3], 3), classificationData(60, 5, 3, 3));

  test('of the plan are those of the dense Hessian, and no other plan within the budget is better', async () => {
    const result = await runStudy(problem, ['E2']);
    const rows = await denseOf(problem);
    const gradient = await createGradient(problem, reference, { batch: 60 });
    const { gradient: g } = await gradient.evaluate(problem.theta);
    const weights = problem.parameters.filter(({ shape }) => shape.length === 2);
    const stepOf = (widths: readonly number[]): Float64Array => {
      const step = new Float64Array(problem.theta.length);
      weights.forEach(({ offset, size, shape }, l) => {
        const values = problem.theta.slice(offset, offset + size);
        step.set(
          quantised(values, widths[l] ?? 8, shape[0]).map((value, i) => value - (values[i] ?? 0)),
          offset,
        );
      });
      return step;
    };
    const form = (a: Float64Array, b: Float64Array): number =>
      rows.reduce((sum, row, i) => sum + (a[i] ?? 0) * row.reduce((part, h, j) => part + h * (b[j] ?? 0), 0), 0);
    const increase = (widths: readonly number[]): number => {
      const step = stepOf(widths);
      return step.reduce((sum, value, i) => sum + value * (g[i] ?? 0), 0) + form(step, step) / 2;
    };
    const planned = weights.map(({ name }) => computed(result, `E2.bits[${name}]`).value);
    expect(computed(result, 'E2.coupledIncrease').value).toBeCloseTo(increase(planned), 9);
    const [first, second] = weights.map((_, l) => {
      const whole = stepOf(planned);
      const { offset, size } = weights[l] ?? { offset: 0, size: 0 };
      return whole.map((value, i) => (i >= offset && i < offset + size ? value : 0));
    });
    const between = form(first ?? new Float64Array(), second ?? new Float64Array());
    expect(computed(result, 'E2.interaction').value).toBeCloseTo(between, 9);
    const sizes = weights.map(({ size }) => size);
    const budget = 4 * sizes.reduce((sum, size) => sum + size, 0);
    const all = [2, 3, 4, 8].flatMap((a) => [2, 3, 4, 8].map((b) => [a, b]));
    const allowed = all.filter((widths) => widths.reduce((sum, b, l) => sum + b * (sizes[l] ?? 0), 0) <= budget);
    expect(computed(result, 'E2.coupledBest').value).toBeCloseTo(Math.min(...allowed.map(increase)), 9);
  });

  test('exchanges reach the best of all choices for most random forms, and never leave the budget', () => {
    let reached = 0;
    for (let seed = 0; seed < 20; seed++) {
      const random = new Random(seed, 'couplings');
      const [tensors, choices] = [5, 3];
      const vectors = Array.from({ length: tensors }, () =>
        Array.from({ length: choices }, (_, c) => random.gaussianVector(6).map((x) => x / (c + 1))),
      );
      const couplings = {
        slopes: vectors.map((own) => own.map(() => 0.1 * random.gaussian())),
        forms: vectors.map((own) => own.map((a) => vectors.map((others) => others.map((b) => dot(a, b))))),
      };
      const costs = vectors.map(() => [1, 2, 3]);
      const budget = 9;
      const cost = (of: readonly number[]): number => of.reduce((sum, c) => sum + c + 1, 0);
      const found = coupledAllocation(couplings, costs, budget, [[0, 0, 0, 0, 0]]);
      expect(cost(found)).toBeLessThanOrEqual(budget);
      let best = Infinity;
      for (let code = 0; code < choices ** tensors; code++) {
        const own = Array.from({ length: tensors }, (_, l) => Math.floor(code / choices ** l) % choices);
        if (cost(own) <= budget) best = Math.min(best, coupledIncrease(couplings, own).whole);
      }
      if (coupledIncrease(couplings, found).whole <= best + 1e-12) reached++;
    }
    expect(reached).toBeGreaterThanOrEqual(15);
  });
});
