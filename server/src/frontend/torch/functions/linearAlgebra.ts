/** Products of matrices, and torch.linalg. */
import type { Node } from '../../../graph/node';
import { add, dot, full, mul, reduceSum, reshape, sliceAxis, sub, transpose } from '../../../graph/operations';
import type { PyValue } from '../../../python/values';
import type { TorchDtype } from '../../model';
import { normaliseAxis, sizeAt } from '../../compositions/axes';
import { cdist } from '../../compositions/distance';
import { einsum } from '../../compositions/einsum';
import { matmul, outer } from '../../compositions/linear';
import { sum, vectorNorm } from '../../compositions/reductions';
import { cat, diagonal } from '../../compositions/structure';
import { promoteTypes } from '../tensor/dtype';
import { castTo } from '../tensor/promotion';
import type { Call, FunctionRow } from './call';
import { isSequence, row } from './call';

type Pair = readonly [Node, Node];

function pair(call: Call, first: string, second: string): { operands: Pair; dtype: TorchDtype } {
  const dtype = promoteTypes(call.dtype(first), call.dtype(second));
  if (
    call.dtype(first) !== call.dtype(second) &&
    (call.node(first).dtype !== 'float' || call.node(second).dtype !== 'float')
  )
    return call.fail(
      `expected m1 and m2 to have the same dtype, but got: ${call.dtype(first)} != ${call.dtype(second)}`,
    );
  return { operands: [castTo(call.node(first), dtype), castTo(call.node(second), dtype)], dtype };
}

function requireRank(call: Call, node: Node, rank: number, name: string): void {
  if (node.shape.length !== rank)
    call.fail(`${name} must be a ${rank === 1 ? 'vector' : rank === 2 ? 'matrix' : '3D tensor'}`);
}

/** A product of fixed ranks. */
const product = (signature: string, ranks: Pair2): FunctionRow =>
  row(signature, (call) => {
    const [first, second] = [parameter(signature, 0), parameter(signature, 1)];
    const { operands, dtype } = pair(call, first, second);
    operands.forEach((operand, i) => requireRank(call, operand, ranks[i] ?? 2, i === 0 ? 'self' : second));
    return call.tensor(matmul(...operands), dtype);
  });

type Pair2 = readonly [number, number];

const parameter = (signature: string, position: number): string =>
  (signature.slice(signature.indexOf('(') + 1, signature.lastIndexOf(')')).split(',')[position] ?? '').trim();

/** beta·input + alpha·(a @ b) */
const affineProduct = (
  signature: string,
  first: string,
  second: string,
  combine: (a: Node, b: Node) => Node,
): FunctionRow =>
  row(signature, (call) => {
    const { operands, dtype } = pair(call, first, second);
    const scaled = (node: Node, name: string): Node =>
      call.number(name) === 1 ? node : mul(node, full(call.number(name), [], node.dtype));
    const offset = call.number('beta') === 0 ? undefined : scaled(castTo(call.node('input'), dtype), 'beta');
    const term = scaled(combine(...operands), 'alpha');
    return call.tensor(offset === undefined ? term : add(offset, term), dtype);
  });

function einsumCall(call: Call): PyValue {
  const given = call.value('operands');
  const equation = call.value('equation');
  if (typeof equation !== 'string')
    return call.unsupported('in the form with lists of axes is not followed; write the equation as text');
  const payloads = call.variadicPayloads('operands');
  if (given === null || payloads.length === 0) return call.fail('einsum(): must provide at least one operand');
  const dtype = payloads.map((payload) => payload.dtype).reduce(promoteTypes);
  return call.tensor(
    einsum(
      equation,
      payloads.map(({ node }) => castTo(node, dtype)),
    ),
    dtype,
  );
}

function tensordot(call: Call): PyValue {
  const { operands, dtype } = pair(call, 'a', 'b');
  const [a, b] = operands;
  const given = call.value('dims');
  const lists = isSequence(given) ? [...call.interpreter.iterate(given)] : [];
  const axes = (value: PyValue | undefined, rank: number): number[] =>
    [...call.interpreter.iterate(value ?? null)].map((axis) =>
      normaliseAxis(call.interpreter.toInt(axis, 'dims'), rank),
    );
  const count = lists.length === 0 ? call.int('dims') : 0;
  const lhsContract =
    lists.length === 0
      ? Array.from({ length: count }, (_, i) => a.shape.length - count + i)
      : axes(lists[0], a.shape.length);
  const rhsContract = lists.length === 0 ? Array.from({ length: count }, (_, i) => i) : axes(lists[1], b.shape.length);
  return call.tensor(dot(a, b, { lhsContract, rhsContract, lhsBatch: [], rhsBatch: [] }), dtype);
}

function kronecker(call: Call): PyValue {
  const { operands, dtype } = pair(call, 'input', 'other');
  const rank = Math.max(operands[0].shape.length, operands[1].shape.length);
  const [a, b] = operands.map((x) =>
    reshape(x, [...Array.from({ length: rank - x.shape.length }, () => 1), ...x.shape]),
  );
  if (a === undefined || b === undefined) return call.fail('kron(): two tensors are needed');
  const spread = dot(a, b, { lhsContract: [], rhsContract: [], lhsBatch: [], rhsBatch: [] });
  const order = a.shape.flatMap((_, i) => [i, i + rank]);
  return call.tensor(
    reshape(
      transpose(spread, order),
      a.shape.map((size, i) => size * sizeAt(b.shape, i)),
    ),
    dtype,
  );
}

/** Cross product along an axis of size 3: a₊₁b₊₂ − a₊₂b₊₁ cyclically. */
function cross(call: Call): PyValue {
  const { nodes, dtype } = call.promoted('input', 'other');
  const [a = full(0), b = full(0)] = nodes;
  const axis = call.has('dim')
    ? normaliseAxis(call.int('dim'), a.shape.length)
    : call.name === 'cross'
      ? a.shape.indexOf(3)
      : a.shape.length - 1;
  if (sizeAt(a.shape, axis) !== 3)
    return call.fail(`linalg.cross: inputs dimension ${axis} must have length 3. Got ${sizeAt(a.shape, axis)}`);
  const turned = (x: Node, by: number): Node => cat([sliceAxis(x, axis, by, 3), sliceAxis(x, axis, 0, by)], axis);
  return call.tensor(sub(mul(turned(a, 1), turned(b, 2)), mul(turned(a, 2), turned(b, 1))), dtype);
}

/** Elementwise at heart: operands of different types are promoted, which matrix products refuse. */
const outerProduct = (call: Call): PyValue => {
  const {
    nodes: [a = full(0), b = full(0)],
    dtype,
  } = call.promoted('input', 'vec2');
  requireRank(call, a, 1, 'self');
  requireRank(call, b, 1, 'vec2');
  return call.tensor(outer(a, b), dtype);
};

/** Functions and methods. */
export const linearAlgebraRows: readonly FunctionRow[] = [
  row('matmul(input, other)', (call) => {
    const { operands, dtype } = pair(call, 'input', 'other');
    return call.tensor(matmul(...operands), dtype);
  }),
  product('mm(input, mat2)', [2, 2]),
  product('bmm(input, mat2)', [3, 3]),
  product('mv(input, vec)', [2, 1]),
  product('dot(input, tensor)', [1, 1]),
  row('inner(input, other)', (call) => {
    const { operands, dtype } = pair(call, 'input', 'other');
    const [a, b] = operands;
    if (a.shape.length === 0 || b.shape.length === 0) return call.tensor(mul(a, b), dtype);
    const axes = { lhsContract: [a.shape.length - 1], rhsContract: [b.shape.length - 1], lhsBatch: [], rhsBatch: [] };
    return call.tensor(dot(a, b, axes), dtype);
  }),
  row('outer(input, vec2)', outerProduct),
  row('ger(input, vec2)', outerProduct),
  affineProduct('addmm(input, mat1, mat2, *, beta=1, alpha=1)', 'mat1', 'mat2', matmul),
  affineProduct('addmv(input, mat, vec, *, beta=1, alpha=1)', 'mat', 'vec', matmul),
  affineProduct('addr(input, vec1, vec2, *, beta=1, alpha=1)', 'vec1', 'vec2', outer),
  affineProduct('baddbmm(input, batch1, batch2, *, beta=1, alpha=1)', 'batch1', 'batch2', matmul),
  affineProduct('addbmm(input, batch1, batch2, *, beta=1, alpha=1)', 'batch1', 'batch2', (a, b) =>
    reduceSum(matmul(a, b), [0]),
  ),
  row('kron(input, other)', kronecker),
  row('cross(input, other, dim=None)', cross),
  row('trace(input)', (call) => call.tensor(sum(diagonal(call.node('input'))), call.dtype('input'))),
  row('matrix_power(input, n)', (call) => {
    const x = call.node('input');
    const n = call.int('n');
    if (n < 1) return call.unsupported('with an exponent below 1 is not followed');
    let result = x;
    for (let i = 1; i < n; i++) result = matmul(result, x);
    return call.tensor(result, call.dtype('input'));
  }),
];

/** Functions only. */
export const linearAlgebraFunctionRows: readonly FunctionRow[] = [
  row('einsum(equation, *operands)', einsumCall),
  row('tensordot(a, b, dims=2)', tensordot),
  row('chain_matmul(*matrices)', (call) => {
    const payloads = call.variadicPayloads('matrices');
    return call.tensor(payloads.map(({ node }) => node).reduce(matmul), payloads[0]?.dtype ?? 'float32');
  }),
  row('cdist(x1, x2, p=2.0, compute_mode=None)', (call) => {
    const { operands, dtype } = pair(call, 'x1', 'x2');
    return call.tensor(cdist(...operands, call.number('p')), dtype);
  }),
];

function linalgNorm(call: Call, matrixAxes: boolean): PyValue {
  const x = call.floats('input');
  const axes = call.optionalIntList('dim');
  const order = call.value('ord');
  const matrix = matrixAxes || (order !== null && (axes?.length === 2 || (axes === undefined && x.shape.length === 2)));
  if (matrix && order !== null && order !== 'fro' && call.name !== 'vector_norm')
    return call.unsupported(
      `of a matrix with ord=${call.interpreter.str(order)} is not followed; only the Frobenius norm is`,
    );
  const dims = matrixAxes && axes === undefined ? [-2, -1] : axes;
  const value = order === null || order === 'fro' ? 2 : call.number('ord');
  return call.tensor(vectorNorm(x, value, dims, call.flag('keepdim')), call.floatDtype('input'));
}

/** Functions of torch.linalg. */
export const linalgRows: readonly FunctionRow[] = [
  row('norm(input, ord=None, dim=None, keepdim=False, *, dtype=None)', (call) => linalgNorm(call, false)),
  row('vector_norm(input, ord=2, dim=None, keepdim=False, *, dtype=None)', (call) => linalgNorm(call, false)),
  row('matrix_norm(input, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None)', (call) => linalgNorm(call, true)),
  row('matmul(input, other)', (call) =>
    call.tensor(matmul(call.node('input'), call.node('other')), call.dtype('input')),
  ),
  row('vecdot(input, other, *, dim=-1)', (call) => {
    const { nodes, dtype } = call.promoted('input', 'other');
    return call.tensor(sum(mul(nodes[0] ?? full(0), nodes[1] ?? full(0)), [call.int('dim')]), dtype);
  }),
  row('cross(input, other, *, dim=-1)', cross),
  row('multi_dot(tensors)', (call) => {
    const payloads = call.payloads('tensors');
    return call.tensor(payloads.map(({ node }) => node).reduce(matmul), payloads[0]?.dtype ?? 'float32');
  }),
  row('diagonal(input, *, offset=0, dim1=-2, dim2=-1)', (call) =>
    call.tensor(
      diagonal(call.node('input'), call.int('offset'), call.int('dim1'), call.int('dim2')),
      call.dtype('input'),
    ),
  ),
];
