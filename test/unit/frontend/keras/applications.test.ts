/** keras.applications: the weights that Keras's own models have (test/fixtures/keras/applications.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import { noSources } from '../onnx/fixtures';
import { folder } from './recorded';

interface Written {
  readonly weights: readonly (readonly [string, readonly number[]])[];
  readonly parameters: number;
  readonly output: readonly (number | null)[];
}

const written = JSON.parse(readFileSync(join(folder, 'applications.json'), 'utf8')) as Readonly<
  Record<string, Written>
>;

const traced = (call: string): ReturnType<typeof traceModel> =>
  traceModel({
    file: 'model.py',
    source: `from tensorflow.keras import applications\ndef build():\n    return applications.${call}\n`,
    sources: noSources,
    model: 'build()',
    batch: 1,
    limits: { seconds: 60 },
  });

/** Models of hundreds of layers, on slow machines. */
const MILLISECONDS = 60_000;

describe('keras.applications', { timeout: MILLISECONDS }, () => {
  it.each(Object.entries(written))('%s', (call, { weights, parameters, output }) => {
    const { stopped, stateKeys, outputNode, pretrained } = traced(call);
    expect(stopped).toBeNull();
    expect(stateKeys.map(({ key, shape }) => [key, [...shape]])).toEqual(weights);
    expect(stateKeys.reduce((sum, { shape }) => sum + shape.reduce((all, size) => all * size, 1), 0)).toBe(parameters);
    expect(outputNode?.shape.slice(1)).toEqual(output.slice(1));
    expect(pretrained).toEqual([]);
  });

  it('published weights are noted', () => {
    const { pretrained } = traced('MobileNetV2(include_top=False, input_shape=(32, 32, 3), alpha=0.35)');
    expect(pretrained?.map(({ model }) => model)).toEqual(['MobileNetV2']);
  });
});
