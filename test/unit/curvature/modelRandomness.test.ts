import { describe, expect, test } from 'vitest';
import { noiseSources } from '../../../server/src/curvature/estimators/noiseSources';
import type { Problem } from '../../../server/src/curvature/problem';
import { Random } from '../../../server/src/curvature/random';
import * as op from '../../../server/src/graph/operations';
import { oneStudy } from './oneStudy';
import { classificationData, leastSquares, problemOf } from './problems';

describe('the analysis of variance', () => {
  const draw = (
    seed: number,
    seeds: number,
    batches: number,
    parts: readonly [number, number, number],
  ): Float64Array[][] => {
    const random = new Random(seed, 'table');
    const [data, mask, both] = parts.map(
      (scale) => (): Float64Array => random.gaussianVector(20).map((value) => value * scale),
    ) as [() => Float64Array, () => Float64Array, () => Float64Array];
    const columns = Array.from({ length: batches }, data);
    return Array.from({ length: seeds }, () => {
      const row = mask();
      return columns.map((column) => {
        const rest = both();
        return column.map((entry, j) => 1 + entry + (row[j] ?? 0) + (rest[j] ?? 0));
      });
    });
  };

  test('is unbiased for both parts', () => {
    // Traces: data 20·1, model 20·(0.25 + 0.25).
    let [data, model] = [0, 0];
    for (let seed = 0; seed < 60; seed++) {
      const found = noiseSources(draw(seed, 6, 8, [1, 0.5, 0.5]));
      data += found.data.value / 60;
      model += found.model.value / 60;
    }
    expect(data / 20).toBeCloseTo(1, 1);
    expect(model / 10).toBeCloseTo(1, 1);
  });

  test('finds no noise of the model where seeds do not matter', () => {
    const found = noiseSources(draw(1, 4, 6, [1, 0, 0]));
    expect(found.model.value).toBeCloseTo(0, 9);
    expect(found.share.value).toBeCloseTo(0, 9);
  });

  test('covers both parts', () => {
    let [data, model] = [0, 0];
    for (let seed = 0; seed < 60; seed++) {
      const found = noiseSources(draw(seed, 6, 16, [1, 0.5, 0.5]));
      if (Math.abs(found.data.value - 20) <= found.data.halfWidth) data++;
      if (Math.abs(found.model.value - 10) <= found.model.halfWidth) model++;
    }
    expect(data / 60).toBeGreaterThan(0.88);
    expect(model / 60).toBeGreaterThan(0.88);
  });
});

describe('a model with noise of its own', () => {
  const base = problemOf(leastSquares(Float64Array.of(0.5, -1, 2)), classificationData(48, 3, 2, 1));
  /** The loss with a factor that depends on the seed alone: the gradient of a batch is (1 + ε)g_B. */
  const scaled =
    (spread: number) =>
    (seed: number): Problem => ({
      ...base,
      trace: (n) => {
        const graph = base.trace(n);
        return { ...graph, loss: op.scale(graph.loss, 1 + spread * new Random(seed, 'factor').gaussian()) };
      },
    });

  test('has a share of it, none where seeds do not matter', async () => {
    const quiet = await oneStudy(base, 'C8', { noisy: scaled(0) });
    expect(quiet.estimate('C8.modelVariance').value).toBeCloseTo(0, 9);
    expect(quiet.estimate('C8.modelShare').value).toBeCloseTo(0, 9);
    const loud = await oneStudy(base, 'C8', { noisy: scaled(2) });
    expect(loud.estimate('C8.modelShare').value).toBeGreaterThan(0.3);
  });

  test('that draws nothing is refused', async () => {
    const { result } = await oneStudy(base, 'C8', { noisy: () => undefined });
    expect(result.quantities['C8.modelShare']).toHaveProperty(
      'notComputed',
      'the model draws no random numbers in train mode',
    );
  });
});
