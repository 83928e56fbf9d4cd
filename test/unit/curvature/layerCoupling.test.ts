import { describe, expect, test } from 'vitest';
import { blockNorms, exactBlockNorms } from '../../../server/src/curvature/estimators/blockNorms';
import { orthonormalSketch } from '../../../server/src/curvature/estimators/sketch';
import { matrixOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { Random } from '../../../server/src/curvature/random';
import { layersOf, type ParameterGroup } from '../../../server/src/curvature/problem';
import { imagesOf, rotated } from './matrices';
import { classificationData, mlp, problemOf } from './problems';
import { denseHessian, oneStudy } from './oneStudy';

/** ‖H_lm‖_F² entry by entry. */
function squareOf(rows: readonly Float64Array[], l: ParameterGroup, m: ParameterGroup): number {
  const indices = ({ ranges }: ParameterGroup): number[] =>
    ranges.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i));
  let sum = 0;
  for (const i of indices(l)) for (const j of indices(m)) sum += (rows[i]?.[j] ?? NaN) ** 2;
  return sum;
}

test('on a small network shares are those of the dense Hessian', async () => {
  const problem = problemOf(mlp([5, 4, 3], 3), classificationData(60, 5, 3, 3));
  const { estimate, study } = await oneStudy(problem, 'A11');
  const rows = await denseHessian(problem);
  const [first, second] = layersOf(problem.parameters) as [ParameterGroup, ParameterGroup];
  const [own1, own2, between] = [
    squareOf(rows, first, first),
    squareOf(rows, second, second),
    squareOf(rows, first, second),
  ];
  expect(estimate('A11.offDiagonalShare').value).toBeCloseTo((2 * between) / (own1 + own2 + 2 * between), 9);
  expect(estimate('A11.layerOffDiagonalShare[fc1]').value).toBeCloseTo(between / (own1 + between), 9);
  const map = study.charts[0];
  if (map?.kind !== 'heatmap') throw new Error('no heat map');
  expect(map.rows).toEqual(['fc1', 'fc2']);
  expect(map.values[0]?.[1]).toBeCloseTo(Math.sqrt(between), 9);
});

describe('probed block norms', () => {
  const rows = rotated([40, -12, ...Array.from({ length: 58 }, (_, i) => Math.cos(3 * i))], 2);
  const groups: ParameterGroup[] = [
    {
      name: 'a',
      size: 15,
      ranges: [
        [0, 10],
        [55, 60],
      ],
    },
    { name: 'b', size: 20, ranges: [[10, 30]] },
    { name: 'c', size: 25, ranges: [[30, 55]] },
  ];
  const exact = exactBlockNorms(rows, groups);
  const { vectors } = symmetricEigen(rows);
  const directions = [vectors.at(-1), vectors[0]].flatMap((vector) => vector ?? []);

  test('cover the exact ones, block by block', async () => {
    const operator = matrixOperator(rows);
    const sketch = orthonormalSketch(await imagesOf(operator, directions));
    let [covered, asked] = [0, 0];
    for (let seed = 0; seed < 100; seed++) {
      const found = await blockNorms(operator, groups, sketch, { probes: 8, random: new Random(seed, 'blocks') });
      groups.forEach((_, l) =>
        groups.forEach((__, m) => {
          const { value, halfWidth } = found.squares[l]?.[m] ?? { value: NaN, halfWidth: 0 };
          asked++;
          if (Math.abs(value - (exact.squares[l]?.[m]?.value ?? NaN)) <= halfWidth) covered++;
        }),
      );
    }
    expect(covered / asked).toBeGreaterThan(0.92);
    expect(covered / asked).toBeLessThan(0.985);
  });

  test('need no probes of what the sketch spans', async () => {
    const operator = matrixOperator(rows);
    const found = await blockNorms(operator, groups, orthonormalSketch(await imagesOf(operator, vectors)), {
      probes: 2,
      random: new Random(1),
    });
    groups.forEach((_, l) =>
      groups.forEach((__, m) =>
        expect(found.squares[l]?.[m]?.value).toBeCloseTo(exact.squares[l]?.[m]?.value ?? NaN, 8),
      ),
    );
  });
});
