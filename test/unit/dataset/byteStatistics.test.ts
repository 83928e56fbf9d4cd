/** Statistics of bytes by counts of their 256 values are those over all samples. */
import { expect, test } from 'vitest';
import { RowReader } from '../../../server/src/dataset/preparation/rowReader';
import type { StoredRows } from '../../../server/src/dataset/preparation/storedRows';
import type { Data } from '../../../server/src/graph/evaluate/kernel';
import type { Node } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';

const COUNT = 700;
const SAMPLE = [3, 5, 4] as const;
const WIDTH = 60;
/** Bytes of another range at each place; 255 does not occur. */
const bytes = Int32Array.from(
  { length: COUNT * WIDTH },
  (_, i) => (Math.imul(i + 1, 2_654_435_761) >>> 8) % (20 + 3 * (i % WIDTH)),
);

interface Read {
  readonly values: Data;
  /** Samples that were read. */
  readonly rows: number;
}

/** The first rows of what `make` computes of the bytes; `storedType`: as the file says it. */
async function readAs(storedType: string | undefined, make: (pixels: Node) => Node): Promise<Read> {
  let rows = 0;
  const source: StoredRows = {
    size: COUNT,
    ...(storedType === undefined ? {} : { storedType }),
    rows(indices) {
      rows += indices.length;
      const parts = indices.map((row) => bytes.subarray(row * WIDTH, (row + 1) * WIDTH));
      return Promise.resolve(Int32Array.from(parts.flatMap((part) => [...part])));
    },
  };
  const input = op.input('x', [COUNT, ...SAMPLE], 'int');
  const values = await new RowReader(new Map([[input, source]])).read(make(input), [0, 3, 699 - 100]);
  return { values, rows };
}

const unit = (pixels: Node): Node => op.scale(op.convert(op.transpose(pixels, [0, 2, 3, 1]), 'float'), 1 / 255);
const meanOf = (x: Node, axes: readonly number[]): Node => {
  const count = axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1);
  return op.scale(op.reduceSum(x, axes), 1 / count);
};
const like = (value: Node, x: Node, axes: readonly number[]): Node =>
  op.broadcast(
    value,
    x.shape,
    x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis)),
  );

/** (x − mean) / deviation, over some axes. */
function standardised(x: Node, axes: readonly number[]): Node {
  const centred = op.sub(x, like(meanOf(x, axes), x, axes));
  const variance = meanOf(op.mul(centred, centred), axes);
  return op.div(centred, op.sqrt(like(variance, x, axes)));
}

const largest = (x: Node): Node => {
  let value = x;
  while (value.shape.length > 0) value = op.reduceMax(value, value.shape.length - 1);
  return value;
};
const all = [0, 1, 2, 3];

const programs: Readonly<Record<string, (pixels: Node) => Node>> = {
  'mean and deviation of all': (pixels) => standardised(unit(pixels), all),
  'of each place': (pixels) => op.add(standardised(op.add(unit(pixels), op.full(3)), [0]), op.full(1)),
  'of each channel': (pixels) => standardised(unit(pixels), [0, 1, 2]),
  'of rows as vectors': (pixels) => standardised(op.reshape(unit(pixels), [COUNT, WIDTH]), [0]),
  'of a part of the samples, and of each': (pixels) => {
    const part = op.slice(unit(pixels), [100, 1, 0, 0], [COUNT, 5, 4, 3], [1, 1, 1, 1]);
    return standardised(part, [0, 2]);
  },
  'least and largest': (pixels) => {
    const x = unit(pixels);
    const [least, most] = [op.neg(largest(op.neg(x))), largest(x)];
    return op.div(op.sub(x, like(least, x, all)), like(op.sub(most, least), x, all));
  },
  'the largest of whole numbers': (pixels) =>
    op.sub(pixels, like(op.neg(op.reduceMax(op.neg(pixels), 0)), pixels, [0])),
  'of values that are infinite where they do not occur': (pixels) => {
    const x = op.convert(op.add(pixels, op.constant(Int32Array.of(-255), [])), 'float');
    return op.sub(x, like(meanOf(op.log(op.neg(x)), [0]), x, [0]));
  },
};

test.each(Object.entries(programs))('%s', async (_, make) => {
  const [counted, passed] = [await readAs('uint8', make), await readAs(undefined, make)];
  expect(counted.values.length).toBe(passed.values.length);
  counted.values.forEach((value, i) => {
    expect(Number.isFinite(value)).toBe(true);
    expect(value).toBeCloseTo(passed.values[i] ?? NaN, 11);
  });
  // One pass for all statistics, and the rows that are wanted.
  expect(counted.rows).toBeLessThanOrEqual(COUNT + 3 * 3);
});

test('what mixes places or is of other types is read sample by sample', async () => {
  const ofSums = (pixels: Node): Node => {
    const sums = op.reduceSum(unit(pixels), [3]);
    return op.sub(sums, like(meanOf(op.mul(sums, sums), [0]), sums, [0]));
  };
  const twice = (pixels: Node): Node => {
    const [x, turned] = [unit(pixels), op.reverse(unit(pixels), [1])];
    return op.sub(x, like(meanOf(op.mul(x, turned), [0]), x, [0]));
  };
  for (const make of [ofSums, twice]) {
    const [counted, passed] = [await readAs('uint8', make), await readAs(undefined, make)];
    expect([...counted.values]).toEqual([...passed.values]);
  }
});
