/** The clock of limits, on a machine that has other things to do. */
import { describe, expect, test } from 'vitest';
import { LimitExceeded } from '../../../server/src/python/errors';
import { Interpreter } from '../../../server/src/python/interpreter';
import { createWorkClock, workTime } from '../../../server/src/python/workTime';

/** Clocks that go on by the same steps at every look at the wall's. */
function steadily(wallStep: number, processorStep: number): () => number {
  let looks = 0;
  return createWorkClock({ wall: () => ++looks * wallStep, processor: () => looks * processorStep });
}

/** What the clock shows of `looks` looks after its first. */
function shown(clock: () => number, looks: number): number {
  let now = clock();
  const begun = now;
  for (let i = 0; i < looks; i++) now = clock();
  return now - begun;
}

describe('the clock of limits', () => {
  test('is the time that goes by where all of it is work', () => {
    expect(shown(steadily(100, 100), 100)).toBeCloseTo(10000, 9);
  });
  test('is the processor’s time where others have the machine', () => {
    expect(shown(steadily(100, 40), 100)).toBeCloseTo(4000, 9);
  });
  test('is not faster for several threads', () => {
    expect(shown(steadily(100, 350), 100)).toBeCloseTo(10000, 9);
  });
  test('goes on slowly while nothing is done', () => {
    expect(shown(steadily(100, 0), 100)).toBeCloseTo(1000, 9);
  });
  test('loses nothing between looks that follow each other quickly', () => {
    expect(shown(steadily(10, 10), 1000)).toBeCloseTo(10_000, -2);
  });
  test('follows the work of this process', () => {
    const begun = workTime();
    const until = performance.now() + 200;
    while (performance.now() < until);
    expect(workTime() - begun).toBeGreaterThan(10);
  });
});

describe('a program on a busy machine', () => {
  const text = 'n = 0\nfor i in range(200000):\n    n += i\n';
  // A look at the clock finds a tenth of a second gone by: the program has three seconds.
  const run = (processorStep: number): unknown =>
    new Interpreter({ now: steadily(100, processorStep) }).runModule(text, 'program.py').attributes.get('n');
  test('is read to its end', () => {
    expect(run(1)).toBe(19999900000n);
  });
  test('is ended where it is its own work', () => {
    expect(() => run(100)).toThrow(LimitExceeded);
  });
});
