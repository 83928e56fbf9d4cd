/** Every operator that TensorFlow.js runs in graph models is read, or refused with a reason; the documentation lists both. */
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { refusedOperators, whyOperatorRefused } from '../../../../server/src/frontend/tfjs/operators/refused';
import { tensorflowOperator, tensorflowOperatorNames } from '../../../../server/src/frontend/tfjs/operators/table';

const load = createRequire(import.meta.url);

/** The lists by which its converter maps operators to functions. */
function operatorsOfConverter(): string[] {
  const folder = join(dirname(load.resolve('@tensorflow/tfjs-converter/package.json')), 'dist/operations/op_list');
  const files = readdirSync(folder).filter((name) => /^\w+\.js$/.test(name));
  const named = files.flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    return [...text.matchAll(/['"]tfOpName['"]:\s*['"](\w+)['"]/g)].map(([, each = '']) => each);
  });
  return [...new Set(named)].sort();
}

/** Part of the graph itself. */
const nodesOfGraph = ['Const', 'NoOp', 'Placeholder'];

describe('operators of graph models', () => {
  const all = operatorsOfConverter().filter((name) => !nodesOfGraph.includes(name));
  const isRead = (name: string): boolean => tensorflowOperator(name) !== undefined;

  test('are read or refused, and never both', () => {
    expect(all.length).toBeGreaterThan(200);
    expect(all.filter((name) => !isRead(name) && whyOperatorRefused(name) === undefined)).toEqual([]);
    expect(all.filter((name) => isRead(name) && whyOperatorRefused(name) !== undefined)).toEqual([]);
    const refused = refusedOperators.flatMap(({ names }) => names);
    expect(refused.filter((name) => !all.includes(name))).toEqual([]);
    expect(new Set(refused).size).toBe(refused.length);
  });

  test('are listed in the documentation', () => {
    const documentation = readFileSync('docs/tensorflowjs.md', 'utf8');
    expect(documentation).toContain(tensorflowOperatorNames.join(', '));
    for (const { reason, names } of refusedOperators)
      expect(documentation).toContain(`| ${names.join(', ')} | ${reason} |`);
  });
});
