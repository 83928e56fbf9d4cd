import { describe, expect, test } from 'vitest';
import { MemoryByteSource } from '../../../../server/src/checkpoint/byteSource';
import { readOnnxModelFile } from '../../../../server/src/checkpoint/onnx/onnxModelFile';
import { readInitializers } from '../../../../server/src/frontend/onnx/initializers';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { traceOnnx } from '../../../../server/src/frontend/onnx/traceOnnx';
import { noSources } from './fixtures';
import { modelBytes, type TestModel, type TestTensor } from './writer';

async function traced(model: TestModel, batch: number): Promise<TracedModel> {
  const file = 'model.onnx';
  const structure = await readOnnxModelFile(new MemoryByteSource(file, modelBytes(model)));
  const initializers = await readInitializers(structure, file);
  return traceOnnx({ file, structure, initializers }, { file, source: '', sources: noSources, batch });
}

const shape = { name: 'shape', dims: [2], values: [4, 6], type: 'int64' as const };
const written: TestModel = {
  opset: 17,
  nodes: [{ op: 'Reshape', input: ['x', 'shape'], output: ['y'] }],
  weights: [shape],
  inputs: { x: [2, 2, 6] },
  outputs: ['y'],
};

describe('the batch', () => {
  test('of a file that fixes it is followed by leading sizes that are multiples of it', async () => {
    expect((await traced(written, 2)).outputNode?.shape).toEqual([4, 6]);
    expect((await traced(written, 5)).outputNode?.shape).toEqual([10, 6]);
  });

  test('of a file that leaves it open is the one asked for, and a size that does not follow stops the reading', async () => {
    const open = { ...written, inputs: { x: ['n', 2, 6] } };
    expect((await traced(open, 2)).outputNode?.shape).toEqual([4, 6]);
    expect((await traced(open, 5)).stopped?.reason).toMatch(/\[5, 2, 6\] has no shape \[4, 6\]/);
  });

  test('axes that nothing gives a size take the first usual one that the graph takes', async () => {
    const weights = [{ name: 'w', dims: [32, 3], values: Array.from({ length: 96 }, () => 1) }];
    const nodes = [{ op: 'MatMul', input: ['x', 'w'], output: ['y'] }];
    const model = await traced({ ...written, nodes, weights, inputs: { x: ['n', 'width'] } }, 2);
    expect(model.inputs[0]?.shape).toEqual([2, 32]);
    expect(model.totalParameters).toBe(96);
  });
});

describe('a batch that constants of the file fix', () => {
  const numbers = (name: string, values: readonly number[]) => ({
    name,
    dims: [values.length],
    values,
    type: 'int64' as const,
  });
  const read = (op: string, weights: readonly TestTensor[], outputs: readonly string[], batch: number) =>
    traced(
      { ...written, nodes: [{ op, input: ['x', 'w'], output: ['y'] }], weights, outputs, inputs: { x: [1, 2, 6] } },
      batch,
    );

  test('is refused where samples would be left out, or be there as often as both', async () => {
    const first = await read('Gather', [numbers('w', [0])], ['y'], 3);
    expect(first.stopped?.reason).toMatch(/is \[1, 2, 6\] for the batch of 1 .* would be \[1, 2, 6\] for one of 3/);
    expect(first.stopped?.hint).toMatch(/export it with an open one/);
    expect((await read('Gather', [numbers('w', [0])], ['y'], 1)).stopped).toBeNull();
    const repeated = await read('Gather', [numbers('w', [0, 1, 2, 0, 1, 2, 0, 1, 2])], ['y'], 3);
    expect(repeated.stopped?.reason).toMatch(/would be \[9, 2, 6\]/);
  });

  test('is refused where another axis than the declared one follows it', async () => {
    const turn = { op: 'Transpose', input: ['x'], output: ['y'], attributes: { perm: [1, 0, 2] } };
    const model: TestModel = { ...written, nodes: [turn], inputs: { x: [1, 1, 6] } };
    const declared = { ...model, shapes: { y: [1, 1, 6] } };
    expect((await traced(declared, 3)).stopped?.reason).toMatch(/would be \[1, 3, 6\]/);
    const second: TestModel = { ...written, nodes: [turn], inputs: { x: [2, 4, 6] } };
    expect((await traced(second, 3)).outputNode?.shape).toEqual([4, 3, 6]);
  });
});
