import { expect, test } from 'vitest';
import { input } from '../../../server/src/graph/operations';
import { joinedVector, parameterValues } from '../../../server/src/worker/parameterValues';

const parameter = (name: string, shape: readonly number[], requiresGrad: boolean) => ({
  name,
  shape,
  requiresGrad,
  layer: '',
  file: 'model.py',
  line: 1,
  node: input(name, shape),
  initial: () => new Float64Array(0),
});

const parameters = [
  parameter('a', [2, 3], true),
  parameter('frozen', [4], false),
  parameter('b', [], true),
  parameter('none', [0, 5], true),
  parameter('c', [2], true),
];

test('values of parameters that are trained are the vector of all of them, without a copy', () => {
  const values = parameterValues(parameters);
  [...values.values()].forEach((part, i) => part.fill(i + 1));
  const trained = ['a', 'b', 'none', 'c'].map((name) => values.get(name) ?? new Float64Array(0));
  const theta = joinedVector(trained);
  expect([...theta]).toEqual([1, 1, 1, 1, 1, 1, 3, 5, 5]);
  expect(theta.buffer).toBe(trained[0]?.buffer);
  expect(values.get('frozen')?.buffer).not.toBe(theta.buffer);
});

test('in another order, with a gap or from elsewhere they are copied', () => {
  const values = parameterValues(parameters);
  [...values.values()].forEach((part, i) => part.fill(i + 1));
  const of = (...names: string[]): Float64Array =>
    joinedVector(names.map((name) => values.get(name) ?? new Float64Array(0)));
  expect([...of('c', 'b')]).toEqual([5, 5, 3]);
  expect([...of('b', 'a')]).toEqual([3, 1, 1, 1, 1, 1, 1]);
  expect([...of('a', 'c')]).toEqual([1, 1, 1, 1, 1, 1, 5, 5]);
  expect([...of('b', 'frozen')]).toEqual([3, 2, 2, 2, 2]);
  expect([...of()]).toEqual([]);
});
