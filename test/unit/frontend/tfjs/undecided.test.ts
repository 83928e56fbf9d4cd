/** Sizes that hang on what the source does not say: no model is shown that the program may not have. */
import { describe, expect, test } from 'vitest';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';

const imported = `import * as tf from '@tensorflow/tfjs';\n`;

const traced = (files: Readonly<Record<string, string>>, model?: string): TracedModel => {
  const [file = ''] = Object.keys(files);
  return traceModel({
    file,
    sources: {
      read: (path) => files[path],
      resolveModule: () => undefined,
      usersOf: (path) => Object.keys(files).filter((each) => each !== path),
    },
    limits: { seconds: 30 },
    ...(model === undefined ? {} : { model }),
  });
};
const program = (source: string, model?: string): TracedModel => traced({ '/p/program.js': imported + source }, model);

const net = (units: string): string =>
  `const net = tf.sequential(); net.add(tf.layers.dense({units: ${units}, inputShape: [4]})); return net;`;

const undecided: Readonly<Record<string, string>> = {
  'a member of an object': `const c = {units: 3}; function build(big) { if (big) { c.units = 64; } else { c.units = 10; } ${net('c.units')} }`,
  'a name of the file': `let units = 3; function build(big) { if (big) units = 64; ${net('units')} }`,
  'a member that a failing statement sets': `const c = {units: 3}; function build(big) { if (big) { c.units = 64; } c.units = c.none.units; ${net('c.units')} }`,
  'a member that a loop counts': `const c = {units: 3}; function build(big) { for (let i = 0; i < big; i++) c.units += 1; ${net('c.units')} }`,
  'a list that a loop fills': `const c = {rows: []}; function build(big) { for (let i = 0; i < big; i++) c.rows.push(i); ${net('c.rows.length + 1')} }`,
  'layers of a loop over an argument': `function build(sizes) { const net = tf.sequential(); sizes.forEach((units, i) => { net.add(tf.layers.dense({units, inputShape: [4]})); }); net.add(tf.layers.dense({units: 1})); return net; }`,
  'layers under a condition that fails': `function build(kind) { const net = tf.sequential(); net.add(tf.layers.inputLayer({inputShape: [4]})); if (kind.none.of) { net.add(tf.layers.dense({units: 2})); } else { net.add(tf.layers.dense({units: 3})); } return net; }`,
};

describe('what an argument decides', () => {
  test.each(Object.entries(undecided))('%s', (_, source) => {
    const { stopped, totalParameters } = program(source, 'build');
    expect([stopped === null, totalParameters]).toEqual([false, 0]);
  });

  test('a condition of a call that fails is said, not passed over', () => {
    const source = `function build(kind) { const net = tf.sequential(); net.add(tf.layers.inputLayer({inputShape: [4]})); if (kind.none.of) { net.add(tf.layers.dense({units: 2})); } return net; }`;
    expect(program(source, "build('lstm')").stopped?.reason).toMatch(/reading 'of'/);
  });

  test('texts are matched by texts', () => {
    const source = `function build(kind) { const net = tf.sequential(); net.add(tf.layers.dense({units: kind.match('lstm') ? 2 : 3, inputShape: [4]})); return net; }`;
    expect(program(source, "build('bi-lstm')").totalParameters).toBe(10);
    expect(program(source, "build('gru')").totalParameters).toBe(15);
  });

  test('layers of its own do not stand for the model that another file says the sizes of', () => {
    const model = `${imported}class Last extends tf.layers.Layer { call(x) { return x; } }\nexport function build(units) { const net = tf.sequential(); net.add(tf.layers.dense({units, inputShape: [4]})); net.add(new Last({})); return net; }`;
    const main = `import {build} from './model';\nconst net = build(3); net.summary();`;
    const found = traced({ '/p/model.js': model, '/p/main.js': main });
    expect([found.stopped, found.totalParameters]).toEqual([null, 15]);
  });
});

describe('what TensorFlow.js takes', () => {
  test('a number for an input shape', () => {
    const source = `function build() { const net = tf.sequential(); net.add(tf.layers.dense({units: 3, inputShape: 4})); return net; } function ends() { const x = tf.input({shape: 4}); return tf.model({inputs: x, outputs: tf.layers.dense({units: 3}).apply(x)}); }`;
    expect(program(source, 'build').totalParameters).toBe(15);
    expect(program(source, 'ends').totalParameters).toBe(15);
  });

  test('the library itself as an argument of --model', () => {
    const source = `function build(tf, shape) { const net = tf.sequential(); net.add(tf.layers.dense({units: 3, inputShape: shape})); return net; } module.exports = {build};`;
    expect(traced({ '/p/program.js': source }, 'build(tf, [4])').totalParameters).toBe(15);
  });
});

describe('scripts', () => {
  const own = `class Net { constructor() { this.model = tf.sequential(); this.model.add(tf.layers.dense({units: UNITS, inputShape: [4]})); } }`;
  const page = `<script src="lib.min.js"></script><script src="net.js"></script><script src="main.js"></script>`;

  test('a later script of the page says what the class names', () => {
    const files = { '/p/net.js': own, '/p/index.html': page, '/p/main.js': 'const UNITS = 3;' };
    const found = traced(files, 'new Net()');
    expect([found.stopped, found.totalParameters]).toEqual([null, 15]);
  });

  test('built copies of libraries are not run', () => {
    const files = { '/p/net.js': own, '/p/index.html': page, '/p/lib.min.js': 'const UNITS = 7;', '/p/main.js': '' };
    expect(traced(files, 'new Net()').stopped?.reason).toContain('the global UNITS is not read');
  });

  test('a class that is exported where it stands has its name', () => {
    const source = `const tf = require('@tensorflow/tfjs'); module.exports = class Critic { constructor(n) { this.model = tf.sequential(); this.model.add(tf.layers.dense({units: n, inputShape: [4]})); } };`;
    expect(traced({ '/p/program.js': source }, 'new Critic(3)').totalParameters).toBe(15);
    const user = `const Critic = require('./program'); new Critic(3);`;
    expect(traced({ '/p/program.js': source, '/p/main.js': user }).totalParameters).toBe(15);
  });
});
