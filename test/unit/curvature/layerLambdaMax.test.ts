import { expect, test } from 'vitest';
import { layerLambdaMax } from '../../../server/src/curvature/estimators/layerLambdaMax';
import { onEveryBlock } from '../../../server/src/curvature/estimators/lockstep';
import { matrixOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import type { ParameterGroup } from '../../../server/src/curvature/problem';
import { rotated } from './matrices';

const rows = rotated([7, 5, 3, ...Array.from({ length: 37 }, (_, i) => Math.sin(i))], 6);
const groups: ParameterGroup[] = [
  {
    name: 'a',
    size: 15,
    ranges: [
      [0, 10],
      [30, 35],
    ],
  },
  { name: 'b', size: 20, ranges: [[10, 30]] },
  { name: 'c', size: 1, ranges: [[35, 36]] },
  { name: 'd', size: 4, ranges: [[36, 40]] },
];
const indices = ({ ranges }: ParameterGroup): number[] =>
  ranges.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i));

test('the largest eigenvalue of each diagonal block is that of the dense block', async () => {
  const options = { tolerance: 1e-10, maxApplications: 100, maxBasis: 40, seed: 1 };
  const found = await layerLambdaMax(matrixOperator(rows), groups, options);
  groups.forEach((group, g) => {
    const block = indices(group).map((i) => Float64Array.from(indices(group), (j) => rows[i]?.[j] ?? NaN));
    expect(found[g]?.pair.value).toBeCloseTo(symmetricEigen(block, false).values.at(-1) ?? NaN, 9);
    expect(found[g]?.pair.vector).toHaveLength(group.size);
  });
});

test('an error in a product reaches every block, and none waits for ever', async () => {
  const failing = {
    ...matrixOperator(rows),
    applications: 0,
    applyBlock: () => Promise.reject(new Error('out of memory')),
  };
  const tasks = onEveryBlock(failing, groups, (block) => block.applyBlock([new Float64Array(block.size)]));
  await expect(tasks).rejects.toThrow('out of memory');
});

test('blocks that end early let the others go on, and products are shared', async () => {
  const operator = matrixOperator(rows);
  const calls: number[] = [];
  const counted = {
    ...operator,
    applications: 0,
    applyBlock: (vectors: readonly Float64Array[]) => {
      calls.push(vectors.length);
      return operator.applyBlock(vectors);
    },
  };
  await onEveryBlock(counted, groups, async (block, { name }) => {
    for (let i = 0; i < name.charCodeAt(0) - 96; i++) await block.applyBlock([new Float64Array(block.size)]);
  });
  expect(calls).toEqual([4, 3, 2, 1]);
});
