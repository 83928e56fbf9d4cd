/** Samples that `tf.data` gives of tables and lists: as TensorFlow.js gives them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { readTrainingFacts, type TrainingFacts } from '../../../../server/src/frontend/torch/trainingFacts';
import { DiskDataFiles } from '../../../../server/src/project/diskDataFiles';
import { diskSources } from '../../../../server/src/project/diskSources';
import { dataOfScript, type ScriptData } from '../../../../server/src/worker/scriptData';
import { sets } from '../../../fixtures/tfjs/tables.js';

const table = `sex,length,height,weight,rings
F,0.5,0.25,1.5,7
M,1.5,0.125,0.75,8
"I",2,3,1,10
F,-1,0.5,0.25,9
M,4.5,6,2,7
I,0.1,0.2,0.3,10
`;

const root = mkdtempSync(join(tmpdir(), 'hessian-lens-tables-'));
const path = join(root, 'data', 'table.csv');
const fixture = readFileSync(new URL('../../../fixtures/tfjs/tables.js', import.meta.url), 'utf8');

beforeAll(async () => {
  await tf.setBackend('cpu');
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const trained = `
const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [2]})]});
model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
`;

function factsOf(source: string): TrainingFacts {
  const file = join(root, 'train.js');
  writeFileSync(file, source);
  return readTrainingFacts({ file, sources: diskSources({ root }) });
}

async function dataOf(source: string): Promise<ScriptData & { rows: readonly (readonly number[])[] }> {
  const files = new DiskDataFiles();
  const found = await dataOfScript(factsOf(source), root, files, {});
  const { dataset } = found.data ?? {};
  const size = dataset?.size ?? 0;
  const rows = await dataset?.batch(Array.from({ length: size }, (_, i) => i));
  await files.close();
  return { ...found, rows: (rows ?? []).map(({ data }) => Array.from(data, Number)) };
}

describe('samples of a table', () => {
  beforeAll(() => {
    mkdirSync(join(root, 'data'), { recursive: true });
    writeFileSync(path, table);
  });

  test.each(Object.keys(sets))('%s', async (name) => {
    const [batch] = (await sets[name]?.(`file://${path}`).toArray()) ?? [];
    const expected = ['xs', 'ys']
      .map((part) => batch?.[part])
      .map((each) => (each instanceof tf.Tensor ? each : undefined));
    const found = await dataOf(`${fixture}${trained}model.fitDataset(sets.${name}('file://./data/table.csv'));`);
    expect(found.notes).toEqual([]);
    expect(found.data?.dataset.arrays.map(({ shape }) => shape)).toEqual(expected.map((each) => each?.shape.slice(1)));
    // A shuffle changes the order alone.
    const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
    for (const [i, each] of expected.entries()) {
      const values = Array.from(each?.dataSync() ?? [], Number);
      const own = found.rows[i] ?? [];
      const [a, b] = name === 'textsDecide' ? [sorted(own), sorted(values)] : [own, values];
      expect(a).toHaveLength(b.length);
      for (const [j, value] of a.entries()) expect(value).toBeCloseTo(b[j] ?? NaN, 5);
    }
  });
});

describe('what is said of tables', () => {
  const head = `import * as tf from '@tensorflow/tfjs';${trained}`;
  const configuration = '{columnConfigs: {rings: {isLabel: true}}}';
  const read = (name: string): string => `model.fitDataset(tf.data.csv('file://./data/${name}', ${configuration})`;

  it('numbers that stand in the code are data', async () => {
    const { data, rows, notes } = await dataOf(
      `${head}const xs = tf.tensor2d([[0, 0], [0, 1], [1, 0]]); model.fit(xs, tf.tensor1d([0, 1, 1]), {epochs: 2});`,
    );
    expect(notes).toEqual([]);
    expect(data?.dataset.description).toMatch(/^numbers in .*train\.js/);
    expect(rows).toEqual([
      [0, 0, 0, 1, 1, 0],
      [0, 1, 1],
    ]);
  });

  it('the part for validation is left out', async () => {
    const { rows } = await dataOf(
      `${head}model.fit(tf.tensor2d([[1], [2], [3], [4]]), tf.tensor1d([5, 6, 7, 8]), {validationSplit: 0.25});`,
    );
    expect(rows).toEqual([
      [1, 2, 3],
      [5, 6, 7],
    ]);
  });

  it.each([
    ['filter', '.filter((row) => row.xs.length > 1).batch(8));', /which samples a filter leaves/],
    [
      'conditions on many numbers',
      '.map(({xs, ys}) => ({xs: [xs.length > 1 ? 1 : 0], ys})).batch(8));',
      /a condition on numbers/,
    ],
    ['rests', '.map(({xs, ys}) => ({xs: [xs.length % 2], ys})).batch(8));', /a remainder of numbers/],
    ['texts', '.map(({xs, ys}) => ({xs: [xs.sex], ys})).batch(8));', /parts that are no numbers/],
    [
      'inputs by names',
      '.map(({xs, ys}) => ({xs: {a: xs.length, b: xs.height}, ys})).batch(8));',
      /inputs by their names/,
    ],
  ])('%s are not followed', async (_, steps, reason) => {
    const rows = Array.from({ length: 80 }, (_, i) => `${i % 2 === 0 ? 'F' : 'M'},${i / 8},1,1,${i}`);
    writeFileSync(join(root, 'data', 'many.csv'), ['sex,length,height,weight,rings', ...rows].join('\n'));
    const { data, notes } = await dataOf(head + read('many.csv') + steps);
    expect(data).toBeUndefined();
    expect(notes.join()).toMatch(reason);
  });

  const numbers = '.map(({xs, ys}) => ({xs: [xs.length], ys})).batch(8));';
  it.each([
    ['absent.csv', undefined, /'file:\/\/\.\/data\/absent\.csv', which is not in the workspace/],
    ['short.csv', 'length,rings\n1,2\n3\n', /line 3 has 1 columns instead of 2/],
    ['twice.csv', 'length,length,rings\n1,2,3\n', /two columns have one name/],
    ['empty.csv', 'length,rings\n1,\n', /the column 'rings' is empty/],
  ])('%s', async (name, text, reason) => {
    if (text !== undefined) writeFileSync(join(root, 'data', name), text);
    const { data, notes } = await dataOf(head + read(name) + numbers);
    expect(data).toBeUndefined();
    expect(notes.join()).toMatch(reason);
  });

  it('addresses are not fetched', async () => {
    const { notes } = await dataOf(
      `${head}model.fitDataset(tf.data.csv('https://a.b/c.csv', ${configuration})${numbers}`,
    );
    expect(notes.join()).toMatch(/'https:\/\/a\.b\/c\.csv' is not fetched: save it in the workspace/);
  });

  it('a text that came since the code was read is told', async () => {
    const changing = join(root, 'data', 'changing.csv');
    writeFileSync(changing, 'sex,rings\nF,1\nM,2\n');
    const source = `${head}${read('changing.csv')}.map(({xs, ys}) => ({xs: [xs.sex === 'F' ? 1 : 0], ys})).batch(8));`;
    const facts = factsOf(source);
    writeFileSync(changing, 'sex,rings\nF,1\nX,2\n');
    const files = new DiskDataFiles();
    const { notes } = await dataOfScript(facts, root, files, {});
    await files.close();
    expect(notes.join()).toMatch(/'X' in column 'sex' is new to it/);
  });

  it('columns say how many inputs there are', () => {
    const facts = factsOf(`import * as tf from '@tensorflow/tfjs';
async function run() {
  const table = tf.data.csv('./data/table.csv', ${configuration});
  const inputs = (await table.columnNames()).length - 1;
  const model = tf.sequential({layers: [tf.layers.dense({units: 1, inputShape: [inputs]})]});
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  await model.fitDataset(table.map(({xs, ys}) => ({xs: [xs.length, 1, 2, 3], ys})).batch(4));
}
run();`);
    expect(facts.stopped).toBeNull();
    expect(facts.fitted?.value).toMatchObject({
      names: ['x', 'y'],
      sources: [{ array: 'length' }, { array: 'rings' }],
    });
  });
});
