/** Exported networks and what PyTorch computed with them. */
import { join, resolve } from 'node:path';
import { toFloat64 } from '../../../../server/src/checkpoint/elementType';
import { openCheckpointAt } from '../../../../server/src/checkpoint/checkpointFiles';
import type { OpenedModelFile } from '../../../../server/src/frontend/modelFiles';
import { openModelFile } from '../../../../server/src/frontend/modelFiles';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import { elementCount, type Node } from '../../../../server/src/graph/node';
import type { ConstantData } from '../../../../server/src/graph/primitives';
import { DiskDataFiles } from '../../../../server/src/project/diskDataFiles';
import { loadState } from '../../../../server/src/worker/loadParameters';
import type { SourceProvider } from '../../../../server/src/python/interpreter';

export const folder = resolve('test/fixtures/onnx');
export const noSources: SourceProvider = { read: () => undefined, resolveModule: () => undefined };

/** Opens a fixture, or a file by its whole path, for one test. */
export async function opened<T>(
  name: string,
  use: (model: OpenedModelFile, file: string) => Promise<T> | T,
): Promise<T> {
  const files = new DiskDataFiles();
  const file = resolve(folder, name);
  try {
    return await use(await openModelFile(files, file), file);
  } finally {
    await files.close();
  }
}

/** Inputs and outputs that PyTorch recorded. */
export async function recorded(name: string): Promise<{ x: Float64Array; xShape: readonly number[]; y: Float64Array }> {
  const files = new DiskDataFiles();
  try {
    const { tensors } = await openCheckpointAt(files, join(folder, `${name}.npz`));
    const read = async (key: string): Promise<{ values: Float64Array; shape: readonly number[] }> => {
      const tensor = tensors.find((each) => each.name === key);
      if (tensor === undefined) throw new RangeError(`${name}.npz has no ${key}`);
      return { values: toFloat64(await tensor.read()), shape: tensor.shape };
    };
    const [x, y] = [await read('x'), await read('y')];
    return { x: x.values, xShape: x.shape, y: y.values };
  } finally {
    await files.close();
  }
}

/** The output of a traced model with the weights of its file for an input. */
export async function outputOf(traced: TracedModel, file: string, x: Float64Array): Promise<ConstantData> {
  const state = await loadState(traced, file);
  const feeds = new Map<Node, ConstantData>();
  for (const { name, node } of traced.parameters) feeds.set(node, state.parameters.get(name) ?? new Float64Array(0));
  for (const { name, node } of traced.buffers)
    if (node.primitive === 'input') feeds.set(node, Float64Array.from(state.buffers.get(name)?.data ?? []));
  for (const { node, dtype } of traced.inputs) feeds.set(node, dtype === 'int' ? Int32Array.from(x) : x);
  const { outputNode } = traced;
  if (outputNode === undefined) throw new RangeError(traced.stopped?.reason ?? 'no output');
  const [values] = evaluate([outputNode], feeds);
  return values ?? new Float64Array(0);
}

/** What a traced loss needs: the checkpoint's values, `x` for every input, and classes that differ from sample to sample. */
export async function lossFeeds(
  traced: TracedModel,
  checkpoint: string,
  x: Float64Array,
): Promise<Map<Node, ConstantData>> {
  const state = await loadState(traced, checkpoint);
  const feeds = new Map<Node, ConstantData>();
  for (const { name, node } of traced.parameters) feeds.set(node, state.parameters.get(name) ?? new Float64Array(0));
  for (const { name, node } of traced.buffers)
    if (node.primitive === 'input') feeds.set(node, Float64Array.from(state.buffers.get(name)?.data ?? []));
  for (const { node, dtype } of traced.inputs) feeds.set(node, dtype === 'int' ? Int32Array.from(x) : x);
  for (const { node, range = 1 } of traced.loss?.targets ?? [])
    feeds.set(
      node,
      Int32Array.from({ length: elementCount(node.shape) }, (_, i) => (7 * i + 3) % range),
    );
  return feeds;
}
