import { describe, expect, it } from 'vitest';
import * as scalar from '../../../server/src/graph/evaluate/scalarFunctions';

/** |actual − expected| relative to the expected value. */
const relativeError = (actual: number, expected: number): number => Math.abs(actual - expected) / Math.abs(expected);

describe('erf', () => {
  // Values from mpmath with 40 digits; every range of the approximation and both sides of its borders.
  const values: readonly (readonly [number, number])[] = [
    [1e-300, 1.1283791670955126e-300],
    [1e-8, 1.1283791670955126e-8],
    [0.1, 0.1124629160182849],
    [0.25, 0.27632639016823696],
    [0.46875, 0.49261347321793797],
    [0.4687500000000001, 0.4926134732179381],
    [0.7, 0.6778011938374184],
    [1.0, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2.5, 0.999593047982555],
    [3.999, 0.9999999844552505],
    [4.0, 0.9999999845827421],
    [4.001, 0.9999999847092178],
    [5.0, 0.9999999999984626],
    [5.9, 0.9999999999999999],
    [6.5, 1.0],
  ];
  it.each(values)('of %d', (x, expected) => {
    expect(relativeError(scalar.erf(x), expected)).toBeLessThan(1e-15);
    expect(scalar.erf(-x)).toBe(-scalar.erf(x));
  });

  it('has the limits ±1 and 0, and propagates NaN', () => {
    expect([Infinity, -Infinity, 0, NaN].map(scalar.erf)).toEqual([1, -1, 0, NaN]);
  });
});

describe('log Γ', () => {
  const values: readonly (readonly [number, number])[] = [
    [1e-300, 690.7755278982137],
    [1e-10, 23.025850929882736],
    [0.1, 2.252712651734206],
    [0.3, 1.0957979948180756],
    [0.5, 0.5723649429247001],
    [0.75, 0.20328095143129538],
    [0.999999, 5.772164873855652e-7],
    [1.000001, -5.772148423874147e-7],
    [1.25, -0.09827183642181316],
    [1.4616321449683622, -0.12148629053584961],
    [1.5, -0.12078223763524522],
    [1.75, -0.08440112102048555],
    [1.999999, -4.227840125965854e-7],
    [2.000001, 4.2278465762452923e-7],
    [2.3, 0.15418945495963046],
    [2.5, 0.2846828704729192],
    [3.7, 1.428072326665388],
    [7.2, 6.95684807988834],
    [9.999, 12.799575780077413],
    [10.0, 12.801827480081469],
    [10.5, 13.940625219403763],
    [25.25, 55.585686044869426],
    [1000.0, 5905.220423209181],
    [10000000000.0, 220258509288.81058],
    [1e300, 6.897755278982137e302],
    [-0.25, 1.589575312551186],
    [-0.5, 1.2655121234846454],
    [-0.75, 1.5757045971498584],
    [-1.5, 0.860047015376481],
    [-3.3, -0.8243558050174264],
    [-10.25, -14.20399790093109],
    [-50.5, -149.29649894115255],
  ];
  it.each(values)('at %d', (x, expected) => {
    expect(relativeError(scalar.logGamma(x), expected)).toBeLessThan(2e-15);
  });

  it('is 0 at 1 and 2', () => {
    expect([1, 2].map(scalar.logGamma)).toEqual([0, 0]);
  });

  it('equals log (n − 1)! at integers', () => {
    let factorial = 1;
    for (let n = 3; n <= 20; n++) {
      factorial *= n - 1;
      expect(relativeError(scalar.logGamma(n), Math.log(factorial))).toBeLessThan(2e-15);
    }
  });

  it('has its poles and limits where PyTorch has them', () => {
    expect([0, -0, -1, -20, Infinity, -Infinity, NaN].map(scalar.logGamma)).toEqual([
      Infinity,
      Infinity,
      Infinity,
      Infinity,
      Infinity,
      Infinity,
      NaN,
    ]);
  });
});

describe('digamma', () => {
  const values: readonly (readonly [number, number])[] = [
    [1e-8, -100000000.57721564],
    [0.1, -10.423754940411076],
    [0.5, -1.9635100260214235],
    [1.0, -0.5772156649015329],
    [1.3, -0.16919088886679962],
    [1.6, 0.12604745277347632],
    [2.0, 0.42278433509846713],
    [3.5, 1.103156640645243],
    [9.5, 2.1977378764029494],
    [10.0, 2.251752589066721],
    [100.0, 4.600161852738087],
    [10000000000.0, 23.025850929890456],
    [-0.3, 2.113309779635399],
    [-1.75, -2.322691628614361],
    [-10.4, 3.409878305635927],
  ];
  it.each(values)('of %d', (x, expected) => {
    expect(relativeError(scalar.digamma(x), expected)).toBeLessThan(1e-14);
  });

  it('vanishes at 1.4616321449683623', () => {
    expect(Math.abs(scalar.digamma(1.4616321449683623))).toBeLessThan(2e-15);
  });

  it('has its poles and limits where PyTorch has them', () => {
    expect([0, -0, -1, -7, Infinity, -Infinity, NaN].map(scalar.digamma)).toEqual([
      -Infinity,
      Infinity,
      NaN,
      NaN,
      Infinity,
      NaN,
      NaN,
    ]);
  });
});

describe('sigmoid and softplus', () => {
  it('neither overflow nor cancel', () => {
    expect(relativeError(scalar.sigmoid(-700), Math.exp(-700))).toBeLessThan(1e-15);
    expect(relativeError(scalar.softplus(-700), Math.exp(-700))).toBeLessThan(1e-15);
    expect(relativeError(scalar.softplus(-40), Math.exp(-40))).toBeLessThan(1e-15);
    expect([scalar.sigmoid(1000), scalar.sigmoid(-1000), scalar.softplus(1000), scalar.softplus(0)]).toEqual([
      1,
      0,
      1000,
      Math.LN2,
    ]);
    expect([Infinity, -Infinity, NaN].map(scalar.sigmoid)).toEqual([1, 0, NaN]);
    expect([Infinity, -Infinity, NaN].map(scalar.softplus)).toEqual([Infinity, 0, NaN]);
  });

  it('sigmoid(x) + sigmoid(−x) = 1 and softplus(x) − softplus(−x) = x', () => {
    for (let x = -30; x <= 30; x += 0.37) {
      expect(Math.abs(scalar.sigmoid(x) + scalar.sigmoid(-x) - 1)).toBeLessThan(3e-16);
      expect(Math.abs(scalar.softplus(x) - scalar.softplus(-x) - x)).toBeLessThan(1e-14);
    }
  });
});

describe('rounding, signs, powers and remainders at the corners, as PyTorch', () => {
  it('rounds half to even, and leaves large and non-finite numbers alone', () => {
    const from = [0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994, 2 ** 52 + 1, -Infinity, NaN];
    expect(from.map(scalar.roundHalfToEven)).toEqual([0, 2, 2, -0, -2, 0, 2 ** 52 + 1, -Infinity, NaN]);
  });

  it('sign of NaN and of both zeros is 0', () => {
    expect([NaN, 0, -0, -3, Infinity].map(scalar.sign)).toEqual([0, 0, 0, -1, 1]);
  });

  it('power: 1^y = 1, x^0 = 1, (−1)^±∞ = 1, negative bases with fractional exponents have none', () => {
    const pairs = [
      [1, NaN, 1],
      [NaN, 0, 1],
      [-1, Infinity, 1],
      [-1, -Infinity, 1],
      [0, -1, Infinity],
      [0, 0, 1],
      [-8, 1 / 3, NaN],
      [1, Infinity, 1],
      [-3, 2, 9],
      [NaN, 2, NaN],
    ] as const;
    for (const [x, y, expected] of pairs) expect(scalar.power(x, y)).toBe(expected);
  });

  it('the remainder has the sign of the divisor', () => {
    const triples = [
      [5, -3, -1],
      [-5, 3, 1],
      [-1, Infinity, Infinity],
      [1, -Infinity, -Infinity],
      [Infinity, 2, NaN],
      [1, 0, NaN],
      [NaN, 1, NaN],
      [0, -2, 0],
      [-0, 3, -0],
    ] as const;
    for (const [x, y, expected] of triples) expect(scalar.floorRemainder(x, y)).toBe(expected);
  });
});
