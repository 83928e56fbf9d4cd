import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationText, numberText, sizeText } from '../../../client/src/wording';

describe('numbers', () => {
  it('keep three significant digits', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e300, max: 1e300, noNaN: true }), (value) => {
        const shown = Number(numberText(value));
        expect(Math.abs(shown - value)).toBeLessThanOrEqual(0.005 * Math.abs(value));
      }),
    );
  });

  it('are short', () => {
    fc.assert(fc.property(fc.double({ noNaN: true }), (value) => numberText(value).length <= 10));
    expect([32.47, 0.1174, 4.1e-7, 123456, 0, -1.5].map(numberText)).toEqual([
      '32.5',
      '0.117',
      '4.1e-7',
      '1.23e5',
      '0',
      '-1.5',
    ]);
  });
});

describe('durations', () => {
  it('are never promised too short', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (seconds) => {
        const units = { s: 1, min: 60, h: 3600 };
        const told = [...durationText(seconds).matchAll(/(\d+) (s|min|h)/g)].reduce(
          (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units],
          0,
        );
        expect(told).toBeGreaterThanOrEqual(seconds);
        expect(told).toBeLessThanOrEqual(Math.max(1, seconds + 60));
      }),
    );
  });
});

describe('sizes', () => {
  it('use the unit that leaves less than 1024 of it', () => {
    expect([0, 512, 1000, 1024, 3.4 * 2 ** 20, 10 * 2 ** 30, 3 * 2 ** 40].map(sizeText)).toEqual([
      '0 B',
      '512 B',
      '1000 B',
      '1 KiB',
      '3.4 MiB',
      '10 GiB',
      '3 TiB',
    ]);
  });
});
