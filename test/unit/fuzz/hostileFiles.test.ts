/** A few hundred of the files that `npm run fuzz` opens by the thousand. */
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HostileFiles } from '../../fuzz/hostileFile';
import { openEverything } from '../../fuzz/openEverything';

const canary = join(tmpdir(), `hessian-lens-fuzz-test-${process.pid}`);
afterAll(() => rmSync(canary, { force: true }));

describe('hostile files', () => {
  it.each(['checkpoint', 'data'] as const)('%s: every one is read or refused with a reason', async (kind) => {
    const files = new HostileFiles(7, canary, kind);
    const outcomes = { read: 0, refused: 0 };
    for (let index = 1; index < 200; index++) {
      const file = files.at(index);
      const outcome = await openEverything(file).catch((error: unknown) => {
        throw new Error(`file ${index}, from ${file.name}`, { cause: error });
      });
      outcomes[outcome]++;
    }
    expect(outcomes.read).toBeGreaterThan(5);
    expect(outcomes.refused).toBeGreaterThan(50);
  });

  it('are the same for a seed', () => {
    const [one, other, third] = [7, 7, 8].map((seed) => new HostileFiles(seed, canary, 'data').at(11));
    expect(one).toEqual(other);
    expect(one).not.toEqual(third);
  });

  it('pickles that call leave nothing behind', async () => {
    const files = new HostileFiles(3, canary, 'checkpoint');
    const calls = Array.from({ length: 120 }, (_, i) => files.at(50 * i)).filter(({ name }) => name.includes('calls'));
    expect(calls.length).toBeGreaterThan(5);
    for (const file of calls) await openEverything(file);
    expect(existsSync(canary)).toBe(false);
  });
});
