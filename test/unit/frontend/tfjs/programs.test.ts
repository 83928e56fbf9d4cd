/** Programs that keep their model to themselves: in methods, callbacks, components and pages. */
import { describe, expect, test } from 'vitest';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import type { TracedModel } from '../../../../server/src/frontend/model';

const imported = `import * as tf from '@tensorflow/tfjs';\n`;
const layersOf = (units: string): string =>
  `const net = tf.sequential(); net.add(tf.layers.dense({units: ${units}, inputShape: [4]})); net.add(tf.layers.dense({units: 2}));`;
/** Of two dense layers with 3 units between them. */
const EXPECTED = 4 * 3 + 3 + 3 * 2 + 2;

const traced = (source: string, model?: string, file = 'program.js'): TracedModel =>
  traceModel({
    file,
    source,
    sources: { read: () => undefined, resolveModule: () => undefined },
    // Of a machine that does other things, too.
    limits: { seconds: 30 },
    ...(model === undefined ? {} : { model }),
  });

const programs: Readonly<Record<string, readonly [source: string, model?: string]>> = {
  'a function that trains and returns nothing': [
    `${imported}async function run(data) { ${layersOf('3')} net.compile({optimizer: 'sgd', loss: 'meanSquaredError'}); await net.fit(data.xs, data.ys); if (data.more) net.summary(); }`,
    'run',
  ],
  'a method that keeps its model': [
    `${imported}class Agent { constructor(size) { this.size = size; } build(xs) { ${layersOf('3')} this.model = net; } }`,
    'Agent.build',
  ],
  'a constructor': [`${imported}class Agent { constructor() { ${layersOf('3')} this.model = net; } }`, 'Agent'],
  'a field that is a function': [
    `${imported}export class Agent { units = 3; build = () => { ${layersOf('this.units')} this.model = net; } }`,
    'Agent.build',
  ],
  'an object of functions': [
    `${imported}function network() { function getModel() { ${layersOf('3')} return net; } return {getModel}; }`,
    'network',
  ],
  'a method of an object': [
    `${imported}const maker = {units: 3, get more() { return this.units; }, build() { ${layersOf('this.more')} return net; }};\nconst model = maker.build();`,
  ],
  'a callback of a page': [
    `${imported}document.querySelector('#go').addEventListener('click', async () => { ${layersOf('3')} await net.fit(xs, ys); });`,
  ],
  'a function that is called where it stands': [`${imported}(async () => { ${layersOf('3')} net.summary(); })();`],
  'a page that loads TensorFlow.js itself': [`function createModel() { ${layersOf('3')} return net; }`, 'createModel'],
  'TensorFlow.js as an argument': [
    `const tf0 = require('@tensorflow/tfjs'); function createModel(tf) { ${layersOf('3')} return net; }`,
    'createModel',
  ],
  'a component with an effect': [
    `${imported}import {useEffect, useState} from 'react';\nexport const App = () => { const [units] = useState(3); useEffect(() => { ${layersOf('units')} }, []); return 1; };`,
    'App',
  ],
  'a model made by new, and one that extends it': [
    `${imported}class Net extends tf.Sequential { constructor(units) { super(); this.add(tf.layers.dense({units, inputShape: [4]})); this.add(tf.layers.dense({units: 2})); } }\nconst first = new tf.Sequential(); first.add(tf.layers.dense({units: 9, inputShape: [9]}));\nconst model = new Net(3);`,
    'model',
  ],
  'a class inside an expression': [
    `${imported}const Maker = class { build() { ${layersOf('3')} return net; } };\nconst model = new Maker().build();`,
  ],
  'the defaults of a command line': [
    `${imported}const argparse = require('argparse'); const parser = new argparse.ArgumentParser({description: 'x'}); parser.addArgument('--units', {type: 'int', defaultValue: 3, help: 'u'}); const args = parser.parseArgs();\nfunction createModel() { ${layersOf('args.units')} return net; }`,
    'createModel',
  ],
  'a handler that a page is given by an assignment': [
    `${imported}window.onload = async () => { ${layersOf('3')} await net.fit(xs, ys); };`,
  ],
  'the whole of a package, by its default': [
    `import tf from '@tensorflow/tfjs';\nconst model = (() => { ${layersOf('3')} return net; })();`,
    'model',
  ],
  'a function that is all a file exports': [
    `const tf = require('@tensorflow/tfjs');\nmodule.exports = async () => { ${layersOf('3')} await net.fit(xs, ys); };`,
    'default',
  ],
  'an exported default without a name': [
    `${imported}export default () => { ${layersOf('3')} return net; };`,
    'default',
  ],
  'a function among the exports': [
    `const tf = require('@tensorflow/tfjs');\nexports.build = function (units = 3) { ${layersOf('units')} return net; };`,
    'build',
  ],
  'a component of Vue': [
    `${imported}export default { data() { return {units: 3}; }, computed: { size() { return this.units; } }, methods: { shape() { return this.size; }, async train() { ${layersOf('this.shape()')} this.model = net; await net.fit(this.xs, this.ys); } } };`,
  ],
  'a component that is made in place': [
    `${imported}new Vue({el: '#app', data: {units: 3}, methods: { train: function () { ${layersOf('this.units')} this.model = net; } }});`,
  ],
  'an argument that no layer takes': [
    `${imported}function build() { const net = tf.sequential(); net.add(tf.layers.dense({units: 3, inputShape: [4], kernelInitialzer: 'zeros'})); net.add(tf.layers.dense({units: 2})); return net; }`,
    'build',
  ],
  'maps, sets and labels': [
    `${imported}const sizes = new Map([['hidden', 3]]); outer: for (const size of new Set([1, 2])) { continue; }\nfunction createModel() { ${layersOf("sizes.get('hidden')")} return net; }`,
    'createModel',
  ],
};

describe('programs', () => {
  test.each(Object.entries(programs))('%s', (_, [source, model]) => {
    const found = traced(source, model);
    expect(found.stopped).toBeNull();
    expect(found.totalParameters).toBe(EXPECTED);
  });

  test('a component with elements that are given a function', () => {
    const source = `${imported}export const App = () => { const train = async () => { ${layersOf('3')} }; return <div><button onClick={train}>go</button></div>; };`;
    expect(traced(source, 'App', 'program.tsx').totalParameters).toBe(EXPECTED);
  });

  test('a handler of an element that is shown under a condition', () => {
    const source = `${imported}export const App = () => { const train = async () => { ${layersOf('3')} }; return <div>{ready ? (<>{model && <button onClick={train}>go</button>}</>) : names.map((each) => <b onClick={each}>x</b>)}</div>; };`;
    expect(traced(source, 'App', 'program.tsx').totalParameters).toBe(EXPECTED);
  });

  test('an argument of another layer is not passed over', () => {
    const source = `${imported}function build() { const net = tf.sequential(); net.add(tf.layers.dense({units: 3, inputShape: [4], poolSize: 2})); return net; }`;
    expect(traced(source, 'build').stopped?.reason).toMatch(/Dense is given pool_size/);
  });

  test('a model whose last layer cannot be made is none', () => {
    const source = `${imported}function build() { const net = tf.sequential(); net.add(tf.layers.dense({units: 3, inputShape: [4]}));\n net.add(\n  tf.layers.dense({units: 3, poolSize: 2})\n );\n this.net = net; }`;
    expect(traced(source, 'build').stopped?.reason).toMatch(/Dense is given pool_size/);
  });

  test('what a component of Vue is given by its page ends the reading', () => {
    const source = `${imported}export default { props: ['units'], data() { return {model: null}; }, methods: { train() { ${layersOf('this.units')} this.model = net; } } };`;
    expect(traced(source).stopped?.reason).toMatch(/name the model with --model/);
  });

  test('a model that a program would fetch says what to give', () => {
    const source = `${imported}async function build() { const base = await tf.loadLayersModel('https://example.org/model.json'); return tf.model({inputs: base.inputs, outputs: base.getLayer('last').output}); }`;
    expect(traced(source, 'build').stopped?.reason).toMatch(
      /the model at https:\/\/example.org\/model.json \(nothing is fetched: save/,
    );
  });

  test('a run that a limit ends has no model', () => {
    const source = `${imported}function build(more) { ${layersOf('3')} for (;;) net.name; }`;
    const found = traceModel({
      file: 'program.js',
      source,
      sources: { read: () => undefined, resolveModule: () => undefined },
      model: 'build',
      limits: { seconds: 100, steps: 150_000 },
    });
    expect(found.stopped?.reason).toMatch(/did not end within 150,000 steps/);
  });

  test('a layer that is passed over takes the model with it', () => {
    const source = `${imported}function run(options) { const net = tf.sequential(); net.add(tf.layers.dense({units: 3, inputShape: [4]})); if (options.deep) net.add(tf.layers.dense({units: 3})); net.add(tf.layers.dense({units: 2})); net.compile({optimizer: 'sgd', loss: 'meanSquaredError'}); }`;
    expect(traced(source, 'run').stopped?.reason).toMatch(/the argument options/);
  });

  test('a size that nobody gives stops at its place', () => {
    const { stopped } = traced(
      `${imported}function createModel(units) { ${layersOf('units')} return net; }`,
      'createModel',
    );
    expect(stopped?.line).toBe(2);
  });

  describe('a shape of inputs that the code does not determine', () => {
    const shapeOfData: Readonly<Record<string, string>> = {
      'of a first layer': 'tf.sequential({layers: [tf.layers.dense({units: 3, inputShape: [xs.shape[1]]})]})',
      'of a first layer, undefined': 'tf.sequential({layers: [tf.layers.dense({units: 3, inputShape: [{}.size]})]})',
      'of tf.input':
        '(() => { const x = tf.input({shape: [xs.shape[1]]}); return tf.model({inputs: x, outputs: tf.layers.dense({units: 3}).apply(x)}); })()',
    };
    test.each(Object.entries(shapeOfData))('%s is asked for, and taken as it is said', (_, made) => {
      const source = `${imported}async function build() {\n const xs = await download(); return ${made}; }`;
      const silent = traced(source, 'build');
      expect([silent.totalParameters, silent.line]).toEqual([0, 2]);
      expect(silent.stopped?.reason).toMatch(/^the (input )?shape of (the first layer|an input) is not known: /);
      expect(silent.stopped?.hint).toContain('--input 28x28x1');
      const sources = { read: () => undefined, resolveModule: () => undefined };
      const inputs = [{ kind: 'shape', sample: [7] }] as const;
      const told = traceModel({ file: 'program.js', source, sources, model: 'build', inputs });
      expect([told.totalParameters, told.stopped]).toEqual([7 * 3 + 3, null]);
    });
  });

  test('the usual MobileNet has the weights that Keras counts, and gives its inner outputs', () => {
    const address = 'https://storage.googleapis.com/tfjs-models/tfjs/mobilenet_v1_0.25_224/model.json';
    const source = `${imported}export async function base() { return tf.loadLayersModel('${address}'); }
export async function head() { const base = await tf.loadLayersModel('${address}'); const inner = base.getLayer('conv_pw_13_relu'); const cut = tf.model({inputs: base.inputs, outputs: inner.output}); return tf.sequential({layers: [tf.layers.flatten({inputShape: cut.outputs[0].shape.slice(1)}), tf.layers.dense({units: 2})]}); }`;
    // keras.applications.MobileNet(alpha=0.25): 475,544 numbers, 5,472 of them running statistics.
    const base = traced(source, 'base');
    expect(base.totalParameters).toBe(470_072);
    expect(base.buffers.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0)).toBe(5_472);
    expect(traced(source, 'head').totalParameters).toBe(7 * 7 * 256 * 2 + 2);
  });
});
