/** A loss on an output that ends in a softmax or a sigmoid, and the choice among several outputs. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { MemoryByteSource } from '../../../../server/src/checkpoint/byteSource';
import { readOnnxModelFile } from '../../../../server/src/checkpoint/onnx/onnxModelFile';
import { gradient } from '../../../../server/src/autodiff/gradient';
import type { LossSpec, TracedModel } from '../../../../server/src/frontend/model';
import { readInitializers } from '../../../../server/src/frontend/onnx/initializers';
import { traceOnnx } from '../../../../server/src/frontend/onnx/traceOnnx';
import type { TraceRequest } from '../../../../server/src/frontend/torch/traceModel';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import { elementCount, type Node } from '../../../../server/src/graph/node';
import type { ConstantData } from '../../../../server/src/graph/primitives';
import { ints, wave, weight } from './againstRuntime';
import { noSources } from './fixtures';
import { modelBytes, type TestNode, type TestTensor } from './writer';

const file = 'test.onnx';
const batch = 3;
const features = 4;
const classes = 5;
const labels = [4, 0, 2];

/** x [3, 4] times w [4, 5], then `nodes`; the result is `y` unless said. */
const network = (
  nodes: readonly TestNode[],
  { outputs = ['y'], weights = [], opset = 17 }: { outputs?: string[]; weights?: TestTensor[]; opset?: number } = {},
): Uint8Array =>
  modelBytes({
    opset,
    nodes: [{ op: 'MatMul', input: ['x', 'w'], output: ['scores'] }, ...nodes],
    weights: [weight('w', [features, classes]), ...weights],
    inputs: { x: ['batch', features] },
    outputs,
  });

async function traced(bytes: Uint8Array, request: Partial<TraceRequest>): Promise<TracedModel> {
  const structure = await readOnnxModelFile(new MemoryByteSource(file, bytes));
  const initializers = await readInitializers(structure, file);
  return traceOnnx({ file, structure, initializers }, { file, source: '', sources: noSources, batch, ...request });
}

const named = (name: string): LossSpec => ({ kind: 'name', name });

/** Loss and gradient for the targets. */
async function lossOf(
  bytes: Uint8Array,
  request: Partial<TraceRequest>,
  targets: readonly number[] = labels,
): Promise<{ loss: number; gradient: number[]; notes: readonly string[] }> {
  const model = await traced(bytes, request);
  if (model.loss === undefined) throw new Error(`${model.stopped?.reason ?? ''} ${model.stopped?.hint ?? ''}`);
  const feeds = new Map<Node, ConstantData>([[model.inputs[0]?.node as Node, inputValues()]]);
  for (const { node, initial } of model.parameters) feeds.set(node, initial());
  for (const { node } of model.loss.targets)
    feeds.set(node, node.dtype === 'float' ? Float64Array.from(targets) : Int32Array.from(targets));
  const slopes = gradient(
    model.loss.node,
    model.parameters.map(({ node }) => node),
  );
  const [loss, ...rest] = evaluate([model.loss.node, ...slopes], feeds);
  return { loss: loss?.[0] ?? NaN, gradient: rest.flatMap((each) => [...each]), notes: model.notes ?? [] };
}

const inputValues = (): Float64Array => Float64Array.from(wave(batch * features, 0.4), Math.fround);

/** What ONNX Runtime gives for the input: rows of probabilities. */
async function probabilities(bytes: Uint8Array): Promise<number[]> {
  const session = await InferenceSession.create(bytes);
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.from(inputValues()), [batch, features]) });
  return Array.from(y?.data as Float32Array, Number);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** −mean log p of the labels. */
const crossEntropyOf = (p: readonly number[]): number =>
  mean(labels.map((label, row) => -Math.log(p[row * classes + label] ?? NaN)));

const softmax: TestNode = { op: 'Softmax', input: ['scores'], output: ['y'], attributes: { axis: 1 } };
const sigmoid: TestNode = { op: 'Sigmoid', input: ['scores'], output: ['y'] };

describe('a classifier that ends in a softmax', () => {
  test.each(['cross_entropy', 'nll'])('%s is that of its probabilities', async (loss) => {
    const bytes = network([softmax]);
    const found = await lossOf(bytes, { loss: named(loss) });
    expect(found.loss).toBeCloseTo(crossEntropyOf(await probabilities(bytes)), 5);
    expect(found.notes.join()).toContain("output 'y' ends in a softmax");
  });

  test('has the gradient of the network without it', async () => {
    const plain = await lossOf(network([{ op: 'Identity', input: ['scores'], output: ['y'] }]), {
      loss: named('cross_entropy'),
    });
    const found = await lossOf(network([softmax]), { loss: named('cross_entropy') });
    expect(found.loss).toBe(plain.loss);
    expect(found.gradient).toEqual(plain.gradient);
    expect(plain.notes).toEqual([]);
  });

  test('is followed through copies, reshaping and a logarithm', async () => {
    const expected = crossEntropyOf(await probabilities(network([softmax])));
    const behind: readonly TestNode[] = [
      { ...softmax, output: ['p'] },
      { op: 'Identity', input: ['p'], output: ['q'] },
      { op: 'Reshape', input: ['q', 'shape'], output: ['y'] },
    ];
    const reshaped = network(behind, { weights: [ints('shape', [-1, 1, classes])] });
    // Classes last and not second: targets are [3, 1].
    expect((await lossOf(reshaped, { loss: named('cross_entropy') })).loss).toBeCloseTo(expected, 6);
    const logarithm = network([
      { ...softmax, output: ['p'] },
      { op: 'Log', input: ['p'], output: ['y'] },
    ]);
    expect((await lossOf(logarithm, { loss: named('nll') })).loss).toBeCloseTo(expected, 6);
  });

  test('a loss as PyTorch writes it is one by its name', async () => {
    const spec: LossSpec = { kind: 'expression', text: 'nn.CrossEntropyLoss(label_smoothing=0.1)' };
    const model = await traced(network([softmax]), { loss: spec });
    expect(model.stopped).toBeNull();
    expect(model.notes?.join()).toContain('ends in a softmax');
  });

  test('a mean square is of the probabilities', async () => {
    const bytes = network([softmax]);
    const targets = wave(batch * classes, 2);
    const p = await probabilities(bytes);
    const found = await lossOf(bytes, { loss: named('mse') }, targets);
    expect(found.loss).toBeCloseTo(mean(p.map((value, i) => (value - (targets[i] ?? 0)) ** 2)), 5);
    expect(found.notes).toEqual([]);
  });

  test('ones and zeros in the shape of the output are probabilities of classes', async () => {
    const bytes = network([softmax]);
    const oneHot = labels.flatMap((label) => Array.from({ length: classes }, (_, i) => Number(i === label)));
    const target = { sample: [classes], dtype: 'int' } as const;
    const found = await lossOf(bytes, { loss: { ...named('cross_entropy'), target } }, oneHot);
    expect(found.loss).toBeCloseTo(crossEntropyOf(await probabilities(bytes)), 5);
  });

  test('softmax of operator set 11 without an axis is of all axes but the first', async () => {
    const flat = { op: 'Softmax', input: ['scores'], output: ['y'] };
    const found = await traced(network([flat], { opset: 11 }), { loss: named('cross_entropy') });
    expect(found.notes?.join()).toContain('ends in a softmax');
    const cube = network(
      [
        { op: 'Reshape', input: ['scores', 'shape'], output: ['cube'] },
        { op: 'Softmax', input: ['cube'], output: ['y'] },
      ],
      { opset: 11, weights: [ints('shape', [-1, classes, 1, 1])] },
    );
    expect((await traced(cube, { loss: named('cross_entropy') })).notes).toEqual([]);
  });

  test('makes the loss likely', async () => {
    expect((await traced(network([softmax]), {})).likelyLoss?.name).toBe('cross_entropy');
    expect((await traced(network([{ ...softmax, op: 'LogSoftmax' }]), {})).likelyLoss?.name).toBe('nll');
    expect((await traced(network([sigmoid]), {})).likelyLoss?.name).toBe('bce');
  });
});

describe('a network that ends in a sigmoid', () => {
  const answers = Array.from({ length: batch * classes }, (_, i) => i % 2);

  test.each(['bce', 'bce_with_logits'])('%s is that of its probabilities', async (loss) => {
    const bytes = network([sigmoid]);
    const p = await probabilities(bytes);
    const expected = mean(answers.map((answer, i) => -Math.log(answer === 1 ? (p[i] ?? NaN) : 1 - (p[i] ?? NaN))));
    const found = await lossOf(bytes, { loss: named(loss) }, answers);
    expect(found.loss).toBeCloseTo(expected, 5);
    expect(found.notes.join()).toContain("output 'y' ends in a sigmoid");
  });

  test('has no classes to choose between', async () => {
    const { stopped } = await traced(network([sigmoid]), { loss: named('cross_entropy') });
    expect(stopped?.reason).toContain("output 'y' ends in a sigmoid");
    expect(stopped?.reason).toContain('--loss bce');
  });
});

describe('several outputs', () => {
  const two: readonly TestNode[] = [
    { op: 'Relu', input: ['scores'], output: ['hidden'] },
    { op: 'MatMul', input: ['hidden', 'u'], output: ['logits'] },
    { op: 'ArgMax', input: ['logits'], output: ['best'], attributes: { axis: 1 } },
  ];
  const bytes = network(two, { outputs: ['best', 'hidden', 'logits'], weights: [weight('u', [classes, 2], 3)] });

  test('the one of scores by its name, which is said', async () => {
    const model = await traced(bytes, { loss: named('cross_entropy') });
    expect(model.outputNode?.shape).toEqual([batch, 2]);
    expect(model.notes).toEqual(["output 'logits' (by its name); --output names another: hidden"]);
  });

  test('the one that is asked for', async () => {
    const model = await traced(bytes, { loss: named('cross_entropy'), output: 'hidden' });
    expect(model.outputNode?.shape).toEqual([batch, classes]);
    expect(model.notes).toEqual([]);
    expect(elementCount(model.loss?.targets[0]?.shape ?? [])).toBe(batch);
  });

  test('what is not there is refused with what there is', async () => {
    const { stopped } = await traced(bytes, { output: 'y' });
    expect(stopped?.reason).toBe("there is no output 'y'");
    expect(stopped?.hint).toBe('It has best int [3, 1]; hidden float [3, 5]; logits float [3, 2].');
    expect((await traced(bytes, { output: 'best' })).stopped?.reason).toBe("the output 'best' is no floating tensor");
  });

  test('a single number is a loss already, unless a loss is asked for', async () => {
    const own = network(
      [
        { op: 'ReduceMean', input: ['scores'], output: ['loss'], attributes: { keepdims: 0 } },
        { op: 'Relu', input: ['scores'], output: ['hidden'] },
      ],
      { outputs: ['hidden', 'loss'] },
    );
    expect((await traced(own, {})).loss?.description).toBe('returned by test');
    expect((await traced(own, { loss: named('mse') })).outputNode?.shape).toEqual([batch, classes]);
  });
});
