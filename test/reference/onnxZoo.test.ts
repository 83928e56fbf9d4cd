/**
 * A zoo of exported networks, where HESSIAN_LENS_ONNX_ZOO names the folder that onnxZoo.py wrote: each is read, gives what ONNX
 * Runtime gives, has as many parameters as its source (but for what its exporter joined), and its Hessian-vector product is the
 * central difference of its gradient. HESSIAN_LENS_ONNX_ZOO_ONLY: a regular expression for names.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { gradient } from '../../server/src/autodiff/gradient';
import { hessianVectorProduct } from '../../server/src/autodiff/hessianVectorProduct';
import { openCheckpointAt } from '../../server/src/checkpoint/checkpointFiles';
import { toFloat64 } from '../../server/src/checkpoint/elementType';
import type { TracedInput, TracedModel } from '../../server/src/frontend/model';
import { openModelFile } from '../../server/src/frontend/modelFiles';
import { evaluate } from '../../server/src/graph/evaluate/evaluate';
import { elementCount, type Node } from '../../server/src/graph/node';
import { input } from '../../server/src/graph/operations';
import type { ConstantData } from '../../server/src/graph/primitives';
import { DiskDataFiles } from '../../server/src/project/diskDataFiles';
import { loadState } from '../../server/src/worker/loadParameters';

const folder = process.env['HESSIAN_LENS_ONNX_ZOO'] ?? '';
const only = new RegExp(process.env['HESSIAN_LENS_ONNX_ZOO_ONLY'] ?? '');
const written = folder === '' ? [] : readdirSync(folder).filter((name) => /\.json$/.test(name) && only.test(name));
const names = written.map((name) => name.replace(/\.json$/, ''));

/** ONNX Runtime computes in float32, in another order. */
const FORWARD_TOLERANCE = 1e-4;
/** Of the norm. */
const DIFFERENCE_TOLERANCE = 1e-3;
/** Of relative size: longer ones cross kinks of ReLU and maxima, of which deep networks have many. */
const STEP = 1e-8;
/** A joined normalisation takes the place of two vectors and a bias. */
const JOINED_SHARE = 0.02;

type Feeds = Map<Node, ConstantData>;

const norm = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, x) => sum + x * x, 0));

async function arraysOf(path: string, files: DiskDataFiles): Promise<Map<string, Float64Array>> {
  const { tensors } = await openCheckpointAt(files, path);
  const found = new Map<string, Float64Array>();
  for (const tensor of tensors) found.set(tensor.name, toFloat64(await tensor.read()));
  return found;
}

/** The first `batch` samples for the inputs, and the weights of the file. */
async function feedsOf(
  traced: TracedModel,
  file: string,
  arrays: ReadonlyMap<string, Float64Array>,
  batch: number,
): Promise<Feeds> {
  const { parameters, buffers } = await loadState(traced, file);
  const feeds: Feeds = new Map();
  for (const { name, node } of traced.parameters) feeds.set(node, parameters.get(name) ?? new Float64Array(0));
  for (const { name, node } of traced.buffers)
    if (node.primitive === 'input') feeds.set(node, dataOf(buffers.get(name)));
  for (const { name, node, dtype, shape } of traced.inputs) {
    const values = arrays.get(name)?.subarray(0, (elementCount(shape) / (shape[0] ?? 1)) * batch);
    feeds.set(node, dtype === 'int' ? Int32Array.from(values ?? []) : (values ?? new Float64Array(0)));
  }
  return feeds;
}

const dataOf = (value: { readonly data: ArrayLike<number> } | undefined): Float64Array =>
  Float64Array.from(value?.data ?? []);

/** Shapes of the samples, where the file leaves them open. */
const inputsOf = (inputs: readonly TracedInput[]): string => inputs.map(({ shape }) => `[${shape.join(', ')}]`).join();

function differenceOf(traced: TracedModel, feeds: Feeds): number {
  const { parameters, loss } = traced;
  if (loss === undefined) throw new Error('no loss');
  const nodes = parameters.map(({ node }) => node);
  const directions = parameters.map(({ name, shape }) => input(name, shape));
  const slopes = gradient(loss.node, nodes);
  const v = parameters.map(({ node }, p) =>
    Float64Array.from(feeds.get(node) ?? [], (value, i) => Math.cos(0.7 * i + p) * Math.max(1e-3, Math.abs(value))),
  );
  const moved = (step: number): readonly ConstantData[] => {
    const at: Feeds = new Map(feeds);
    nodes.forEach((node, p) =>
      at.set(
        node,
        Float64Array.from(feeds.get(node) ?? [], (value, i) => value + step * (v[p]?.[i] ?? 0)),
      ),
    );
    return evaluate(slopes, at);
  };
  const [after, before] = [moved(STEP), moved(-STEP)];
  const differences = after.flatMap((values, p) =>
    Array.from(values, (value, i) => (value - (before[p]?.[i] ?? NaN)) / (2 * STEP)),
  );
  const at: Feeds = new Map(feeds);
  directions.forEach((node, p) => at.set(node, v[p] ?? new Float64Array(0)));
  const products = evaluate(hessianVectorProduct(loss.node, nodes, directions), at).flatMap((each) => [...each]);
  return norm(products.map((value, i) => value - (differences[i] ?? NaN))) / norm(differences);
}

describe.skipIf(names.length === 0)('the zoo', () => {
  let passed = 0;
  afterAll(() => console.log(`${passed} of ${names.length} networks`));

  it.each(names)('%s', async (name) => {
    const files = new DiskDataFiles();
    try {
      const file = join(folder, `${name}.onnx`);
      const model = await openModelFile(files, file);
      const arrays = await arraysOf(join(folder, `${name}.npz`), files);
      const request = { file, source: '', sources: { read: () => undefined, resolveModule: () => undefined } };
      const whole = model.trace({ ...request, batch: 2 });
      expect(whole.stopped).toBeNull();
      const expected = arrays.get('output') ?? new Float64Array(0);
      const [output = new Float64Array(0)] = evaluate(
        whole.outputNode === undefined ? [] : [whole.outputNode],
        await feedsOf(whole, file, arrays, 2),
      );
      expect(output.length, inputsOf(whole.inputs)).toBe(expected.length);
      const size = Math.max(1e-3, ...Array.from(expected, Math.abs));
      const error = Math.max(...Array.from(output, (value, i) => Math.abs(value - (expected[i] ?? NaN)))) / size;
      expect(error).toBeLessThan(FORWARD_TOLERANCE);
      const { parameters } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as { parameters: number };
      const missing = (whole.totalParameters - parameters) / parameters;
      const scored = model.trace({ ...request, batch: 1, loss: { kind: 'name', name: 'sum_squares' } });
      expect(scored.stopped).toBeNull();
      const difference = differenceOf(scored, await feedsOf(scored, file, arrays, 1));
      console.log(
        `${name}: forward ${error.toExponential(1)}, parameters ${whole.totalParameters} of ${parameters}, Hv ${difference.toExponential(1)}`,
      );
      expect(Math.abs(missing), 'parameters').toBeLessThan(JOINED_SHARE);
      expect(difference).toBeLessThan(DIFFERENCE_TOLERANCE);
      passed++;
    } finally {
      await files.close();
    }
  });
});
