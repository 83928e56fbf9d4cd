/** Files that are damaged, or made to mislead: a clear refusal, in bounded time, and nothing outside their folder is read. */
import { describe, expect, test } from 'vitest';
import { MemoryByteSource } from '../../../../server/src/checkpoint/byteSource';
import { CheckpointError } from '../../../../server/src/checkpoint/checkpointError';
import { readOnnxModelFile } from '../../../../server/src/checkpoint/onnx/onnxModelFile';
import { modelType } from '../../../../server/src/checkpoint/onnx/schema';
import { readInitializers } from '../../../../server/src/frontend/onnx/initializers';
import { traceOnnx } from '../../../../server/src/frontend/onnx/traceOnnx';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { noSources } from './fixtures';
import { modelBytes, type TestModel, type TestNode } from './writer';

const file = 'model.onnx';
const plain: TestModel = {
  opset: 17,
  nodes: [{ op: 'Gemm', input: ['x', 'w'], output: ['y'], name: '/fc/Gemm' }],
  weights: [{ name: 'w', dims: [3, 2], values: [1, 2, 3, 4, 5, 6] }],
  inputs: { x: ['batch', 3] },
  outputs: ['y'],
};

async function traced(bytes: Uint8Array): Promise<TracedModel> {
  const structure = await readOnnxModelFile(new MemoryByteSource(file, bytes), () =>
    Promise.reject(new Error('opened')),
  );
  const initializers = await readInitializers(structure, file);
  return traceOnnx({ file, structure, initializers }, { file, source: '', sources: noSources });
}

const withNodes = (nodes: readonly TestNode[], more: Partial<TestModel> = {}): Uint8Array =>
  modelBytes({ ...plain, nodes, ...more });

const stopOf = async (bytes: Uint8Array): Promise<string> => (await traced(bytes)).stopped?.reason ?? 'nothing';

/** A model whose one initialiser says that its data are elsewhere. */
const external = (location: string): Uint8Array =>
  modelType
    .encode({
      irVersion: 8,
      graph: {
        node: [],
        initializer: [
          { name: 'w', dims: [1], dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: location }] },
        ],
      },
    })
    .finish();

describe('hostile ONNX files', () => {
  test('a cut file ends with its place, wherever it is cut', async () => {
    const bytes = modelBytes(plain);
    let refused = 0;
    for (let length = 0; length < bytes.length; length++)
      try {
        await traced(bytes.slice(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(CheckpointError);
        refused++;
      }
    expect(refused).toBeGreaterThan(bytes.length / 2);
  });

  test('changed bytes never throw anything but a CheckpointError', async () => {
    const bytes = modelBytes(plain);
    for (let i = 0; i < bytes.length; i++)
      for (const flip of [0xff, 0x01, 0x80]) {
        const changed = Uint8Array.from(bytes);
        changed[i] = (changed[i] ?? 0) ^ flip;
        try {
          await traced(changed);
        } catch (error) {
          expect(error, `byte ${i} ^ ${flip}`).toBeInstanceOf(CheckpointError);
        }
      }
  });

  test.each(['../secret.bin', '/etc/passwd', 'a/../../b', 'C:\\x', '\\\\host\\x', '..', 'a\\..\\..\\b', ''])(
    'data at %j are not opened',
    async (location) => {
      await expect(traced(external(location))).rejects.toThrow(/outside the model's folder/);
    },
  );

  test('data beside the model are', async () => {
    await expect(traced(external('weights/a.bin'))).rejects.toThrow('opened');
  });

  test('a shape that overflows, or that its bytes do not fill', async () => {
    const sized = (dims: readonly number[]): Uint8Array =>
      modelBytes({ ...plain, weights: [{ name: 'w', dims, values: [1] }] });
    await expect(traced(sized([2 ** 40, 2 ** 40]))).rejects.toThrow(/impossible/);
    await expect(traced(sized([3, 2]))).rejects.toThrow(/24 bytes, 4 are given/);
  });

  test('an operator that is not known, named with its node', async () => {
    const reason = await stopOf(withNodes([{ op: 'Magic', input: ['x'], output: ['y'], name: '/a/Magic' }]));
    expect(reason).toMatch(/Magic is not read \(in Magic '\/a\/Magic'\)/);
  });

  test('operands that do not fit, a missing value, and an old operator set', async () => {
    expect(await stopOf(modelBytes({ ...plain, inputs: { x: ['batch', 4] } }))).toMatch(/\(in Gemm '\/fc\/Gemm'\)/);
    expect(await stopOf(withNodes([{ op: 'Relu', input: ['nowhere'], output: ['y'] }]))).toMatch(
      /'nowhere' is not there/,
    );
    expect(await stopOf(modelBytes({ ...plain, opset: 5 }))).toMatch(/operator set 5 is not read/);
  });

  test('results that no memory holds', async () => {
    const shape = { name: 's', dims: [4], values: [100000, 100000, 100000, 100000], type: 'int64' as const };
    const bytes = withNodes([{ op: 'ConstantOfShape', input: ['s'], output: ['y'] }], { weights: [shape] });
    expect(await stopOf(bytes)).toMatch(/a result of 1e\+20|100000000000000000000 elements/);
  });

  test('whole numbers beyond 32 bits in an attribute: the open end of a slice that goes back', async () => {
    const whole = (name: string, value: number): TestNode => ({
      op: 'Constant',
      input: [],
      output: [name],
      attributes: { value_ints: [value] },
    });
    const { output } = await traced(
      withNodes([
        whole('last', -1),
        whole('open', -(2 ** 63)),
        whole('axis', 1),
        { op: 'Slice', input: ['x', 'last', 'open', 'axis', 'last'], output: ['y'] },
      ]),
    );
    expect(output).toMatchObject({ entries: [['y', { node: { shape: [2, 3] } }]] });
  });

  test('an axis that Resize would make too long', async () => {
    const scales = { name: 's', dims: [2], values: [1, 2 ** 60] };
    const bytes = withNodes([{ op: 'Resize', input: ['x', '', 's'], output: ['y'] }], { weights: [scales] });
    expect(await stopOf(bytes)).toMatch(/Resize: axis 1 would get \d+ elements; 1 to 16777216 are read/);
  });

  test('a function that calls itself', async () => {
    const node = { opType: 'Loop_', domain: 'own', input: ['x'], output: ['y'] };
    const encoded = modelType
      .encode({
        irVersion: 8,
        opsetImport: [{ domain: '', version: 17 }],
        functions: [{ name: 'Loop_', domain: 'own', input: ['x'], output: ['y'], node: [node] }],
        graph: {
          node: [node],
          input: [{ name: 'x', type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 2 }] } } } }],
          output: [{ name: 'y' }],
        },
      })
      .finish();
    expect(await stopOf(encoded)).toMatch(/call each other too deeply/);
  });

  test('a recurrence of many steps is refused before it is unrolled', async () => {
    const weights = [
      { name: 'w', dims: [1, 4, 1], values: [1, 1, 1, 1] },
      { name: 'r', dims: [1, 4, 1], values: [1, 1, 1, 1] },
    ];
    const nodes = [{ op: 'LSTM', input: ['t', 'w', 'r'], output: ['y'], attributes: { hidden_size: 1 } }];
    const turned = { op: 'Transpose', input: ['x'], output: ['t'], attributes: { perm: [1, 0, 2] } };
    const bytes = withNodes([turned, ...nodes], { weights, inputs: { x: ['batch', 1_000_000, 1] } });
    expect(await stopOf(bytes)).toMatch(/1000000 steps are too many/);
  });
});
