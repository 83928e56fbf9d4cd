import { describe, expect, test } from 'vitest';
import { equalRows } from '../../../server/src/checkpoint/onnx/equalRows';

const numbers = (values: readonly number[]): Float64Array => Float64Array.from(values);

describe('rows of a tensor that are equal', () => {
  test('a token for each sample is one row', () => {
    expect(equalRows(numbers([1, 2, 3, 1, 2, 3]), [2, 1, 3])).toEqual({
      axis: 2,
      width: 3,
      rows: numbers([1, 2, 3]),
      index: [0, 0],
    });
  });

  test('biases by relative place, heads first: a row for each place', () => {
    const table = [
      [1, 10],
      [2, 20],
      [3, 30],
    ];
    const places = [1, 0, 2, 1];
    const heads = [0, 1].flatMap((head) => places.map((place) => table[place]?.[head] ?? 0));
    expect(equalRows(numbers(heads), [1, 2, 2, 2])).toEqual({
      axis: 1,
      width: 2,
      rows: numbers([2, 20, 1, 10, 3, 30]),
      index: [0, 1, 2, 0],
    });
  });

  test('of one head, each number is a row', () => {
    const found = equalRows(numbers([1, 2, 3, 1, 2, 3, 4, 1, 2]), [3, 3]);
    expect(found?.axis).toBeUndefined();
    expect(found?.rows).toEqual(numbers([1, 2, 3, 4]));
    expect(found?.index).toEqual([0, 1, 2, 0, 1, 2, 3, 0, 1]);
  });

  test('a few equal numbers are equal by chance, and zeros or rows of one value are those of an untrained network', () => {
    expect(equalRows(numbers([1, 2, 3, 4, 5, 6, 7, 1]), [4, 2])).toBeUndefined();
    expect(equalRows(numbers([0, 0, 0, 0, 1, 2]), [3, 2])).toBeUndefined();
  });
});
