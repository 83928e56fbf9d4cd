/** What programs in JavaScript read while they are read themselves: files of the workspace, by whatever path they name them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';
import { diskSources, rememberingSources } from '../../../server/src/project/diskSources';
import type { SourceProvider } from '../../../server/src/python/interpreter';

const top = mkdtempSync(join(tmpdir(), 'program-reads-'));
const root = join(top, 'workspace');
const file = join(root, 'src', 'model.js');
mkdirSync(join(root, 'src'), { recursive: true });
mkdirSync(join(top, 'workspace-2'));
const settings = JSON.stringify({ units: 3 });
for (const path of [join(root, 'inside.json'), join(top, 'outside.json'), join(top, 'workspace-2', 'beside.json')])
  writeFileSync(path, settings);
afterAll(() => {
  rmSync(top, { recursive: true });
});

const reading = (path: string): string => `import * as tf from '@tensorflow/tfjs';
import * as fs from 'node:fs';
export function build() {
  const {units} = JSON.parse(fs.readFileSync(${JSON.stringify(path)}, 'utf8'));
  return tf.sequential({layers: [tf.layers.dense({units, inputShape: [4]})]});
}
`;

/** Of commands and of the editor. */
const providers: Readonly<Record<string, () => SourceProvider>> = {
  'the command line': () => diskSources({ root }),
  'an analysis': () => rememberingSources({ root, overlay: new Map([[file, '']]) }).sources,
};

describe.each(Object.entries(providers))('%s', (_, sources) => {
  const parametersFor = (path: string): number =>
    traceModel({ file, source: reading(path), sources: sources(), model: 'build' }).totalParameters;

  test.each([join(root, 'inside.json'), '../inside.json', `file://${join(root, 'inside.json')}`])(
    'reads %s',
    (path) => {
      expect(parametersFor(path)).toBe(4 * 3 + 3);
    },
  );

  test.each([
    join(top, 'outside.json'),
    join(root, '..', 'outside.json'),
    `${root}/../outside.json`,
    '../../outside.json',
    `file://${join(top, 'outside.json')}`,
    // A folder whose name begins like the workspace's.
    join(top, 'workspace-2', 'beside.json'),
    '/etc/hostname',
  ])('does not read %s', (path) => {
    expect(parametersFor(path)).toBe(0);
  });
});
