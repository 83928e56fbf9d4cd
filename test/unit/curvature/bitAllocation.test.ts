import { describe, expect, test } from 'vitest';
import {
  bestAllocation,
  supportedFront,
  type Allocation,
  type Choice,
} from '../../../server/src/curvature/estimators/bitAllocation';
import { Random } from '../../../server/src/curvature/random';
import { resNet18, resNet50, type PublishedNetwork } from './hawqV3';

type Budget = 'size' | 'bops' | 'latency';

/** Items of tied tensors with 4 and 8 bits, losses relative to 4 bits, and the tensors of each. */
function programme(network: PublishedNetwork, kind: Budget): { items: Choice[][]; tensors: number[][] } {
  const cost = (t: number, bits: 4 | 8): number => {
    if (kind === 'size') return ((network.parameters[t] ?? 0) * bits) / 8;
    if (kind === 'bops') return (network.multiplications[t] ?? 0) * (bits / 32) ** 2;
    return (bits === 4 ? network.latency4[t] : network.latency8[t]) ?? 0;
  };
  const later = new Set(network.tied.map(([, second]) => second));
  const tensors = network.parameters.flatMap((_, t) =>
    later.has(t) ? [] : [[...(network.tied.find(([first]) => first === t) ?? [t])]],
  );
  const items = tensors.map((members) =>
    ([4, 8] as const).map((bits) => ({
      cost: members.reduce((sum, t) => sum + cost(t, bits), 0),
      loss:
        bits === 4
          ? 0
          : members.reduce(
              (sum, t) => sum + (network.meanCurvature[t] ?? 0) * ((network.error8[t] ?? 0) - (network.error4[t] ?? 0)),
              0,
            ),
    })),
  );
  return { items, tensors };
}

const at = (items: readonly (readonly Choice[])[], share: number): number => {
  const sum = (choice: number): number => items.reduce((total, item) => total + (item[choice]?.cost ?? 0), 0);
  return sum(0) + share * (sum(1) - sum(0));
};

/** The objective of HAWQ-V3 for bits per tensor. */
const objective = (network: PublishedNetwork, bits: readonly number[]): number =>
  bits.reduce(
    (sum, b, t) =>
      sum + (b === 8 ? (network.meanCurvature[t] ?? 0) * ((network.error8[t] ?? 0) - (network.error4[t] ?? 0)) : 0),
    0,
  );

const bitsOf = ({ choices }: Allocation, tensors: readonly (readonly number[])[]): number[] => {
  const bits: number[] = [];
  tensors.forEach((members, i) => members.forEach((t) => (bits[t] = choices[i] === 1 ? 8 : 4)));
  return bits;
};

describe("HAWQ-V3's integer programmes", () => {
  test.each([
    ['size', 0.25, -1.18941],
    ['size', 0.5, -1.23321],
    ['size', 0.75, -1.27427],
    ['bops', 0.25, -0.84729],
    ['bops', 0.5, -1.09202],
    ['bops', 0.75, -1.22775],
    ['latency', 0.25, -0.84729],
    ['latency', 0.5, -1.10504],
    ['latency', 0.75, -1.22775],
  ] as const)('ResNet-18 under a budget of %s at %f has its least objective, %f', (kind, share, optimum) => {
    const { items } = programme(resNet18, kind);
    const best = bestAllocation(items, at(items, share));
    expect(best?.loss).toBeCloseTo(optimum, 5);
    expect(best?.bound).toBe(best?.loss);
  });

  test.each(Object.keys(resNet50.chosen))('ResNet-50 under %s: the published widths, or better ones', (key) => {
    const [kind, share] = key.split(' ') as [Budget, string];
    const { items, tensors } = programme(resNet50, kind);
    const best = bestAllocation(items, at(items, Number(share)));
    expect(best?.bound).toBe(best?.loss);
    const published = resNet50.chosen[key] ?? [];
    const bits = best === undefined ? [] : bitsOf(best, tensors);
    expect(objective(resNet50, bits)).toBeLessThanOrEqual(objective(resNet50, published) + 1e-12);
    // The published widths at a quarter of the size leave room for one more tensor of 8 bits.
    expect(bits.filter((b, t) => b !== published[t])).toEqual(key === 'size 0.25' ? [8] : []);
  });
});

describe('small programmes', () => {
  const random = new Random(5, 'allocation');
  const randomItems = (count: number): Choice[][] =>
    Array.from({ length: count }, () =>
      Array.from({ length: 4 }, (_, b) => ({ cost: (b + 1) * random.uniform(), loss: random.uniform() / (b + 1) })),
    );
  const everyAllocation = (items: readonly (readonly Choice[])[]): Choice[] =>
    items.reduce<Choice[]>(
      (all, item) =>
        all.flatMap(({ cost, loss }) => item.map((choice) => ({ cost: cost + choice.cost, loss: loss + choice.loss }))),
      [{ cost: 0, loss: 0 }],
    );

  test('the best allocation is that of trying all', () => {
    for (let round = 0; round < 40; round++) {
      const items = randomItems(6);
      const all = everyAllocation(items);
      const budget = 2 + 8 * random.uniform();
      const best = bestAllocation(items, budget);
      const fitting = all.filter(({ cost }) => cost <= budget);
      if (fitting.length === 0) expect(best).toBeUndefined();
      else {
        expect(best?.loss).toBeCloseTo(Math.min(...fitting.map(({ loss }) => loss)), 12);
        expect(best?.cost).toBeLessThanOrEqual(budget * (1 + 1e-9));
      }
    }
  });

  test('every point of the front is the best for its cost', () => {
    const items = randomItems(6);
    const all = everyAllocation(items);
    for (const point of supportedFront(items)) {
      const least = Math.min(...all.filter(({ cost }) => cost <= point.cost + 1e-12).map(({ loss }) => loss));
      expect(point.loss).toBeCloseTo(least, 12);
    }
  });

  test('a search that is cut short says how far from the best it may be', () => {
    const items = randomItems(30);
    const exact = bestAllocation(items, 20);
    const short = bestAllocation(items, 20, 3);
    expect(short?.loss).toBeGreaterThanOrEqual((exact?.loss ?? NaN) - 1e-12);
    expect(short?.bound).toBeLessThanOrEqual((exact?.loss ?? NaN) + 1e-12);
  });

  test('an item without choices is refused', () => {
    expect(() => bestAllocation([[]], 1)).toThrow(RangeError);
  });
});
