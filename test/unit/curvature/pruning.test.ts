import { describe, expect, test } from 'vitest';
import {
  exactDiagonal,
  probedDiagonal,
  shrunkDiagonal,
} from '../../../server/src/curvature/estimators/hessianDiagonal';
import { InverseFisher } from '../../../server/src/curvature/estimators/inverseFisher';
import {
  apoptosisScores,
  channelScores,
  damageScores,
  surgeonScores,
  withoutChannels,
  withoutLowest,
} from '../../../server/src/curvature/estimators/pruning';
import { orthonormalSketch } from '../../../server/src/curvature/estimators/sketch';
import { cholesky } from '../../../server/src/curvature/linearAlgebra/cholesky';
import { matrixOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { PerSample } from '../../../server/src/curvature/operators/perSample';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { Random } from '../../../server/src/curvature/random';
import { SignProducts } from '../../../server/src/curvature/estimators/signProducts';
import { imagesOf, rotated } from './matrices';
import { classificationData, mlp, problemOf, softmaxRegression } from './problems';
import { computed, denseOf, reference, runStudy } from './studyRun';

const whole = (size: number): { name: string; size: number; ranges: [number, number][] } => ({
  name: 'all',
  size,
  ranges: [[0, size]],
});

describe('the diagonal of an operator', () => {
  const rows = rotated([40, 9, ...Array.from({ length: 38 }, (_, i) => 1 / (1 + i))], 3);
  const weights = Float64Array.from({ length: 40 }, (_, i) => 1 + (i % 3));
  const truth = rows.reduce((sum, row, i) => sum + (row[i] ?? 0) * (weights[i] ?? 0), 0);
  // Nearly the two outliers, as a Krylov space finds them.
  const noise = new Random(9, 'directions');
  const directions = symmetricEigen(rows)
    .vectors.slice(-2)
    .map((vector) => vector.map((x) => x + 0.02 * noise.gaussian()));

  const probed = async (seed: number): ReturnType<typeof probedDiagonal> => {
    const operator = matrixOperator(rows);
    const source = new SignProducts(operator, new Random(seed, 'diagonal'));
    return probedDiagonal(source, orthonormalSketch(await imagesOf(operator, directions)), {
      weights,
      groups: [whole(40)],
      tolerance: 0,
      maxProbes: 32,
    });
  };

  test('intervals of weighted sums cover the truth in 93 to 98 of 100 seeds', async () => {
    let covered = 0;
    for (let seed = 0; seed < 200; seed++) {
      const { sums } = await probed(seed);
      if (Math.abs((sums[0]?.value ?? NaN) - truth) <= (sums[0]?.halfWidth ?? 0)) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(186);
    expect(covered).toBeLessThanOrEqual(196);
  });

  test('a sketch of the whole space leaves nothing to chance', async () => {
    const operator = matrixOperator(rows);
    const sketch = orthonormalSketch(await imagesOf(operator, symmetricEigen(rows).vectors));
    const { diagonal } = await probedDiagonal(new SignProducts(operator, new Random(1, '')), sketch, {
      weights,
      groups: [whole(40)],
      tolerance: 0.01,
      maxProbes: 4,
    });
    diagonal.forEach((value, i) => expect(value).toBeCloseTo(rows[i]?.[i] ?? NaN, 10));
  });

  test('products with signs are made once, up to a limit', async () => {
    const operator = matrixOperator(rows);
    const source = new SignProducts(operator, new Random(1, 'signs'), 6);
    const first = await source.from(0, 4);
    expect(await source.from(0, 4)).toEqual(first);
    const [fifth] = await source.from(4, 4);
    expect(await source.from(4, 2)).toContainEqual(fifth);
    expect(operator.applications).toBe(8);
    await source.from(6, 2);
    expect(operator.applications).toBe(10);
  });

  test('of a known matrix it is exact', () => {
    const { sums, probes } = exactDiagonal(rows, 2 ** -53, { weights, groups: [whole(40)] });
    expect(probes).toBe(0);
    expect(sums[0]?.value).toBeCloseTo(truth, 12);
  });
});

describe('shrinking a noisy diagonal', () => {
  const group = { name: 'g', size: 3, ranges: [[0, 3] as const] };
  const diagonal = Float64Array.of(1, 2, 6);

  test('without noise nothing moves; with nothing but noise all become the mean', () => {
    expect([...shrunkDiagonal({ diagonal, noise: new Float64Array(3) }, [group])]).toEqual([1, 2, 6]);
    expect([...shrunkDiagonal({ diagonal, noise: new Float64Array(3).fill(7) }, [group])]).toEqual([3, 3, 3]);
    expect([...shrunkDiagonal({ diagonal, noise: new Float64Array(3).fill(3.5) }, [group])]).toEqual([2, 2.5, 4.5]);
  });
});

describe('the inverse of the empirical Fisher matrix', () => {
  const random = new Random(7, 'fisher');
  const gradients = Array.from({ length: 6 }, () => random.gaussianVector(10));
  const damping = 0.3;
  const dense = Array.from({ length: 10 }, (_, i) =>
    Float64Array.from({ length: 10 }, (__, j) =>
      gradients.reduce((sum, g) => sum + ((g[i] ?? 0) * (g[j] ?? 0)) / 6, i === j ? damping : 0),
    ),
  );
  const eigen = symmetricEigen(dense);
  const inverse = (i: number, j: number): number =>
    eigen.vectors.reduce((sum, v, k) => sum + ((v[i] ?? 0) * (v[j] ?? 0)) / (eigen.values[k] ?? NaN), 0);

  test('diagonal and products are those of the dense inverse', () => {
    const fisher = new InverseFisher(gradients, damping);
    fisher.diagonal().forEach((value, i) => expect(value).toBeCloseTo(inverse(i, i), 10));
    const v = random.gaussianVector(10);
    fisher.apply(v).forEach((value, i) =>
      expect(value).toBeCloseTo(
        v.reduce((sum, x, j) => sum + x * inverse(i, j), 0),
        10,
      ),
    );
  });

  test('without damping, and for a matrix that is not positive definite, it is refused', () => {
    expect(() => new InverseFisher(gradients, 0)).toThrow('damping');
    expect(() => cholesky([Float64Array.of(1, 2), Float64Array.of(2, 1)])).toThrow('not positive definite');
  });
});

describe('choosing weights', () => {
  const weights = Float64Array.of(1, -2, 0.5, 3);

  test('scores are their formulas', () => {
    expect([...damageScores(weights, Float64Array.of(2, 1, 4, 0))]).toEqual([1, 2, 0.5, 0]);
    expect([...surgeonScores(weights, Float64Array.of(0.5, 1, 0.25, 9))]).toEqual([1, 2, 0.5, 0.5]);
    expect([...apoptosisScores(weights, Float64Array.of(1, 0, 0, 1), Float64Array.of(2, 2, 2, 0))]).toEqual([
      0, 2, 0.5, 3,
    ]);
    const channels = [
      { start: 0, end: 2 },
      { start: 2, end: 4 },
    ];
    expect([...channelScores(weights, Float64Array.of(1, 3, 2, 2), channels)]).toEqual([(4 * 5) / 4, (4 * 9.25) / 4]);
  });

  test('the lowest go first, and ties are counted', () => {
    const all = Uint32Array.of(0, 1, 2, 3);
    expect([...withoutLowest(weights, all, Float64Array.of(3, 1, 2, 0), 0.5)]).toEqual([1, 0, 0.5, 0]);
    expect([...withoutLowest(weights, all, Float64Array.of(1, 1, 1, 1), 0.5)]).toEqual([0, 0, 0.5, 3]);
    expect([...withoutLowest(weights, all, Float64Array.of(1, 1, 1, 1), 0)]).toEqual([...weights]);
    const channels = [
      { start: 0, end: 2 },
      { start: 2, end: 4 },
    ];
    expect([...withoutChannels(weights, channels, Float64Array.of(5, 1), 0.6)]).toEqual([1, -2, 0, 0]);
  });
});

describe('pruning a small network', () => {
  const problem = problemOf(mlp([5, 4, 3], 3), classificationData(60, 5, 3, 3));

  test('rows of gradients are the gradients of single samples', async () => {
    const perSample = new PerSample(problem, reference, { memoryLimit: 2 ** 26, batch: 7, blockSize: 4 });
    const rows = await perSample.gradientRows();
    const { gradient } = await (await createGradient(problem, reference, { batch: 60 })).evaluate(problem.theta);
    gradient.forEach((value, j) =>
      expect(rows.reduce((sum, row) => sum + (row[j] ?? 0) / 60, 0)).toBeCloseTo(value, 12),
    );
    const { squares } = await perSample.gradients();
    rows.forEach((row, i) =>
      expect(dot(row, row)).toBeCloseTo(
        squares.reduce((sum, s) => sum + (s[i] ?? 0), 0),
        12,
      ),
    );
  });

  test('saliencies are those of the dense Hessian; increases are measured', async () => {
    const result = await runStudy(problem, ['E3']);
    const rows = await denseOf(problem);
    for (const { name, offset, size } of problem.parameters.filter(({ shape }) => shape.length === 2)) {
      let sum = 0;
      for (let i = offset; i < offset + size; i++) sum += ((rows[i]?.[i] ?? 0) * (problem.theta[i] ?? 0) ** 2) / 2;
      expect(computed(result, `E3.saliency[${name}]`).value).toBeCloseTo(sum / size, 10);
    }
    const weights = problem.parameters.filter(({ shape }) => shape.length === 2);
    const magnitudes = weights
      .flatMap(({ offset, size }) => [...problem.theta.slice(offset, offset + size)])
      .map(Math.abs);
    const threshold = magnitudes.sort((a, b) => a - b)[magnitudes.length / 2] ?? NaN;
    const pruned = problem.theta.slice();
    for (const { offset, size } of weights)
      for (let i = offset; i < offset + size; i++) if (Math.abs(pruned[i] ?? 0) < threshold) pruned[i] = 0;
    const gradient = await createGradient(problem, reference, { batch: 60 });
    const [before, after] = [await gradient.evaluate(problem.theta), await gradient.evaluate(pruned)];
    expect(computed(result, 'E3.increase[magnitude]').value).toBeCloseTo(after.loss - before.loss, 10);
    const step = pruned.map((value, i) => value - (problem.theta[i] ?? 0));
    const quadratic =
      dot(before.gradient, step) +
      dot(
        step,
        Float64Array.from(rows, (row) => dot(row, step)),
      ) /
        2;
    expect(computed(result, 'E3.quadraticIncrease[magnitude]').value).toBeCloseTo(quadratic, 10);
    for (const criterion of ['OBD', 'OBS', 'OBA', 'HAP']) computed(result, `E3.increase[${criterion}]`);
  });

  test('of outputs that are linear in the weights, what is predicted is what is measured', async () => {
    const linear = problemOf(softmaxRegression(new Random(5).gaussianVector(15), 3), classificationData(60, 5, 3, 3));
    const result = await runStudy(linear, ['E3']);
    for (const criterion of ['magnitude', 'OBD', 'OBS', 'OBA', 'HAP']) {
      const { value } = computed(result, `E3.increase[${criterion}]`);
      expect(Math.abs(value)).toBeGreaterThan(1e-3);
      expect(computed(result, `E3.predictedIncrease[${criterion}]`).value).toBeCloseTo(value, 10);
    }
    const [table] = result.studies.find(({ id }) => id === 'E3')?.tables ?? [];
    expect(table?.rows).toHaveLength(5 * 8);
    // OBD's score at 50 %: the sum of ½hw² over what is gone.
    const rows = await denseOf(linear);
    const scores = Array.from(linear.theta, (w, i) => ((rows[i]?.[i] ?? 0) * w * w) / 2).sort((a, b) => a - b);
    const half = table?.rows.find(([criterion, share]) => criterion === 'OBD' && share === 0.5);
    expect(half?.at(-1)).toBeCloseTo(
      scores.slice(0, 8).reduce((sum, score) => sum + score, 0),
      9,
    );
  });

  test('where a probed diagonal chooses, its chance is in the interval; magnitudes leave nothing to chance', async () => {
    const large = problemOf(mlp([40, 30, 4], 3), classificationData(24, 40, 4, 3));
    const result = await runStudy(large, ['E3'], { probes: 16 });
    for (const id of ['E3.increase', 'E3.predictedIncrease', 'E3.quadraticIncrease']) {
      const errorOf = (criterion: string): number => computed(result, `${id}[${criterion}]`).interval.estimator;
      for (const criterion of ['OBD', 'HAP']) expect(errorOf(criterion)).toBeGreaterThan(1e-6);
      for (const criterion of ['magnitude', 'OBA']) expect(errorOf(criterion)).toBeLessThan(1e-9);
    }
  });
});
