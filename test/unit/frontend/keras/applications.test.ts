/** keras.applications: the weights that Keras's own models have (test/fixtures/keras/applications.py). */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import { noSources } from '../onnx/fixtures';
import { folder } from './recorded';

interface Written {
  /** [path, shape] of each, or the SHA-256 of that list as JSON. */
  readonly weights: readonly (readonly [string, readonly number[]])[] | string;
  readonly count: number;
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

/** One of each kind: the others differ in sizes, and take as long. */
const kinds =
  'ConvNeXtTiny DenseNet121 EfficientNetB0 EfficientNetB3 EfficientNetV2B0 EfficientNetV2S InceptionResNetV2 InceptionV3 MobileNet ' +
  'MobileNetV2 MobileNetV3Large MobileNetV3Small NASNetMobile ResNet50 ResNet50V2 VGG16 VGG19 Xception';
const chosen = Object.entries(written).filter(([call]) => kinds.split(' ').includes(call.split('(', 1)[0] ?? ''));

/** Models of hundreds of layers, on slow machines. */
const MILLISECONDS = 60_000;

describe('keras.applications', { timeout: MILLISECONDS }, () => {
  it.each(chosen)('%s', (call, { weights, count, parameters, output }) => {
    const { stopped, stateKeys, outputNode, pretrained } = traced(call);
    expect(stopped).toBeNull();
    const found = stateKeys.map(({ key, shape }) => [key, [...shape]]);
    if (typeof weights === 'string')
      expect(createHash('sha256').update(JSON.stringify(found)).digest('hex')).toBe(weights);
    else expect(found).toEqual(weights);
    expect(found).toHaveLength(count);
    expect(stateKeys.reduce((sum, { shape }) => sum + shape.reduce((all, size) => all * size, 1), 0)).toBe(parameters);
    expect(outputNode?.shape.slice(1)).toEqual(output.slice(1));
    expect(pretrained).toEqual([]);
  });

  it('published weights are noted', () => {
    const { pretrained } = traced('MobileNetV2(include_top=False, input_shape=(32, 32, 3), alpha=0.35)');
    expect(pretrained?.map(({ model }) => model)).toEqual(['MobileNetV2']);
  });
});
