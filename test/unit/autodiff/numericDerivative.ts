/** Evaluation of graphs in float64 and derivatives by differences, the independent truth of these tests. */
import { expect } from 'vitest';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { Node } from '../../../server/src/graph/node';
import { elementCount } from '../../../server/src/graph/node';
import { full } from '../../../server/src/graph/operations';
import type { ConstantData } from '../../../server/src/graph/primitives';
import type { Rng } from '../../support/randomGraphs';

export type Feeds = ReadonlyMap<Node, ConstantData>;

export const feedsOf = (inputs: readonly Node[], data: readonly ConstantData[]): Map<Node, ConstantData> =>
  new Map(
    inputs.map((x, i) => {
      const values = data[i];
      if (values === undefined) throw new RangeError(`no data for input ${i}`);
      return [x, values];
    }),
  );

/** Values of nodes; null (a structural zero) counts as zeros of the shape of `like`. */
export function valuesOf(outputs: readonly (Node | null)[], like: readonly Node[], feeds: Feeds): number[][] {
  const nodes = outputs.map((output, i) => output ?? full(0, like[i]?.shape ?? []));
  return evaluate(nodes, new Map(feeds)).map((data) => Array.from(data));
}

export const innerProduct = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] ?? NaN), 0);

export const flat = (values: readonly (readonly number[])[]): number[] => values.flat();

export const randomVector = (count: number, rng: Rng): Float64Array =>
  Float64Array.from({ length: count }, () => 2 * rng() - 1);

/** A direction for each float input: a random vector of its size. */
export const randomDirections = (inputs: readonly Node[], rng: Rng): Float64Array[] =>
  inputs.map((x) => randomVector(elementCount(x.shape), rng));

/** `feeds` with the inputs moved by step·direction. */
export function moved(feeds: Feeds, inputs: readonly Node[], directions: readonly Float64Array[], step: number): Feeds {
  const result = new Map(feeds);
  inputs.forEach((x, i) => {
    const [data, direction] = [feeds.get(x), directions[i]];
    if (data === undefined || direction === undefined) throw new RangeError(`no data for input ${i}`);
    result.set(
      x,
      Float64Array.from(data, (value, j) => value + step * (direction[j] ?? 0)),
    );
  });
  return result;
}

/** Directional derivative by central differences with two Richardson extrapolations: error O(step⁶). */
export function differenceQuotient(f: (step: number) => number[], step = 8e-3): number[] {
  const central = (h: number): number[] => {
    const [above, below] = [f(h), f(-h)];
    return above.map((value, i) => (value - (below[i] ?? NaN)) / (2 * h));
  };
  const [d0, d1, d2] = [central(step), central(step / 2), central(step / 4)];
  return d0.map((value, i) => {
    const [first, second] = [(4 * (d1[i] ?? NaN) - value) / 3, (4 * (d2[i] ?? NaN) - (d1[i] ?? NaN)) / 3];
    return (16 * second - first) / 15;
  });
}

/** |actual − expected| ≤ tolerance·(1 + |expected|) in every element. NaN and infinities must agree exactly. */
export function expectClose(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what: string,
): void {
  expect(actual.length, what).toBe(expected.length);
  actual.forEach((value, i) => {
    const truth = expected[i] ?? NaN;
    if (!Number.isFinite(truth) || !Number.isFinite(value)) expect(value, `${what}, element ${i}`).toEqual(truth);
    else
      expect(
        Math.abs(value - truth) / (1 + Math.abs(truth)),
        `${what}, element ${i}: ${value} for ${truth}`,
      ).toBeLessThanOrEqual(tolerance);
  });
}
