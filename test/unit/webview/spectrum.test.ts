import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { densityCurve, massByDecade, shareAbove } from '../../../webview/src/analysis/density';
import { linearScale, signedLogScale, thresholdFor } from '../../../webview/src/analysis/signedScale';

const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const threshold = fc.integer({ min: -8, max: 2 }).map((exponent) => 10 ** exponent);
const nodes = fc
  .array(fc.record({ value, weight: fc.double({ min: 1e-6, max: 1, noNaN: true }) }), { minLength: 1, maxLength: 40 })
  .map((all) => {
    const sum = all.reduce((total, { weight }) => total + weight, 0);
    return all.map((node) => ({ ...node, weight: node.weight / sum }));
  });

describe('signed logarithmic scale', () => {
  test('is odd, increasing, and its inverse undoes it', () => {
    fc.assert(
      fc.property(value, value, threshold, (a, b, c) => {
        const scale = signedLogScale(c);
        expect(scale.forward(-a)).toBeCloseTo(-scale.forward(a), 12);
        const steps = Math.abs(a - b) > 1e-9 * Math.max(Math.abs(a), Math.abs(b), c);
        if (steps) expect(Math.sign(scale.forward(a) - scale.forward(b))).toBe(Math.sign(a - b));
        expect(Math.abs(scale.inverse(scale.forward(a)) - a)).toBeLessThanOrEqual(1e-9 * (Math.abs(a) + c));
      }),
    );
  });

  test('one decade far above the threshold is one unit', () => {
    const scale = signedLogScale(1e-3);
    expect(scale.forward(1e5) - scale.forward(1e4)).toBeCloseTo(1, 6);
    expect(scale.forward(-1e4) - scale.forward(-1e5)).toBeCloseTo(1, 6);
  });

  test('ticks lie inside, ascend, and are there at any zoom', () => {
    fc.assert(
      fc.property(
        threshold,
        fc.double({ min: -8, max: 8, noNaN: true }),
        fc.double({ min: 0.01, max: 9, noNaN: true }),
        (c, low, width) => {
          const scale = signedLogScale(c);
          const ticks = scale.ticks(low, low + width, 8);
          expect(ticks.length).toBeGreaterThan(0);
          expect([...ticks].sort((a, b) => a - b)).toEqual(ticks);
          for (const tick of ticks) {
            expect(scale.forward(tick)).toBeGreaterThanOrEqual(low - 1e-9);
            expect(scale.forward(tick)).toBeLessThanOrEqual(low + width + 1e-9);
          }
        },
      ),
    );
  });

  test('0 is a tick wherever it is in sight of several decades', () => {
    expect(signedLogScale(1e-4).ticks(-5, 5, 4)).toContain(0);
  });

  test('the threshold is about four decades below the largest magnitude', () => {
    expect(Math.log10(50 / thresholdFor([-50, 3, 0]))).toBeGreaterThanOrEqual(4);
    expect(Math.log10(50 / thresholdFor([-50, 3, 0]))).toBeLessThan(5.01);
    expect(thresholdFor([0])).toBeGreaterThan(0);
  });
});

describe('density', () => {
  test('the area under the curve is the weight of the nodes', () => {
    fc.assert(
      fc.property(nodes, fc.boolean(), (all, logarithmic) => {
        const scale = logarithmic ? signedLogScale(thresholdFor(all.map((node) => node.value))) : linearScale;
        const places = all.map((node) => scale.forward(node.value));
        const [low, high] = [Math.min(0, ...places), Math.max(0, ...places)];
        const room = Math.max(0.05 * (high - low), 1e-12);
        const { positions, density } = densityCurve(all, scale, [low - room, high + room], 1000);
        const step = (positions[1] ?? 0) - (positions[0] ?? 0);
        const mass = density.reduce((sum, height) => sum + height * step, 0);
        expect(mass).toBeCloseTo(1, 2);
      }),
    );
  });

  test('a single one of p eigenvalues reaches the height that stems end at', () => {
    const dimension = 500;
    const curve = densityCurve([{ value: 0.3, weight: 1 / dimension }], linearScale, [0, 1], dimension);
    expect(Math.max(...curve.density) / curve.single).toBeCloseTo(1, 2);
  });

  test('shares by decade add up, and each is the weight of the nodes in it', () => {
    fc.assert(
      fc.property(nodes, (all) => {
        const c = thresholdFor(all.map((node) => node.value));
        const bins = massByDecade(all, c);
        expect(bins.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
        bins.slice(1).forEach(({ low }, i) => expect(low).toBe(bins[i]?.high));
        for (const { low, high, share } of bins) {
          const strictly = all.filter((node) => node.value > low && node.value < high);
          expect(share).toBeGreaterThanOrEqual(strictly.reduce((sum, { weight }) => sum + weight, 0) - 1e-9);
        }
      }),
    );
  });

  test('the share above a value falls from 1 to 0', () => {
    fc.assert(
      fc.property(nodes, value, value, (all, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(shareAbove(all, high)).toBeLessThanOrEqual(shareAbove(all, low) + 1e-12);
        expect(shareAbove(all, -Infinity)).toBeCloseTo(1, 9);
        expect(shareAbove(all, Infinity)).toBe(0);
      }),
    );
  });
});
