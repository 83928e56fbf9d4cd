/** Random calls of numpy against numpy's own results (test/fixtures/numpy/generate.py, numpy 2.4.6). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSession } from '../../../server/src/frontend/torch/session';
import { expressionScope } from '../../../server/src/frontend/torch/traceScope';

const folder = join(__dirname, '../../fixtures/numpy');
const rows = JSON.parse(readFileSync(join(folder, 'calls.json'), 'utf8')) as [expression: string, expected: string][];
const source = readFileSync(join(folder, 'show.py'), 'utf8');
const nothing = { read: () => undefined, resolveModule: () => undefined };

/** What the interpreter says of the value; `!` where it raises or refuses. */
function shown(session: ReturnType<typeof openSession>, expression: string): string {
  const text = `show((${expression}))`;
  try {
    const value = session.interpreter.evaluateExpression(text, expressionScope(session, text));
    return typeof value === 'string' ? value : '?';
  } catch {
    return '!';
  }
}

describe('numpy', () => {
  it('gives the types, shapes and values of numpy', () => {
    const session = openSession({ file: 'calls.py', source, sources: nothing, seed: 0 });
    const different = rows
      .map(([expression, expected]) => ({ expression, expected, found: shown(session, expression) }))
      .filter(({ expected, found }) => found !== (expected.startsWith('!') ? '!' : expected));
    expect(rows.length).toBeGreaterThan(900);
    expect(different).toEqual([]);
  }, 60_000);
});
