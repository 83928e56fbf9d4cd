import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GraphFile } from '../unit/frontend/tfjs/graphFile';
import { Editor, workspaceWith } from './editor';
import { quick } from './project';

const text = `import * as tf from '@tensorflow/tfjs';

const LEARNING_RATE = 500;

export function createModel(units = 5) {
  const model = tf.sequential();
  model.add(tf.layers.dense({units, activation: 'tanh', inputShape: [4]}));
  model.add(tf.layers.dense({units: 3}));
  return model;
}

export async function train(model: tf.Sequential, xs: tf.Tensor, ys: tf.Tensor) {
  model.compile({
    optimizer: tf.train.sgd(LEARNING_RATE),
    loss: tf.losses.softmaxCrossEntropy,
  });
  await model.fit(xs, ys, {batchSize: 16, epochs: 10});
}

// hessian-lens: args="[6], 2"
const larger = (shape: number[], classes: number) => tf.sequential({
  layers: [tf.layers.dense({units: classes, inputShape: shape})],
});

function unknown(units: number) {
  return tf.sequential({layers: [tf.layers.dense({units, inputShape: [3]})]});
}
`;
const trainerText = `import * as tf from '@tensorflow/tfjs';

interface Options {
  readonly units?: number;
}

export default class Trainer {
  private readonly learningRate: number = 500;

  constructor(private readonly options: Options = {units: 5}) {}

  build(): tf.Sequential {
    const model = tf.sequential();
    model.add(tf.layers.dense({units: this.options.units!, inputShape: [4]}));
    model.add(tf.layers.dense({units: 3} satisfies object));
    model.compile({optimizer: tf.train.sgd(500), loss: 'meanSquaredError'});
    return model;
  }
}

export const small = <T extends number>(units?: T): tf.LayersModel => {
  const input = tf.input({shape: [4]});
  return tf.model({inputs: input, outputs: tf.layers.dense({units: units ?? 2}).apply(input) as tf.SymbolicTensor});
};
`;
const saved = readFileSync('examples/tfjs-digits/model.json', 'utf8');
const workspace = workspaceWith({
  'model.ts': text,
  'trainer.ts': trainerText,
  'other.js': 'export const x = 1;\n',
  'package.json': '{}',
  'saved/model.json': saved,
  'saved/weights.bin': readFileSync('examples/tfjs-digits/weights.bin'),
});
const [model, other, json] = [workspace.uri('model.ts'), workspace.uri('other.js'), workspace.uri('saved/model.json')];
let editor: Editor;

beforeAll(async () => {
  editor = await Editor.inBand({ folders: [workspace.folder], storage: workspace.path('.storage'), settings: quick });
  await editor.open(model, text, 'typescript');
  await editor.open(other, 'export const x = 1;\n', 'javascript');
  await editor.open(json, saved, 'json');
});
afterAll(async () => {
  await editor.stop();
  workspace.remove();
});

describe('JavaScript that uses TensorFlow.js', () => {
  it('has a lens over every function that makes a model; other JavaScript has nothing', async () => {
    const titled = async (): Promise<string[]> =>
      (await editor.lenses(model)).map(({ range, command }) => `${range.start.line + 1}: ${command?.title}`);
    const wanted = ['5: Analyze Hessian', '5: 43 parameters', '21: 14 parameters'];
    // The first model is shown before the others are read.
    await expect.poll(titled, { timeout: 30_000 }).toEqual(expect.arrayContaining(wanted));
    expect(await editor.lensTitles(other)).toEqual([]);
  });

  it('says which arguments a model lacks, and how they are given', async () => {
    const found = (await editor.diagnostics(model)).find(({ code }) => code === 'HL406');
    expect(found?.message).toContain('the arguments of unknown are not known (units)');
    expect(found?.message).toContain('// hessian-lens: args="…"');
  });

  it('has hovers on layers and on the optimizer in compile', async () => {
    const layer = await editor.hover(model, editor.positionOf(model, 'tf.layers.dense({units, activation'));
    expect(layer).toContain('**dense_Dense1** Dense → B×5, 25 parameters');
    expect(await editor.hover(model, editor.positionOf(model, 'tf.train.sgd', 3))).toContain('**SGD**');
  });

  it('is analysed with the optimizer and the loss of a function that nobody calls; fixes are JavaScript', async () => {
    const reply = await editor.analyze({ uri: model });
    if (!reply.ok) throw new Error(reply.failure.message);
    const { result } = reply.stored;
    expect(result.layers.map(({ name }) => name)).toEqual(expect.arrayContaining(['dense_Dense1', 'dense_Dense2']));
    expect([result.stability.learningRate, result.provenance.loss]).toEqual([500, 'CategoricalCrossentropy']);
    const finding = (await editor.diagnostics(model)).find(({ code }) => code === 'HL101');
    expect(
      editor.textAt(model, finding?.range ?? { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }),
    ).toBe('LEARNING_RATE');
    const actions = finding === undefined ? [] : await editor.actions(model, finding.range, [finding]);
    expect(actions[0]?.title).toMatch(/^Set LEARNING_RATE to /);
    const silence = actions.find(({ title }) => title.startsWith('Do not show'));
    expect(silence?.edit?.changes?.[model]?.[0]?.newText).toBe('  // hessian-lens: ignore=HL101');
    if (silence !== undefined) await editor.apply(silence);
    expect((await editor.diagnostics(model)).map(({ code }) => code)).not.toContain('HL101');
  });
});

describe('a method that keeps its model', () => {
  const text = `const tf = require('@tensorflow/tfjs');

class Agent {
  constructor(size) {
    this.size = size;
  }

  build() {
    this.model = tf.sequential();
    this.model.add(tf.layers.dense({units: 3, inputShape: [4]}));
    this.model.add(tf.layers.dense({units: 2}));
    this.model.compile({optimizer: tf.train.sgd(0.5), loss: 'meanSquaredError'});
  }
}
`;
  it('has the lens, a hover on each layer, and its learning rate', async () => {
    const uri = workspace.uri('agent.js');
    await editor.open(uri, text, 'javascript');
    const titled = async (): Promise<string[]> =>
      (await editor.lenses(uri)).map(({ range, command }) => `${range.start.line + 1}: ${command?.title}`);
    await expect.poll(titled, { timeout: 30_000 }).toEqual(expect.arrayContaining(['8: 23 parameters']));
    expect(await editor.hover(uri, editor.positionOf(uri, 'tf.layers.dense({units: 2'))).toContain('8 parameters');
    expect(await editor.hover(uri, editor.positionOf(uri, 'tf.train.sgd', 3))).toContain('**SGD**');
  });
});

describe('a class of TypeScript', () => {
  let uri = '';
  beforeAll(async () => {
    uri = workspace.uri('trainer.ts');
    await editor.open(uri, trainerText, 'typescript');
  });

  it('has the lens over its method, and over an exported function', async () => {
    const titled = async (): Promise<string[]> =>
      (await editor.lenses(uri)).map(({ range, command }) => `${range.start.line + 1}: ${command?.title}`);
    const wanted = ['12: 43 parameters', '21: 10 parameters'];
    await expect.poll(titled, { timeout: 30_000 }).toEqual(expect.arrayContaining(wanted));
    expect(await editor.hover(uri, editor.positionOf(uri, 'tf.layers.dense({units: 3'))).toContain('18 parameters');
  });

  it('an edited learning rate is judged anew', async () => {
    const reply = await editor.analyze({ uri, model: 'Trainer.build' });
    if (!reply.ok) throw new Error(reply.failure.message);
    expect(reply.stored.result.stability.learningRate).toBe(500);
    const codes = async (): Promise<unknown[]> => (await editor.diagnostics(uri)).map(({ code }) => code);
    await expect.poll(codes, { timeout: 30_000 }).toContain('HL101');
    await editor.replace(uri, 'sgd(500)', 'sgd(0.0001)');
    await expect.poll(codes, { timeout: 30_000 }).not.toContain('HL101');
    await editor.replace(uri, 'sgd(0.0001)', 'sgd(900)');
    await expect.poll(codes, { timeout: 30_000 }).toContain('HL101');
  });
});

describe('the model.json of a graph as text', () => {
  it('has the lens, and hovers on the operators it names', async () => {
    const graph = new GraphFile();
    const x = graph.input([4]);
    graph.node('_FusedMatMul', [x, graph.weight([4, 3]), graph.weight([3])], {
      num_args: 1,
      fused_ops: ['BiasAdd', 'Relu'],
      transpose_a: false,
      transpose_b: false,
    });
    const folder = workspace.path('graph');
    mkdirSync(folder);
    const lines = JSON.stringify(JSON.parse(readFileSync(graph.write(folder), 'utf8')), null, 1);
    writeFileSync(join(folder, 'model.json'), lines);
    const uri = workspace.uri('graph/model.json');
    await editor.open(uri, lines, 'json');
    await expect.poll(() => editor.lensTitles(uri), { timeout: 30_000 }).toContain('15 parameters');
    expect(await editor.hover(uri, editor.positionOf(uri, '"name": "_FusedMatMul', 9))).toContain('15 parameters');
  });
});

describe('model.json as text', () => {
  it('has the lens, and hovers on the layers it names', async () => {
    expect((await editor.lensTitles(json)).join('\n')).toContain('3,466 parameters');
    expect(await editor.hover(json, editor.positionOf(json, '"dense_Dense2"'))).toContain('1,056 parameters');
  });

  it('is analysed with its own weights', async () => {
    const reply = await editor.analyze({ uri: json, model: 'model' });
    if (!reply.ok) throw new Error(reply.failure.message);
    expect(reply.stored.result.provenance.checkpoint).toBe(workspace.path('saved/model.json'));
  });
});
