/** Sizes that a program takes from files of its workspace, and from the defaults of its command line. */
import { describe, expect, test } from 'vitest';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import type { TracedModel } from '../../../../server/src/frontend/model';

const build = `function build() { const net = tf.sequential(); net.add(tf.layers.dense({units: size, inputShape: [4]})); net.add(tf.layers.dense({units: 2})); return net; }`;
const EXPECTED = 4 * 3 + 3 + 3 * 2 + 2;
const imported = `import * as tf from '@tensorflow/tfjs';\n`;

/** The program lies in `/p/src`. */
function traced(source: string, files: Readonly<Record<string, string>> = {}, model = 'build'): TracedModel {
  return traceModel({
    file: '/p/src/program.js',
    source: imported + source,
    sources: { read: (path) => files[path], resolveModule: () => undefined },
    limits: { seconds: 100 },
    model,
  });
}

const settings = { '/p/config.json': '{"layers": [{"units": 3}], "rate": 1.5, "more": null}' };
const ofSettings = 'const size = config.layers[0].units;\n';

describe('sizes from files of the workspace', () => {
  test.each([
    ['imported', `import config from '../config.json';\n`],
    ['imported with attributes', `import config from '../config.json' with { type: 'json' };\n`],
    ['required', `const config = require('../config');\n`],
    ['parsed', `const fs = require('fs');\nconst config = JSON.parse(fs.readFileSync('./config.json', 'utf8'));\n`],
    [
      'parsed by an address',
      `import {readFileSync} from 'node:fs'; import path from 'path'; import {fileURLToPath} from 'url';\nconst here = path.dirname(fileURLToPath(import.meta.url));\nconst config = JSON.parse(readFileSync(path.join(here, '..', 'config.json')).toString());\n`,
    ],
    [
      'read later',
      `const fs = require('fs').promises;\nconst config = JSON.parse(await fs.readFile(\`\${__dirname}/../config.json\`));\n`,
    ],
  ])('%s', (_, source) => {
    const found = traced(source + ofSettings + build, settings);
    expect(found.stopped).toBeNull();
    expect(found.totalParameters).toBe(EXPECTED);
  });

  test('a file that is not there is named', () => {
    const source = `const fs = require('fs');\nconst size = JSON.parse(fs.readFileSync('absent.json')).size;\n`;
    expect(traced(source + build).stopped?.reason).toMatch(/the file 'absent.json', which is not in the workspace/);
  });

  test('a text that is no JSON is said to be none', () => {
    const source = `const fs = require('fs');\nconst size = JSON.parse(fs.readFileSync('../config.json')).size;\n`;
    expect(traced(source + build, { '/p/config.json': '{' }).stopped?.reason).toMatch(/a text that is no JSON/);
  });
});

test.each([
  [
    'yargs',
    `const argv = require('yargs').option('size', {alias: 's', default: 3}).help().argv;\nconst size = argv.s;\n`,
  ],
  [
    'yargs, called',
    `import yargs from 'yargs'; import {hideBin} from 'yargs/helpers';\nconst {hiddenSize: size} = yargs(hideBin(process.argv)).options({'hidden-size': {type: 'number', default: 3}}).parseSync();\n`,
  ],
  [
    'commander',
    `const {program} = require('commander');\nprogram.option('-d, --debug').option('--hidden-size <n>', 'units', parseInt, 3);\nprogram.parse(process.argv);\nconst size = program.opts().hiddenSize;\n`,
  ],
  [
    'minimist',
    `const args = require('minimist')(process.argv.slice(2), {default: {size: 3}});\nconst size = args.units || args.size;\n`,
  ],
])('the defaults of %s', (_, source) => {
  const found = traced(source + build);
  expect(found.stopped).toBeNull();
  expect(found.totalParameters).toBe(EXPECTED);
});

const base = {
  class_name: 'Sequential',
  config: {
    name: 'sequential_1',
    layers: [
      {
        class_name: 'Dense',
        config: { name: 'first', units: 3, batch_input_shape: [null, 4], use_bias: true, activation: 'relu' },
      },
      { class_name: 'Dense', config: { name: 'last', units: 9, use_bias: true, activation: 'linear' } },
    ],
  },
};
const saved = { '/p/src/base/model.json': JSON.stringify({ modelTopology: base, weightsManifest: [] }) };

test.each(['file://./base/model.json', 'file:///p/src/base/model.json', './base/model.json'])(
  'the head of a model that is loaded from %s',
  (address) => {
    const source = `async function build() { const base = await tf.loadLayersModel('${address}'); const cut = tf.model({inputs: base.inputs, outputs: base.getLayer('first').output}); return tf.sequential({layers: [cut, tf.layers.dense({units: 2})]}); }`;
    const found = traced(source, saved);
    expect(found.stopped).toBeNull();
    expect(found.totalParameters).toBe(EXPECTED);
  },
);
