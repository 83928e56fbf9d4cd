/** Analyses of ONNX files on as many samples as the data have: the loss is that of the scores PyTorch recorded. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import { runAnalysis } from '../../../server/src/worker/runAnalysis';
import { zip } from '../checkpoint/zipWriter';
import { npy } from '../dataset/memoryFiles';
import { folder as fixtures, recorded } from '../frontend/onnx/fixtures';

const folder = mkdtempSync(join(tmpdir(), 'hessian-lens-samples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const samples = 64;
const ignored = (): void => undefined;
const listener = { onPrediction: ignored, onProgress: ignored, onInputs: ignored, onPartial: ignored };

const analysed = (name: string, data: string): Promise<AnalysisResult> =>
  runAnalysis(
    {
      modelFile: join(fixtures, name),
      inputs: [],
      data,
      loss: 'cross_entropy',
      engine: 'reference',
      precision: 'float64',
      samples,
      top: 1,
      seed: 0,
      quantities: ['loss', 'lambda_max'],
    },
    listener,
    new AbortController().signal,
  );

/** The recorded samples over and over, until there are 64. */
function repeated(values: Float64Array): Float64Array {
  const size = values.length / 5;
  return Float64Array.from({ length: samples * size }, (_, i) => values[i % values.length] ?? NaN);
}

/** Mean of log Σ exp(scores) − the score of the class, over rows of scores. */
function crossEntropy(scores: Float64Array, labels: readonly number[]): number {
  const classes = scores.length / labels.length;
  const losses = labels.map((label, i) => {
    const row = scores.subarray(i * classes, (i + 1) * classes);
    return Math.log(row.reduce((sum, score) => sum + Math.exp(score), 0)) - (row[label] ?? NaN);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

const labelsOf = (count: number, classes: number): number[] =>
  Array.from({ length: count }, (_, i) => (7 * i + 3) % classes);

/** Arrays in the order they are given, each with a type of numpy. */
function written(name: string, arrays: Readonly<Record<string, Uint8Array>>): string {
  const path = join(folder, name);
  writeFileSync(path, zip(Object.entries(arrays).map(([key, data]) => ({ name: `${key}.npy`, data }))));
  return path;
}

test.each([
  ['convolutional', 4],
  ['recurrent', 3],
])('%s, written for one sample, on 64', async (name, classes) => {
  const { x, xShape, y } = await recorded(name);
  const labels = labelsOf(samples, classes);
  const data = written(`${name}.npz`, {
    inputs: npy('<f4', [samples, ...xShape.slice(1)], Float32Array.from(repeated(x))),
    labels: npy('<i8', [samples], BigInt64Array.from(labels, BigInt)),
  });
  const single = await analysed(`${name}-single.onnx`, data);
  expect(single.loss.samples).toBe(samples);
  expect(single.loss.value).toBeCloseTo(crossEntropy(repeated(y), labels), 5);
  const open = await analysed(`${name}-traced.onnx`, data);
  expect(single.loss.value).toBeCloseTo(open.loss.value, 12);
  const [one, other] = [single, open].map(({ spectrum }) => spectrum.top[0]?.value ?? NaN);
  expect(one).toBeGreaterThan(0);
  expect(one).toBeCloseTo(other ?? NaN, 8);
});

test('tokens of an .npz whose array is named like the input, behind the targets', async () => {
  const { x, xShape, y } = await recorded('language');
  const [, length = 0] = xShape;
  const labels = labelsOf(samples * length, 11);
  const arrays = {
    labels: npy('<i8', [samples, length], BigInt64Array.from(labels, BigInt)),
    x: npy('<i8', [samples, length], BigInt64Array.from(repeated(x), BigInt)),
  };
  const result = await analysed('language-traced.onnx', written('language.npz', arrays));
  expect(result.loss.samples).toBe(samples);
  expect(result.loss.value).toBeCloseTo(crossEntropy(repeated(y), labels), 5);
  expect(result.spectrum.top[0]?.value).toBeGreaterThan(0);
});
