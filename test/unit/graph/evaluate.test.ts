import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import { evaluationRules } from '../../../server/src/graph/evaluate/rules';
import type { Node } from '../../../server/src/graph/node';
import { elementCount } from '../../../server/src/graph/node';
import type { ConstantData, Primitive } from '../../../server/src/graph/primitives';
import { shapeRules } from '../../../server/src/graph/shapes';
import type { Example } from '../../support/randomGraphs';
import { allPrimitives, createRng, exampleFor } from '../../support/randomGraphs';
import { evaluateNaively } from './naiveDefinitions';

const seedsPerPrimitive = 120;

function evaluateOne(node: Node, feeds: ReadonlyMap<Node, ConstantData>): ConstantData {
  const [data] = evaluate([node], feeds);
  if (data === undefined) throw new Error('no result');
  return data;
}

const feedsOf = ({ inputs }: Example, data: readonly ConstantData[]): Map<Node, ConstantData> =>
  new Map(inputs.map((input, i) => [input, data[i] ?? new Float64Array()]));

/** Equal values, or within 1e-11 relative (the naive formulas of some functions cancel). */
function close(actual: number, expected: number): boolean {
  if (Number.isNaN(expected) || Number.isNaN(actual)) return Number.isNaN(expected) && Number.isNaN(actual);
  return actual === expected || Math.abs(actual - expected) <= 1e-11 * Math.max(1, Math.abs(expected));
}

describe('every primitive agrees with its definition', () => {
  it.each(allPrimitives)('%s', (primitive) => {
    for (let seed = 0; seed < seedsPerPrimitive; seed++) {
      const rng = createRng(seed);
      const example = exampleFor(primitive, rng);
      for (const kind of ['smooth', 'edge'] as const) {
        const data = example.data(rng, kind);
        const actual = evaluateOne(example.node, feedsOf(example, data));
        const expected = evaluateNaively(example.node, example.inputs, data);
        const differs = expected.findIndex((value, i) => !close(actual[i] ?? Infinity, value));
        const where = `seed ${seed}, ${kind}, element ${differs}: ${actual[differs]} instead of ${expected[differs]}`;
        expect(actual.length).toBe(elementCount(example.node.shape));
        expect(differs, differs < 0 ? '' : where).toBe(-1);
      }
    }
  });

  it('and none is left out', () => {
    const evaluated: Primitive[] = ['input', ...(Object.keys(evaluationRules) as Primitive[])];
    expect([...allPrimitives].sort()).toEqual(Object.keys(shapeRules).sort());
    expect(evaluated.sort()).toEqual(Object.keys(shapeRules).sort());
  });
});
