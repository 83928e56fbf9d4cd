/** Models of functions that take arguments: as the program calls them, from the same file, another one, or a page. */
import { describe, expect, test } from 'vitest';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import type { TracedModel } from '../../../../server/src/frontend/model';

const imported = `import * as tf from '@tensorflow/tfjs';\n`;
const maker = `export function build(hidden, inputs) { const net = tf.sequential(); net.add(tf.layers.dense({units: hidden, inputShape: [inputs]})); net.add(tf.layers.dense({units: 2})); return net; }\n`;
/** Of `build(3, 4)`. */
const EXPECTED = 4 * 3 + 3 + 3 * 2 + 2;

/** `files`: the first is read; each is used by those that `usersOf` says, or by all others. */
function traced(
  files: Readonly<Record<string, string>>,
  model?: string,
  usersOf: (file: string) => readonly string[] = (file) => Object.keys(files).filter((each) => each !== file),
): TracedModel {
  const [file = ''] = Object.keys(files);
  return traceModel({
    file,
    sources: {
      read: (path) => files[path],
      list: (folder) =>
        Object.keys(files)
          .filter((each) => each.startsWith(`${folder}/`))
          .map((each) => each.slice(folder.length + 1)),
      resolveModule: () => undefined,
      usersOf,
    },
    limits: { seconds: 30 },
    ...(model === undefined ? {} : { model }),
  });
}

const program = (source: string, model?: string): TracedModel => traced({ '/p/program.js': source }, model);

describe('callers', () => {
  test('of the same file, through a class that the page makes', () => {
    const source = `${imported}class Actor { constructor(size, shape) { this.model = tf.sequential(); this.model.add(tf.layers.dense({units: size, inputShape: shape})); this.model.add(tf.layers.dense({units: 2})); } }
class Agent { constructor({size, shape = [4]}) { this.actor = new Actor(size, shape); } }
document.getElementById('go').addEventListener('click', async () => { const data = await fetch('x'); const agent = new Agent({size: 3}); agent.train(data); });`;
    expect(program(source, 'Actor').totalParameters).toBe(EXPECTED);
  });

  test('of another file', () => {
    const main = `import {build} from './model';\nexport async function main() { const xs = await load(); const model = build(3, 4); await model.fit(xs); }`;
    const found = traced({ '/p/model.js': imported + maker, '/p/main.js': main }, 'build');
    expect(found.stopped).toBeNull();
    expect(found.totalParameters).toBe(EXPECTED);
  });

  test('of a class of another file that a third one makes with its settings', () => {
    const agent = `import {build} from './model';\nexport class Agent { constructor(game, config) { this.rate = config.rate; this.net = build(game.width, game.height); } }`;
    const main = `import {Agent} from './agent';\nimport {unused} from './model';\nclass Game { constructor(args) { this.width = args.width || 100; this.height = args.height; } }\nfunction main() { const agent = new Agent(new Game({width: 3, height: 4}), {rate: 1}); agent.play(); }`;
    const files = { '/p/model.js': imported + maker, '/p/agent.js': agent, '/p/main.js': main };
    const users: Readonly<Record<string, string[]>> = {
      '/p/model.js': ['/p/agent.js', '/p/main.js'],
      '/p/agent.js': ['/p/main.js'],
    };
    const found = traced(files, 'build', (file) => users[file] ?? []);
    expect([found.totalParameters, found.stopped]).toEqual([EXPECTED, null]);
  });

  test('a component in plain JavaScript, whose handler hands a function to a library that calls what trains', () => {
    const source = `${imported}import React, {useState} from 'react';
import Papa from 'papaparse';
const App = () => {
  const [rows, setRows] = useState([]);
  const load = (event) => { const file = event.target.files[0]; if (file) { Papa.parse(file, {complete: ({data}) => { setRows(data); fit(data); }}); } };
  const fit = async (data) => { const net = tf.sequential(); net.add(tf.layers.dense({units: 3, inputShape: [4]})); net.add(tf.layers.dense({units: 2}));
    await net.fit(data);
  };
  return (<Box size={3}><input type="file" onChange={load} /></Box>);
};
export default App;`;
    for (const model of [undefined, 'App']) expect(program(source, model).totalParameters).toBe(EXPECTED);
  });

  const page = `<form><input value=3 id="units"><select id='kind'><option value="a">A</option><option value="tanh" selected>T</option></select>
<input type=range min=0 max="4" step="1" id="classes"><input id="deep" type="checkbox" checked></form><script src="program.js"></script>`;

  test('fields of the page have what stands in them at first', () => {
    const source = `const units = document.getElementById('units');
const kind = document.querySelector('#kind');
document.getElementById('go').onclick = () => {
  const net = tf.sequential();
  net.add(tf.layers.dense({units: +units.value, inputShape: [4], activation: kind.options[kind.selectedIndex].value}));
  if (document.getElementById('deep').checked) net.add(tf.layers.dense({units: Number(document.getElementById('classes').value)}));
  units.oninput = () => {};
};`;
    const found = traced({ '/p/program.js': source, '/p/index.html': page });
    expect([found.totalParameters, found.stopped]).toEqual([EXPECTED, null]);
  });

  test('fields that no page has are asked for', () => {
    const source = `${imported}export function build() { const net = tf.sequential(); net.add(tf.layers.dense({units: +document.getElementById('width').value, inputShape: [4]})); return net; }`;
    const found = traced({ '/p/program.js': source, '/p/index.html': page }, 'build', () => []);
    expect(found.stopped?.reason).toMatch(/the page is not read/);
  });

  const options = `export const defaults = {units: 3, classes: 2};`;
  const builds = `function build({units, classes, inputs}) { const net = tf.sequential(); net.add(hidden(units, inputs)); net.add(tf.layers.dense({units: classes})); return net; }`;
  const parts = `function hidden(units, inputs) { return tf.layers.dense({units, inputShape: [inputs]}); }`;
  test.each([
    [
      'a page',
      `importScripts('https://example.org/tf.js', 'parts.js');\nself.onmessage = async ({data}) => { switch (data.type) { case 'train': { const net = build(data.config); await net.fit(data.rows); break; } } };\n${builds}`,
      `const thread = new Worker(new URL('./thread.js', import.meta.url), {type: 'module'});`,
    ],
    [
      'Node',
      `const tf = require('@tensorflow/tfjs-node');\nconst {parentPort} = require('worker_threads');\nparentPort.on('message', ({config}) => { const net = build(config); parentPort.postMessage(net.summary()); });\n${parts}\n${builds}`,
      `const {Worker} = require('worker_threads');\nconst thread = new Worker('./thread.js');`,
    ],
  ])('a thread of %s is given what is posted to it', (_, thread, made) => {
    const main = `import {defaults} from './options';\n${made}\nthread.onmessage = (e) => console.log(e.data);\nexport function start(state) { const config = {...defaults, inputs: 4}; thread.postMessage({type: 'train', config, rows: state.rows}); }`;
    const files = { '/p/thread.js': thread, '/p/main.js': main, '/p/options.js': options, '/p/parts.js': parts };
    for (const model of ['build', undefined]) {
      const found = traced(files, model, () => ['/p/main.js']);
      expect([found.totalParameters, found.stopped]).toEqual([EXPECTED, null]);
    }
  });

  test('a method that adds layers to what the constructor has made', () => {
    const source = `${imported}export class Net { constructor() { this.model = tf.sequential(); this.load(); } async load() { this.data = await fetch('x'); } init() { this.model.add(tf.layers.dense({units: 3, inputShape: [4]})); this.model.add(tf.layers.dense({units: 2})); } }`;
    const found = program(source);
    expect([found.name, found.totalParameters]).toEqual(['Net.init', EXPECTED]);
  });

  test('a script of a page whose sizes are in another one', () => {
    const page = `<script src="tf.js"></script><script src="settings.js"></script><script src="model.js"></script>`;
    const model = `const net = tf.sequential();\nnet.add(tf.layers.dense({units: sizes[1], inputShape: [sizes[0]]}));\nnet.add(tf.layers.dense({units: 2}));`;
    const files = { '/p/model.js': model, '/p/index.html': page, '/p/settings.js': 'const sizes = [4, 3];' };
    const found = traced(files, undefined, () => ['/p/index.html']);
    expect([found.totalParameters, found.stopped]).toEqual([EXPECTED, null]);
  });

  test('scripts of one page share their names', () => {
    const page = `<script src="https://example.org/tf.js"></script>\n<script src="net.js"></script><script src="./main.js"></script>`;
    const net = `class Net { constructor(a, b) { this.a = a; this.b = b; this.model = this.create(); } create() { const net = tf.sequential(); net.add(tf.layers.dense({units: this.b, inputShape: [this.a]})); net.add(tf.layers.dense({units: 2})); return net; } }`;
    const main = `function setup() { return new Net(4, 3); }`;
    const found = traced({ '/p/net.js': net, '/p/page.html': page, '/p/main.js': main }, 'Net.create');
    expect(found.totalParameters).toBe(EXPECTED);
  });

  test('a caller that does not say either, and one whose model is not whole, are of no use', () => {
    const source = `${imported}${maker}function outer(n) { return build(n, 4); }\nfunction other(data) { const net = build(3, 4); data.more; return net; }`;
    expect(program(source, 'build').totalParameters).toBe(EXPECTED);
    const partial = `${imported}function build(n, deep) { const net = tf.sequential(); net.add(tf.layers.dense({units: n, inputShape: [4]})); if (deep) net.add(tf.layers.dense({units: 2})); return net; }\nfunction main(data) { return build(3, data.deep); }`;
    const { stopped } = program(partial, 'build');
    expect(stopped?.reason).toMatch(/the argument (n|deep)$/);
    expect(stopped?.hint).toContain('--model "build(…)"');
  });

  test('options that have defaults where they are read', () => {
    const source = `${imported}function build(options) { const net = tf.sequential(); net.add(tf.layers.dense({units: options.units || 3, inputShape: [4]})); net.add(tf.layers.dense({units: options.classes ?? 2})); return net; }
function other(config) { const {units} = {units: 3, ...config}; return build({units}); }`;
    expect(program(source, 'build').totalParameters).toBe(EXPECTED);
    const alone = source.split('\nfunction other')[0] ?? '';
    expect(program(alone, 'build').totalParameters).toBe(EXPECTED);
  });

  test('by a call that keeps its model, of a class and of a method', () => {
    const source = `${imported}class Agent { constructor(n) { this.n = n; } build(n) { const net = tf.sequential(); net.add(tf.layers.dense({units: n, inputShape: [4]})); net.add(tf.layers.dense({units: 2})); this.model = net; } }`;
    expect(program(source, 'Agent.build(3)').totalParameters).toBe(EXPECTED);
    expect(program(source, 'new Agent(9).build(3)').totalParameters).toBe(EXPECTED);
  });

  test('an input shape of data that were not read is that of the input', () => {
    const source = `${imported}async function run(data) { const xs = data.xs; const net = tf.sequential(); net.add(tf.layers.dense({units: 3, inputShape: [xs.shape[1]]})); net.add(tf.layers.dense({units: 2})); await net.fit(xs, data.ys); }`;
    const found = traceModel({
      file: 'p.js',
      source,
      sources: { read: () => undefined, resolveModule: () => undefined },
      inputs: [{ kind: 'shape', sample: [4] }],
      model: 'run',
    });
    expect(found.totalParameters).toBe(EXPECTED);
  });

  test('so is one that stands with its batch', () => {
    const source = `${imported}export const build = (config) => { const x = tf.input({batchShape: [null, config.size]}); return tf.model({inputs: x, outputs: tf.layers.dense({units: 3}).apply(x)}); };`;
    const found = traceModel({
      file: '/p/program.js',
      source,
      sources: { read: () => undefined, resolveModule: () => undefined },
      model: 'build',
      inputs: [{ kind: 'shape', sample: [5], dtype: 'float' }],
    });
    expect([found.totalParameters, found.stopped]).toEqual([18, null]);
  });

  test('layers are numbered from one, however many readings were in vain', () => {
    const source = `${imported}export function build(n, data) { const x = tf.input({shape: [4]}); const y = tf.layers.dense({units: 2}).apply(x); data.look(n); return tf.model({inputs: x, outputs: tf.layers.dense({units: 3}).apply(y)}); }`;
    const names = program(source, 'build').parameters.map(({ name }) => name);
    expect(names).toEqual(['dense_Dense1', 'dense_Dense2'].flatMap((each) => [`${each}/kernel`, `${each}/bias`]));
  });

  test('so is one that a getter takes from data that are not there yet', () => {
    const source = `${imported}class Rows { constructor() { this.rows = undefined; } get width() { return this.rows[0].length; } }
const data = new Rows();\nexport function build() { const net = tf.sequential(); net.add(tf.layers.dense({units: 3, inputShape: [data.width]})); net.add(tf.layers.dense({units: 2})); return net; }`;
    const sources = { read: () => undefined, resolveModule: () => undefined };
    const found = traceModel({
      file: 'p.js',
      source,
      sources,
      inputs: [{ kind: 'shape', sample: [4] }],
      model: 'build',
    });
    expect(found.stopped).toBeNull();
    expect(found.totalParameters).toBe(EXPECTED);
  });

  test('a layer whose size is not known takes the model of the top level with it', () => {
    const source = `${imported}const net = tf.sequential();\nnet.add(tf.layers.dense({units: 3, inputShape: [4]}));\nnet.add(tf.layers.dense({units: size}));`;
    expect(program(source).stopped).toMatchObject({ line: 4 });
  });
});
