import { expect, test } from 'vitest';
import { planChunks } from '../../../server/src/curvature/operators/chunks';
import { overlapped } from '../../../server/src/curvature/operators/overlapped';

/** Work that ends when it is told to. */
function handWork(): { work: (item: number) => Promise<number>; end: (item: number) => void; started: number[] } {
  const started: number[] = [];
  const ends = new Map<number, (result: number) => void>();
  return {
    started,
    work: (item) => {
      started.push(item);
      return new Promise((resolve) => ends.set(item, resolve));
    },
    end: (item) => ends.get(item)?.(10 * item),
  };
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('two pieces are queued for each thread, and results are taken in the order of the items', async () => {
  const { work, end, started } = handWork();
  const taken: number[] = [];
  const all = overlapped([1, 2, 3, 4, 5, 6], 2, work, (_, result) => taken.push(result));
  await settled();
  expect(started).toEqual([1, 2, 3, 4]);
  end(2);
  await settled();
  expect(taken).toEqual([]);
  end(1);
  await settled();
  expect(taken).toEqual([10, 20]);
  expect(started).toEqual([1, 2, 3, 4, 5, 6]);
  for (const item of [6, 5, 4, 3]) end(item);
  await all;
  expect(taken).toEqual([10, 20, 30, 40, 50, 60]);
});

test('without concurrency one piece follows another', async () => {
  const { work, end, started } = handWork();
  const all = overlapped([1, 2], 1, work, () => undefined);
  await settled();
  expect(started).toEqual([1]);
  end(1);
  await settled();
  expect(started).toEqual([1, 2]);
  end(2);
  await all;
});

test('a failure is thrown when nothing is under way any more', async () => {
  const ended: number[] = [];
  const work = async (item: number): Promise<number> => {
    await settled();
    if (item === 2) throw new RangeError('the second failed');
    await settled();
    ended.push(item);
    return item;
  };
  const taken: number[] = [];
  await expect(overlapped([1, 2, 3, 4, 5, 6], 2, work, (item) => taken.push(item))).rejects.toThrow(
    'the second failed',
  );
  expect(taken).toEqual([1]);
  expect(ended).toEqual([1, 3, 4, 5]);
});

test('nothing is begun once it is cancelled', async () => {
  const { work, end, started } = handWork();
  const control = new AbortController();
  const all = overlapped([1, 2, 3], 1, work, () => undefined, control.signal);
  control.abort(new Error('not wanted'));
  end(1);
  await expect(all).rejects.toThrow('not wanted');
  expect(started).toEqual([1]);
});

test.each([
  [512, 37, [32, 16]],
  [512, 512, [256, 2]],
  [512, 90, [64, 8]],
  [1797, 300, [300, 6]],
  [100, 100, [50, 2]],
  [31, 100, [31, 1]],
])('%i samples in runs of at most %i keep two threads equally busy', (count, most, [longest, runs]) => {
  const chunks = planChunks(count, most, 2);
  expect(chunks.flat()).toEqual(Array.from({ length: count }, (_, i) => i));
  expect([Math.max(...chunks.map(({ length }) => length)), chunks.length]).toEqual([longest, runs]);
});
