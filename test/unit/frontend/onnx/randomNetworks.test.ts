/**
 * Random networks, written by both exporters of PyTorch 2.13 with random settings (operator set, open or fixed batch, folding) and read with a batch of three: parameters, loss (mean
 * square of the output), norm of the gradient g, gᵀHg and the norm of Hg are those that PyTorch computes from the source in float64.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gradient } from '../../../../server/src/autodiff/gradient';
import { hessianVectorProduct } from '../../../../server/src/autodiff/hessianVectorProduct';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import { elementCount, type Node } from '../../../../server/src/graph/node';
import { constant } from '../../../../server/src/graph/operations';
import type { ConstantData } from '../../../../server/src/graph/primitives';
import { loadState } from '../../../../server/src/worker/loadParameters';
import { folder, noSources, opened } from './fixtures';

interface RandomNetwork {
  readonly file: string;
  readonly source: readonly string[];
  readonly exporter: 'trace' | 'dynamo';
  readonly x: readonly number[];
  readonly shape: readonly number[];
  readonly parameters: number;
  readonly loss: number;
  readonly gradient: number;
  /** gᵀHg and |Hg|. */
  readonly product: readonly [number, number];
}

/** Constants of the files are float32. */
const TOLERANCE = 1e-5;

const recorded = join(folder, 'random');
const networks = JSON.parse(readFileSync(join(recorded, 'cases.json'), 'utf8')) as readonly RandomNetwork[];

async function feedsOf(traced: TracedModel, file: string, x: readonly number[]): Promise<Map<Node, ConstantData>> {
  const state = await loadState(traced, file);
  const feeds = new Map<Node, ConstantData>();
  for (const { name, node } of traced.parameters) feeds.set(node, state.parameters.get(name) ?? new Float64Array(0));
  for (const { name, node } of traced.buffers)
    if (node.primitive === 'input') feeds.set(node, Float64Array.from(state.buffers.get(name)?.data ?? []));
  for (const { node, dtype } of traced.inputs)
    feeds.set(node, dtype === 'int' ? Int32Array.from(x) : Float64Array.from(x));
  for (const { node } of traced.loss?.targets ?? []) feeds.set(node, new Float64Array(elementCount(node.shape)));
  return feeds;
}

function dot(a: readonly ConstantData[], b: readonly ConstantData[]): number {
  const others = b.flatMap((part) => Array.from(part));
  return a.flatMap((part) => Array.from(part)).reduce((sum, value, i) => sum + value * (others[i] ?? NaN), 0);
}

/** Loss, |g|, gᵀHg and |Hg|. */
function curvature(traced: TracedModel, feeds: Map<Node, ConstantData>): number[] {
  if (traced.loss === undefined) throw new RangeError('no loss');
  const nodes = traced.parameters.map(({ node }) => node);
  const [loss, ...slope] = evaluate([traced.loss.node, ...gradient(traced.loss.node, nodes)], feeds);
  const along = slope.map((values, p) => constant(Float64Array.from(values), traced.parameters[p]?.shape ?? []));
  const product = evaluate(hessianVectorProduct(traced.loss.node, nodes, along), feeds);
  return [loss?.[0] ?? NaN, Math.sqrt(dot(slope, slope)), dot(slope, product), Math.sqrt(dot(product, product))];
}

describe('random networks have the curvature of their source', () => {
  test.each(networks.map((network) => [network.file, network.exporter, network.source.join('\n'), network] as const))(
    '%s (%s)\n%s',
    async (file, _exporter, _source, network) => {
      await opened(join(recorded, file), async (model, path) => {
        const loss = { kind: 'name', name: 'mse' } as const;
        const request = { file: path, source: '', sources: noSources, loss, batch: network.shape[0] ?? 1 };
        const traced = model.trace({ ...request, precision: 'float64' });
        expect(traced.stopped).toBeNull();
        expect(traced.totalParameters).toBe(network.parameters);
        const found = curvature(traced, await feedsOf(traced, path, network.x));
        const [along, length] = network.product;
        const scales = [network.loss, network.gradient, length * network.gradient, length];
        [network.loss, network.gradient, along, length].forEach((value, i) =>
          expect(Math.abs((found[i] ?? NaN) - value) / Math.max(scales[i] ?? 0, 1e-2)).toBeLessThan(TOLERANCE),
        );
      });
    },
  );
});

test('a matrix that the exporter joined with a normalisation, beside the same one turned round, is named', async () => {
  await opened(join(recorded, 'joinedBeside.onnx'), ({ trace }, file) => {
    const traced = trace({ file, source: '', sources: noSources, batch: 1 });
    expect(traced.parameters.map(({ name }) => name)).toEqual(['m0.weight', 't', 't_bias']);
    expect(traced.notes).toContainEqual(expect.stringMatching(/parameters that the file has as well: 2 \(t, t_bias\)/));
  });
});
