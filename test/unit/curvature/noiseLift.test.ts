import { describe, expect, test } from 'vitest';
import { noiseLift } from '../../../server/src/curvature/estimators/noiseLift';
import { mean } from '../../../server/src/curvature/statistics/moments';
import { Random } from '../../../server/src/curvature/random';

const SAMPLES = 4000;
const random = new Random(1, 'leaks');
const normals = (): Float64Array => random.gaussianVector(SAMPLES);
const around = { elsewhere: 1, samples: SAMPLES, directions: 100, gap: 1 };
/** Noise along one direction looks the same to every probe but for a sign. */
const along = normals();
const ofOne = [along, along.map((x) => -x), along];
const ofMany = [normals(), normals(), normals()];

describe('the lift of an eigenvalue by noise that is small beside its distance', () => {
  test.each([
    ['above', 1],
    ['below', -1],
  ])('is E‖PEu‖² over the distance, away from the rest: %s', (_, gap) => {
    const { value, noise } = noiseLift(ofMany, { ...around, gap });
    expect(noise).toBeCloseTo(1, 1);
    expect(value / (gap * (noise / SAMPLES))).toBeCloseTo(1, 2);
  });

  test('is the mean of the parts of samples', () => {
    const { value, ofSamples } = noiseLift(ofMany, around);
    expect(mean(ofSamples)).toBeCloseTo(value, 12);
    expect(Math.min(...ofSamples)).toBeGreaterThanOrEqual(0);
  });

  test('is known the better the more directions it is a sum over: of one its square is one of a normal value', () => {
    const one = noiseLift(ofOne, around);
    const many = noiseLift(ofMany, around);
    expect(one.below / one.value).toBeCloseTo(1.96 * Math.sqrt((2 * 4) / 3), 1);
    expect(one.above / one.value).toBeCloseTo(1, 2);
    expect(many.below / many.value).toBeLessThan(1.96 * Math.sqrt(((2 * 4) / 3) * 0.05));
    expect(many.below / many.value).toBeGreaterThanOrEqual(1.96 * Math.sqrt(((2 * 4) / 3) * 0.0099));
  });
});

test('an eigenvalue that noise hides may be anything between the rest and half of its distance', () => {
  const gap = 0.03;
  const { value, below, above } = noiseLift(ofMany, { ...around, gap });
  expect(4 / SAMPLES).toBeGreaterThan(gap ** 2);
  expect(value).toBeCloseTo(gap / 2, 10);
  expect(below).toBeCloseTo(gap / 2, 10);
  expect(above).toBe(0);
});

test('of two samples the noise has one direction for all that is known', () => {
  const { below, value } = noiseLift([Float64Array.of(1, 2), Float64Array.of(0, 3), Float64Array.of(2, 2)], {
    ...around,
    samples: 2,
    gap: 100,
  });
  expect(below / value).toBeCloseTo(1.96 * Math.sqrt((2 * 4) / 3), 1);
});

test('without probes, or where no sample has any, there is none', () => {
  expect(noiseLift([], around)).toMatchObject({ value: 0, below: 0, above: 0 });
  expect(noiseLift([new Float64Array(5)], around)).toMatchObject({ value: 0, below: 0, above: 0 });
});
