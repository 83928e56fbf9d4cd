/**
 * Whole programs with channels that fill the runtime's blocks, where convolutions, sums, masks and reductions stay in
 * its blocked layout, constants are hoisted and sums run inside convolutions. The truth is the float64 reference.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hessianVectorProduct } from '../../../../server/src/autodiff/hessianVectorProduct';
import { partialEvaluate } from '../../../../server/src/autodiff/partialEvaluate';
import { vmap } from '../../../../server/src/autodiff/vmap';
import type { ArrayValue, Engine } from '../../../../server/src/engine/engine';
import { createOnnxEngine } from '../../../../server/src/engine/onnx/onnxEngine';
import type { Graph, Node } from '../../../../server/src/graph/node';
import { elementCount } from '../../../../server/src/graph/node';
import * as op from '../../../../server/src/graph/operations';
import type { ConstantData, ConvGeometry, Shape } from '../../../../server/src/graph/primitives';
import { foldChannelScales } from '../../../../server/src/graph/simplify/channelScales';
import { simplify } from '../../../../server/src/graph/simplify/simplify';
import type { Rng } from '../../../support/randomGraphs';
import { createRng } from '../../../support/randomGraphs';
import { inFloat32, reference } from './reference';

let engine: Engine;
let frugal: Engine;
beforeAll(async () => {
  engine = await createOnnxEngine({ threads: 2 });
  frugal = await createOnnxEngine({ threads: 1, residentBytes: 0 });
});
afterAll(() => {
  engine.dispose();
  frugal.dispose();
});

const uniform = (rng: Rng, shape: Shape, low = -1, high = 1): ConstantData =>
  inFloat32(Float64Array.from({ length: elementCount(shape) }, () => low + (high - low) * rng()));

const valueOf = (node: Node, data: ConstantData): ArrayValue => ({ shape: node.shape, dtype: node.dtype, data });

const norm = (x: ArrayLike<number>): number => Math.hypot(...Array.from(x));

/** ‖actual − expected‖ ≤ tolerance·‖expected‖, output by output. */
function expectNear(
  actual: readonly ArrayValue[],
  expected: readonly ConstantData[],
  label: string,
  tolerance = 2e-5,
): void {
  expect(actual.length, label).toBe(expected.length);
  actual.forEach(({ data }, i) => {
    const truth = expected[i] ?? new Float64Array();
    expect(data.length, `${label}, output ${i}`).toBe(truth.length);
    const difference = norm(Array.from(truth, (x, j) => x - (data[j] ?? NaN)));
    expect(difference / (norm(truth) || 1), `${label}, output ${i}`).toBeLessThan(tolerance);
  });
}

const geometry = (stride: number, border: number, groups = 1, dilation = 1): ConvGeometry => ({
  strides: [stride, stride],
  padding: [
    [border, border],
    [border, border],
  ],
  dilation: [dilation, dilation],
  groups,
});

const relu = (x: Node): Node => op.select(op.lt(op.full(0), x), x, op.full(0));

interface Program {
  readonly graph: Graph;
  readonly data: readonly ConstantData[];
}

/** Every way to compile the same program: nothing known, each input known, each input steady. */
async function runEveryWay(engineOfChoice: Engine, { graph, data }: Program): Promise<Map<string, ArrayValue[]>> {
  const values = graph.inputs.map((node, i) => valueOf(node, data[i] ?? new Float64Array()));
  const results = new Map<string, ArrayValue[]>();
  for (let mask = 0; mask < 2 ** graph.inputs.length; mask++)
    for (const kind of ['bound', 'steady'] as const) {
      const chosen = graph.inputs.map((_, i) => ((mask >> i) & 1) === 1);
      const options =
        kind === 'bound'
          ? {
              bound: new Map(
                graph.inputs.flatMap((node, i) => (chosen[i] ? [[node, values[i] as ArrayValue] as const] : [])),
              ),
            }
          : { steady: { inputs: new Set(graph.inputs.filter((_, i) => chosen[i])), sets: 1, share: 1 } };
      const executable = await engineOfChoice.compile(graph, options);
      const fed = kind === 'bound' ? values.filter((_, i) => !chosen[i]) : values;
      await executable.run(fed);
      results.set(`${kind} ${chosen.join()}`, await executable.run(fed));
      executable.dispose();
    }
  return results;
}

describe('convolutions with whole blocks of channels', () => {
  const cases = {
    'same channels': { x: [2, 16, 6, 5], w: [16, 16, 3, 3], geometry: geometry(1, 1) },
    'more channels, strided': { x: [2, 16, 7, 6], w: [32, 16, 3, 3], geometry: geometry(2, 1) },
    'pointwise, strided': { x: [3, 32, 6, 6], w: [16, 32, 1, 1], geometry: geometry(2, 0) },
    'few input channels': { x: [2, 3, 6, 6], w: [32, 3, 3, 3], geometry: geometry(1, 1) },
    'odd output channels': { x: [2, 16, 5, 5], w: [10, 16, 3, 3], geometry: geometry(1, 1) },
    depthwise: { x: [2, 16, 6, 6], w: [16, 1, 3, 3], geometry: geometry(1, 1, 16) },
    'two groups': { x: [2, 32, 5, 6], w: [32, 16, 3, 3], geometry: geometry(1, 1, 2) },
    dilated: { x: [2, 16, 8, 8], w: [16, 16, 3, 3], geometry: geometry(1, 2, 1, 2) },
    'padding beyond the kernel': { x: [2, 16, 4, 4], w: [16, 16, 1, 1], geometry: geometry(1, 1) },
    'samples that fill blocks': { x: [32, 16, 6, 5], w: [32, 16, 3, 3], geometry: geometry(1, 1) },
    'samples that fill blocks, three channels': { x: [16, 3, 6, 6], w: [16, 3, 3, 3], geometry: geometry(1, 1) },
    'samples that fill blocks, odd channels': { x: [16, 10, 4, 6], w: [16, 10, 3, 3], geometry: geometry(1, 1) },
    'samples that fill blocks, odd result': { x: [16, 16, 4, 4], w: [10, 16, 3, 3], geometry: geometry(1, 1) },
    'samples that fill blocks, strided with a rest': {
      x: [16, 16, 8, 7],
      w: [16, 16, 3, 3],
      geometry: {
        ...geometry(2, 0),
        padding: [
          [1, 0],
          [0, 0],
        ],
      },
    },
    'samples that fill blocks, dilated': { x: [16, 16, 9, 9], w: [16, 16, 3, 3], geometry: geometry(1, 2, 1, 2) },
    'samples that fill blocks, long kernel': {
      x: [16, 32, 7, 7],
      w: [16, 32, 1, 5],
      geometry: {
        ...geometry(1, 0),
        padding: [
          [0, 0],
          [3, 1],
        ],
      },
    },
    'samples that fill blocks, cropped': { x: [16, 16, 8, 8], w: [16, 16, 2, 2], geometry: geometry(3, 0) },
    'many samples together': { x: [8, 16, 4, 4], w: [32, 16, 3, 3], geometry: geometry(1, 1) },
  } as const;
  it.each(Object.entries(cases))('%s: result and both transposes', async (name, example) => {
    const rng = createRng(name.length);
    const [x, w] = [op.input('x', example.x), op.input('w', example.w)];
    const y = op.conv(x, w, example.geometry);
    const cotangent = op.input('y', y.shape);
    const graphs: Graph[] = [
      { inputs: [x, w], outputs: [y] },
      { inputs: [cotangent, w], outputs: [op.convInputGrad(cotangent, w, example.geometry, x.shape.slice(2))] },
      { inputs: [x, cotangent], outputs: [op.convFilterGrad(x, cotangent, example.geometry, w.shape.slice(2))] },
    ];
    for (const graph of graphs)
      for (const chosen of [engine, frugal]) {
        const data = graph.inputs.map((node) => uniform(rng, node.shape));
        const expected = reference(graph, data);
        for (const [way, actual] of await runEveryWay(chosen, { graph, data }))
          expectNear(actual, expected, `${name}, ${way}`);
      }
  });
});

it('sums of convolutions, biases, masks and other readers of the same image', async () => {
  const rng = createRng(5);
  const x = op.input('x', [2, 16, 5, 5]);
  const [w1, w2] = [op.input('w1', [16, 16, 3, 3]), op.input('w2', [16, 16, 3, 3])];
  const bias = op.input('bias', [16]);
  const convolve = (from: Node, w: Node): Node => op.conv(from, w, geometry(1, 1));
  const [a, b] = [convolve(x, w1), convolve(x, w2)];
  const sum = op.add(op.add(a, b), op.reshape(bias, [16, 1, 1]));
  const twice = op.add(op.add(op.reshape(bias, [16, 1, 1]), convolve(x, w2)), op.reshape(bias, [16, 1, 1]));
  const chained = op.add(op.add(convolve(relu(sum), w1), x), op.add(twice, relu(sum)));
  const itself = convolve(chained, w2);
  const outputs = [
    chained,
    op.add(itself, itself),
    a,
    op.reduceSum(op.mul(chained, sum), [0, 2, 3]),
    op.reduceSum(sum, [1]),
    op.reduceSum(b, [2, 3]),
    op.pad(sum, [0, 16, 1, 0], [0, 0, 0, 2]),
    op.pad(sum, [0, 3, 1, 0], [0, 0, 0, 2]),
    op.slice(sum, [0, 0, 0, 1], [2, 16, 5, 4], [1, 1, 2, 2]),
    op.slice(sum, [0, 4, 0, 0], [1, 9, 5, 5]),
    op.concat([sum, a], 1),
    op.concat([sum, a], 0),
    op.reshape(sum, [2, 400]),
    op.select(op.lt(a, b), a, op.full(0)),
    op.convert(op.lt(a, b), 'float'),
    op.reverse(sum, [2]),
    op.transpose(sum, [0, 2, 3, 1]),
    op.broadcast(sum, [2, 3, 16, 5, 5], [0, 2, 3, 4]),
    op.mul(op.broadcast(sum, [2, 3, 16, 5, 5], [0, 2, 3, 4]), op.broadcast(a, [2, 3, 16, 5, 5], [0, 2, 3, 4])),
  ];
  const graph = { inputs: [x, w1, w2, bias], outputs };
  const data = graph.inputs.map((node) => uniform(rng, node.shape));
  const expected = reference(graph, data);
  for (const [way, actual] of await runEveryWay(engine, { graph, data })) expectNear(actual, expected, way);
});

/** A residual network with batch normalisation on fixed statistics; its parameters, and inputs that are data. */
function residualNetwork(samples: number): {
  loss: Node;
  parameters: Node<'input'>[];
  image: Node<'input'>;
  variances: Node<'input'>[];
} {
  const parameters: Node<'input'>[] = [];
  const variances: Node<'input'>[] = [];
  const parameter = (shape: Shape): Node<'input'> => {
    const node = op.input(`p${parameters.length}`, shape);
    parameters.push(node);
    return node;
  };
  const image = op.input('image', [samples, 3, 6, 6]);
  const normalised = (x: Node): Node => {
    const channel = (node: Node): Node => op.reshape(node, [x.shape[1] ?? 0, 1, 1]);
    const variance = op.input('variance', [x.shape[1] ?? 0]);
    variances.push(variance);
    const centred = op.sub(x, channel(parameter([x.shape[1] ?? 0])));
    return op.add(
      op.mul(op.div(centred, channel(op.sqrt(variance))), channel(parameter([x.shape[1] ?? 0]))),
      channel(parameter([x.shape[1] ?? 0])),
    );
  };
  const convolve = (x: Node, outputs: number, stride: number): Node =>
    normalised(op.conv(x, parameter([outputs, x.shape[1] ?? 0, 3, 3]), geometry(stride, 1)));
  const stem = relu(convolve(image, 16, 1));
  const block = relu(op.add(convolve(relu(convolve(stem, 16, 1)), 16, 1), stem));
  const deeper = op.tanh(convolve(block, 32, 2));
  const logits = op.dot(op.reduceSum(deeper, [2, 3]), parameter([32, 4]), {
    lhsContract: [1],
    rhsContract: [0],
    lhsBatch: [],
    rhsBatch: [],
  });
  const loss = op.scale(
    op.reduceSum(
      op.sub(op.log(op.reduceSum(op.exp(logits), [1])), op.reshape(op.sliceAxis(logits, 1, 1, 2), [samples])),
      [0],
    ),
    1 / samples,
  );
  return { loss, parameters, image, variances };
}

const networkData = (rng: Rng, net: ReturnType<typeof residualNetwork>): Map<Node, ConstantData> =>
  new Map<Node, ConstantData>([
    ...net.parameters.map((node) => [node, uniform(rng, node.shape, -0.5, 0.5)] as const),
    ...net.variances.map((node) => [node, uniform(rng, node.shape, 0.5, 2)] as const),
    [net.image, uniform(rng, net.image.shape)],
  ]);

it('moving scales per channel into the weights keeps the loss and its Hessian-vector products to 1e-12 in float64', () => {
  const rng = createRng(11);
  const net = residualNetwork(3);
  const data = networkData(rng, net);
  const inputs = [...net.parameters, ...net.variances, net.image];
  const v = net.parameters.map((node) => op.constant(Float64Array.from(uniform(rng, node.shape)), node.shape));
  const folded = foldChannelScales({ inputs, outputs: [net.loss] }).outputs[0] ?? net.loss;
  expect(folded).not.toBe(net.loss);
  const [before, after] = [net.loss, folded].map((loss) =>
    reference(
      { inputs, outputs: [loss, ...hessianVectorProduct(loss, net.parameters, v)] },
      inputs.map((node) => data.get(node) ?? new Float64Array()),
    ),
  );
  before?.forEach((truth, i) => {
    const difference = norm(Array.from(truth, (x, j) => x - (after?.[i]?.[j] ?? NaN)));
    expect(difference).toBeLessThanOrEqual(1e-12 * Math.max(1, norm(truth)));
  });
});

describe.each([
  ['one vector', 0],
  ['three vectors at once', 3],
])('Hessian-vector products of a residual network, %s', (_, count) => {
  it.each(['bound', 'steady', 'free'] as const)('with %s residuals equal the float64 reference', async (kind) => {
    const rng = createRng(17);
    const net = residualNetwork(4);
    const data = networkData(rng, net);
    const v = net.parameters.map((node, i) => op.input(`v${i}`, node.shape));
    const inputs = [...net.parameters, ...net.variances, net.image];
    const [loss = net.loss] = foldChannelScales({ inputs, outputs: [net.loss] }).outputs;
    const whole = { inputs: [...inputs, ...v], outputs: hessianVectorProduct(loss, net.parameters, v) };
    const batched = simplify(count === 0 ? whole : vmap(whole, new Set(v), count));
    const { setup, apply, residuals } = partialEvaluate(batched, batched.inputs.slice(inputs.length));
    const vectors = batched.inputs.slice(inputs.length).map((node) => uniform(rng, node.shape));
    const fixed = inputs.map((node) => data.get(node) ?? new Float64Array());
    const expected = reference(batched, [...fixed, ...vectors]);

    const setupProgram = await engine.compile(setup);
    const found = await setupProgram.run(
      setup.inputs.map((node) => valueOf(node, data.get(node) ?? new Float64Array())),
    );
    const handed = apply.inputs.slice(0, residuals.length);
    const options = {
      bound: { bound: new Map(handed.map((node, i) => [node, found[i] as ArrayValue])) },
      steady: { steady: { inputs: new Set(handed), sets: 1, share: 1 } },
      free: {},
    }[kind];
    const program = await engine.compile(apply, options);
    const directions = vectors.map((vector, i) => valueOf(batched.inputs[inputs.length + i] as Node, vector));
    const fed = kind === 'bound' ? directions : [...found, ...directions];
    await program.run(fed);
    expectNear(await program.run(fed), expected, kind, 1e-4);
  });
});

it('steady arrays that change are noticed', async () => {
  const [x, y] = [op.input('x', [3]), op.input('y', [3])];
  const program = await engine.compile(
    { inputs: [x, y], outputs: [op.mul(op.exp(x), y)] },
    { steady: { inputs: new Set([x]), sets: 2, share: 1 } },
  );
  const run = async (a: number, b: number): Promise<number | undefined> => {
    const full = (node: Node, value: number): ArrayValue => valueOf(node, Float64Array.from([value, value, value]));
    return (await program.run([full(x, a), full(y, b)]))[0]?.data[0];
  };
  expect(await run(0, 2)).toBeCloseTo(2, 5);
  expect(await run(1, 3)).toBeCloseTo(3 * Math.E, 5);
  expect(await run(0, 5)).toBeCloseTo(5, 5);
});

it('a mask hides an infinite factor, as in the derivative of where(x > 0, log x, 0)', async () => {
  const [factor, direction] = [op.input('factor', [4]), op.input('direction', [4])];
  const masked = op.select(op.lt(factor, op.full(3)), op.mul(direction, factor), op.full(0));
  const bound = new Map([[factor, valueOf(factor, Float64Array.from([1, 2, Infinity, NaN]))]]);
  const program = await engine.compile({ inputs: [factor, direction], outputs: [masked] }, { bound });
  const [result] = await program.run([valueOf(direction, Float64Array.from([1, 1, 1, 1]))]);
  expect([...(result?.data ?? [])]).toEqual([1, 2, 0, 0]);
});

it('says which input does not fit', async () => {
  const x = op.input('pixels', [2, 3]);
  const program = await engine.compile({ inputs: [x], outputs: [op.neg(x)] });
  const wrong: ArrayValue = { shape: [3, 2], dtype: 'float', data: new Float32Array(6) };
  await expect(program.run([wrong])).rejects.toThrow(
    /onnxruntime: input 'pixels' is float \[2, 3\], got float \[3, 2\]/,
  );
  await expect(program.run([])).rejects.toThrow(/takes 1 inputs, got 0/);
});
