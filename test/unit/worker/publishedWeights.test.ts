/** Published weights that Keras has kept: the file is one of MobileNet as Keras 3.15 wrote it (`test/fixtures/keras/published.py`). */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TracedModel } from '../../../server/src/frontend/model';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { Node } from '../../../server/src/graph/node';
import type { ConstantData } from '../../../server/src/graph/primitives';
import { loadState } from '../../../server/src/worker/loadParameters';

const fixtures = resolve('test/fixtures/keras');
const home = mkdtempSync(join(tmpdir(), 'hessian-lens-keras-'));
const FILE = 'mobilenet_2_5_128_tf_no_top.h5';
const base = 'MobileNet(alpha=0.25, input_shape=(128, 128, 3), include_top=False)';

const traced = (code: string): TracedModel =>
  traceModel({
    file: 'model.py',
    source: `import keras\nfrom keras.applications import MobileNet\n${code}\n`,
    sources: { read: () => undefined, resolveModule: () => undefined },
    batch: 1,
  });

async function outputOf(model: TracedModel): Promise<ConstantData> {
  const { parameters, buffers } = await loadState(model, undefined);
  const feeds = new Map<Node, ConstantData>();
  for (const { name, node } of model.parameters) feeds.set(node, parameters.get(name) ?? new Float64Array(0));
  for (const { name, node } of model.buffers)
    if (node.primitive === 'input') feeds.set(node, Float64Array.from(buffers.get(name)?.data ?? []));
  for (const { node } of model.inputs)
    feeds.set(
      node,
      Float64Array.from({ length: 128 * 128 * 3 }, (_, i) => ((i * i) % 23) / 23),
    );
  const [output = new Float64Array(0)] = evaluate(model.outputNode === undefined ? [] : [model.outputNode], feeds);
  return output;
}

describe('published weights that Keras keeps', () => {
  beforeAll(() => {
    mkdirSync(join(home, 'models'));
    writeFileSync(join(home, 'models', FILE), gunzipSync(readFileSync(join(fixtures, 'published.h5.gz'))));
    vi.stubEnv('KERAS_HOME', home);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true });
  });

  test('are those of the model, which gives what Keras gives', async () => {
    const { count, sum, first } = JSON.parse(readFileSync(join(fixtures, 'published.json'), 'utf8')) as {
      count: number;
      sum: number;
      first: readonly number[];
    };
    const output = await outputOf(traced(`model = ${base}`));
    expect(output.length).toBe(count);
    first.forEach((value, i) => expect(output[i]).toBeCloseTo(value, 4));
    expect(Array.from(output).reduce((a, b) => a + b, 0) / sum).toBeCloseTo(1, 5);
  });

  test.each([
    [
      'a layer of another model',
      `base = ${base}\nmodel = keras.Sequential([base, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3)])`,
    ],
    [
      'the beginning of a graph, frozen',
      `base = ${base}\nbase.trainable = False\nx = keras.layers.GlobalAveragePooling2D()(base.output)\nmodel = keras.Model(base.input, keras.layers.Dense(3)(x))`,
    ],
  ])('are those of %s; the rest begins as the code says', async (_, code) => {
    const own = await loadState(traced(`model = ${base}`), undefined);
    const model = traced(code);
    expect(model.stopped).toBeNull();
    const { parameters, notes } = await loadState(model, undefined);
    const kernelOf = (state: ReadonlyMap<string, Float64Array>): Float64Array | undefined =>
      [...state].find(([name]) => name.endsWith('conv_pw_13/kernel'))?.[1];
    expect(kernelOf(parameters)).toEqual(kernelOf(own.parameters));
    expect([...parameters].find(([name]) => /dense\/kernel$/.test(name))?.[1].some((value) => value !== 0)).toBe(true);
    expect(notes[0]).toMatch(
      /published weights of MobileNet \(model\.py:3\), which are in .*mobilenet_2_5_128_tf_no_top\.h5/,
    );
  });

  test('of another size, or with weights=None, are not taken', async () => {
    const other = await loadState(traced(`model = ${base.replaceAll('128', '160')}`), undefined);
    expect(other.notes[0]).toMatch(/which are not here/);
    const none = await loadState(
      traced(`model = ${base.replace('include_top', 'weights=None, include_top')}`),
      undefined,
    );
    expect(none.notes.join()).not.toMatch(/published/);
  });

  test('that do not fit are told of, and not taken', async () => {
    const { notes } = await loadState(traced(`model = ${base.replace('alpha=0.25', 'alpha=0.3')}`), undefined);
    expect(notes[0]).toMatch(
      /which Keras keeps for MobileNet, was not used: .* in the model, .* in the file; initial values are used/,
    );
  });
});
