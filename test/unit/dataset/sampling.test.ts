import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../server/src/curvature/random';
import { sampleIndices, stratifiedIndices } from '../../../server/src/dataset/sampling';
import { syntheticDataset } from '../../../server/src/dataset/synthetic';

describe('sampling', () => {
  it('draws distinct samples, the same for the same seed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 0, max: 300 }),
        fc.integer(),
        (size, count, seed) => {
          const indices = sampleIndices(size, count, new Random(seed));
          expect(new Set(indices).size).toBe(Math.min(size, count));
          expect(indices.every((index) => index >= 0 && index < size)).toBe(true);
          expect(sampleIndices(size, count, new Random(seed))).toEqual(indices);
        },
      ),
    );
  });

  it('every sample is equally likely: χ² of 20 000 draws of 3 from 10 below its 99.9 % point', () => {
    const random = new Random(11);
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 20_000; draw++)
      for (const index of sampleIndices(10, 3, random)) counts[index] = (counts[index] ?? 0) + 1;
    const chi = counts.reduce((sum, count) => sum + (count - 6000) ** 2 / 6000, 0);
    // 9 degrees of freedom.
    expect(chi).toBeLessThan(27.88);
  });

  it('stratified samples keep every class within one of its share', () => {
    const labels = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 150 });
    fc.assert(
      fc.property(labels, fc.integer({ min: 1, max: 150 }), fc.integer(), (classes, wanted, seed) => {
        const indices = stratifiedIndices(classes, wanted, new Random(seed));
        const count = Math.min(wanted, classes.length);
        expect(new Set(indices).size).toBe(count);
        for (const label of new Set(classes)) {
          const share = (count * classes.filter((other) => other === label).length) / classes.length;
          const drawn = indices.filter((index) => classes[index] === label).length;
          expect(Math.abs(drawn - share)).toBeLessThan(1);
        }
      }),
    );
  });
});

describe('synthetic data', () => {
  const arrays = [
    { name: 'x', shape: [3], dtype: 'float' },
    { name: 'tokens', shape: [2], dtype: 'int', classes: 5 },
    { name: 'mask', shape: [], dtype: 'bool' },
  ] as const;

  it('is what the specification says and says that it is synthetic', async () => {
    const dataset = syntheticDataset(arrays, 4000, new Random(1));
    expect(dataset).toMatchObject({ name: 'synthetic', synthetic: true, size: 4000 });
    const [x, tokens, mask] = await dataset.batch(Array.from({ length: 4000 }, (_, index) => index));
    expect([x?.shape, tokens?.shape, mask?.shape]).toEqual([[4000, 3], [4000, 2], [4000]]);
    const values = [...(x?.data ?? [])];
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    // Four standard errors of the mean and of the variance of 12 000 standard normals.
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(12_000));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / 12_000));
    expect([...new Set(tokens?.data)].sort()).toEqual([0, 1, 2, 3, 4]);
    expect([...new Set(mask?.data)].sort()).toEqual([0, 1]);
  });

  it('a sample does not depend on the batch that asks for it; another seed gives other data', async () => {
    const dataset = syntheticDataset(arrays, 10, new Random(1));
    const [all] = await dataset.batch([7, 3]);
    const [one] = await dataset.batch([3]);
    expect(all?.data.slice(3)).toEqual(one?.data);
    expect(await dataset.hash()).toBe(await syntheticDataset(arrays, 10, new Random(1)).hash());
    expect(await dataset.hash()).not.toBe(await syntheticDataset(arrays, 10, new Random(2)).hash());
  });
});
