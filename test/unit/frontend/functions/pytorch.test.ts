/**
 * Every function against PyTorch 2.13 in float64: the same Python text, run by our interpreter on graph inputs. Expected
 * values come from test/fixtures/functions/generate.py; its header states the rule that fills the inputs.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gradient } from '../../../../server/src/autodiff/gradient';
import { hessianVectorProduct } from '../../../../server/src/autodiff/hessianVectorProduct';
import { createTorchModules } from '../../../../server/src/frontend/torch/functions/torchModules';
import { ModuleRecords } from '../../../../server/src/frontend/torch/moduleRecords';
import { createNnModules } from '../../../../server/src/frontend/torch/nnLibrary';
import { torchContext } from '../../../../server/src/frontend/torch/tensor/context';
import { makeTensor, payloadOf } from '../../../../server/src/frontend/torch/tensor/tensor';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import type { Node } from '../../../../server/src/graph/node';
import { elementCount } from '../../../../server/src/graph/node';
import { add, constant, input, mul, reduceSum, reshape, scale } from '../../../../server/src/graph/operations';
import { Interpreter } from '../../../../server/src/python/interpreter';

interface InputRule {
  readonly kind: 'float' | 'int' | 'bool';
  readonly shape: readonly number[];
  readonly scale?: number;
  readonly shift?: number;
  readonly modulus?: number;
}

interface Case {
  readonly inputs: readonly InputRule[];
  readonly body: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: readonly (number | boolean)[];
  readonly gradients?: readonly (readonly number[] | null)[];
  readonly vHv?: number;
  /** The second derivative is a difference of gradients: PyTorch has none. */
  readonly numeric?: boolean;
}

const readCases = (name: string): Case[] =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../fixtures/functions', `${name}.json`), 'utf8')) as Case[];

function fill(
  { kind, shape, scale: size = 0, shift = 0, modulus = 1 }: InputRule,
  k: number,
): Float64Array | Int32Array | Uint8Array {
  const length = elementCount(shape);
  if (kind === 'float')
    return Float64Array.from({ length }, (_, i) => shift + size * Math.sin(0.7 * i + 1.3 * k + 0.2));
  if (kind === 'int') return Int32Array.from({ length }, (_, i) => (7 * i + 3) % modulus);
  return Uint8Array.from({ length }, (_, i) => (Math.sin(1.1 * i + 0.4) > 0 ? 1 : 0));
}

function source({ body, inputs }: Case): string {
  const lines = body.split('\n');
  const statements = lines.length === 1 && !body.startsWith('return') ? [`return ${body}`] : lines;
  const names = inputs.map((_, k) => String.fromCharCode(97 + k));
  return [
    'import math',
    'import torch',
    'import torch.nn.functional as F',
    'torch.set_default_dtype(torch.float64)',
    `def case(${names.join(', ')}):`,
    ...statements.map((line) => `    ${line}`),
  ].join('\n');
}

/** Σ cos(0.3 j)·y_j + ¼ Σ y_j² */
function objective(y: Node): Node {
  const count = elementCount(y.shape);
  const flat = reshape(y, [count]);
  const weights = constant(
    Float64Array.from({ length: count }, (_, j) => Math.cos(0.3 * j)),
    [count],
  );
  return add(reduceSum(mul(flat, weights), [0]), scale(reduceSum(mul(flat, flat), [0]), 0.25));
}

function trace(test: Case): {
  inputs: Node<'input'>[];
  feeds: Map<Node, ReturnType<typeof fill>>;
  output: Node;
  dtype: string;
} {
  const interpreter = new Interpreter({
    libraries: new Map([...createTorchModules(0), ...createNnModules(new ModuleRecords())]),
  });
  const module = interpreter.runModule(source(test), 'case.py');
  torchContext(interpreter).phase = 'forward';
  const inputs = test.inputs.map(({ shape, kind }, k) => input(`input${k}`, shape, kind));
  const feeds = new Map(
    inputs.map((node, k) => [node as Node, fill(test.inputs[k] ?? { kind: 'bool', shape: [] }, k)]),
  );
  const tensors = inputs.map((node) =>
    makeTensor(interpreter, node, node.dtype === 'float' ? 'float64' : node.dtype === 'int' ? 'int64' : 'bool'),
  );
  const result = payloadOf(interpreter.call(module.attributes.get('case') ?? null, tensors));
  if (result === undefined) throw new Error('the case gives no tensor');
  return { inputs, feeds, output: result.node, dtype: result.dtype };
}

/** Largest difference, relative to the largest expected value (at least 1). */
function expectClose(actual: ArrayLike<number>, expected: readonly (number | boolean)[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const size = Math.max(1, ...expected.map((value) => Math.abs(Number(value))));
  const errors = expected.map((value, i) => Math.abs((actual[i] ?? NaN) - Number(value)) / size);
  // NaN compares as not smaller, and must not hide in a maximum.
  expect(errors.filter((error) => !(error < tolerance))).toEqual([]);
}

const directionOf = (node: Node, k: number): Node =>
  constant(
    Float64Array.from({ length: elementCount(node.shape) }, (_, i) => Math.cos(0.11 * i + 0.5 * k)),
    node.shape,
  );

const groups = [
  'elementwise',
  'reductions',
  'structure',
  'indexing',
  'products',
  'activations',
  'layers',
  'losses',
  'complex',
];

for (const group of groups)
  describe(`${group}: equal to PyTorch in float64`, () => {
    for (const test of readCases(group)) {
      const name = `${test.body.replaceAll('\n', '; ')} on ${test.inputs.map(({ shape }) => `[${shape.join()}]`).join()}`;
      it(name, () => {
        const { inputs, feeds, output, dtype } = trace(test);
        expect(output.shape).toEqual(test.shape);
        expect(dtype).toBe(test.dtype);
        const [values = []] = evaluate([output], feeds);
        expectClose(values, test.values, 1e-10);
        if (test.gradients === undefined) return;
        const floats = inputs.filter(({ dtype: kind }) => kind === 'float');
        const loss = objective(output);
        const gradients = evaluate(gradient(loss, floats), feeds);
        test.gradients.forEach((expected, i) => {
          const actual = gradients[i] ?? new Float64Array(0);
          expectClose(actual, expected ?? Array.from(actual, () => 0), test.numeric === true ? 1e-7 : 1e-8);
        });
        const directions = floats.map((node) => directionOf(node, inputs.indexOf(node)));
        const products = hessianVectorProduct(loss, floats, directions);
        const parts = products.map((product, i) =>
          reduceSum(
            mul(product, directions[i] ?? product),
            product.shape.map((_, axis) => axis),
          ),
        );
        const [curvature = []] = evaluate([parts.reduce(add)], feeds);
        expectClose(curvature, [test.vHv ?? 0], test.numeric === true ? 1e-6 : 1e-7);
      });
    }
  });
