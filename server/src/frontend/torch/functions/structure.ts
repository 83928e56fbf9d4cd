/** Functions that rearrange, join, pick and scatter elements into new tensors. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import { broadcastShapes, broadcastTo, constant, full, mul, reshape, select, take } from '../../../graph/operations';
import { evaluateConstant } from '../../../graph/evaluate/evaluate';
import type { PyValue } from '../../../python/values';
import { PyList, PyTuple } from '../../../python/values';
import type { TorchDtype } from '../../model';
import { normaliseAxis, sizeAt } from '../../compositions/axes';
import type { IndexItem } from '../../compositions/indexing';
import { writeIndex } from '../../compositions/indexing';
import * as scatter from '../../compositions/scatter';
import * as structure from '../../compositions/structure';
import { concreteValue, requireConcrete } from '../tensor/concrete';
import { promoteTypes } from '../tensor/dtype';
import type { TensorPayload } from '../tensor/payload';
import { asOperand, castTo, toGraphDtype } from '../tensor/promotion';
import { maskIndices } from '../tensor/subscript';
import { payloadOf } from '../tensor/tensor';
import type { Call, FunctionRow } from './call';
import { row } from './call';

/** Tensors brought to their common type. */
function common(payloads: readonly TensorPayload[]): { nodes: Node[]; dtype: TorchDtype } {
  const dtype = payloads.map((payload) => payload.dtype).reduce(promoteTypes, payloads[0]?.dtype ?? 'float32');
  return { nodes: payloads.map(({ node }) => castTo(node, dtype)), dtype };
}

function joined(call: Call, join: (nodes: readonly Node[]) => Node, name = 'tensors'): PyValue {
  const { nodes, dtype } = common(call.payloads(name));
  return call.tensor(join(nodes), dtype);
}

/** hstack, vstack, dstack: cat after raising the rank. */
const atLeast = (x: Node, rank: number): Node => {
  if (x.shape.length >= rank) return x;
  if (rank === 3) return x.shape.length === 2 ? structure.addAxis(x, 2) : reshape(x, [1, elementCount(x.shape), 1]);
  return reshape(x, [...Array.from({ length: rank - x.shape.length }, () => 1), ...x.shape]);
};

const index = (call: Call, name = 'index'): Node => {
  const node = call.node(name);
  return node.dtype === 'int' ? node : call.fail(`${call.name}(): Expected dtype int64 for ${name}`);
};

/** The values to write: a tensor, or a number for every index. */
function source(call: Call, name: string, indices: Node, dtype: TorchDtype): Node {
  const operand = asOperand(call.value(name), call.interpreter) ?? call.wrongType(name, 'Tensor or Number');
  const node = castTo(operand.node, dtype);
  return operand.rank === 'number' || node.shape.length === 0 ? broadcastTo(node, indices.shape) : node;
}

function scattering(call: Call): PyValue {
  const x = call.node('input');
  const indices = index(call);
  const values = source(call, call.has('src') ? 'src' : 'value', indices, call.dtype('input'));
  const reduce = call.has('reduce') ? call.choice('reduce', ['add', 'multiply']) : undefined;
  if (reduce === 'multiply') return call.unsupported("with reduce='multiply' is not followed");
  const run = reduce === 'add' ? scatter.scatterAddTo : scatter.scatterTo;
  return call.tensor(run(x, call.int('dim'), indices, values), call.dtype('input'));
}

function scatterReduction(call: Call): PyValue {
  const [x, dim, indices] = [call.node('input'), call.int('dim'), index(call)];
  const values = source(call, 'src', indices, call.dtype('input'));
  const includeSelf = call.flag('include_self');
  const kind = call.text('reduce');
  if (kind === 'mean')
    return call.tensor(scatter.scatterMean(x, dim, indices, values, includeSelf), call.dtype('input'));
  if (kind === 'sum' && includeSelf)
    return call.tensor(scatter.scatterAddTo(x, dim, indices, values), call.dtype('input'));
  return call.unsupported(`with reduce='${kind}' is not followed`);
}

function maskedFill(call: Call): PyValue {
  const mask = toGraphDtype(call.node('mask'), 'bool');
  const value = castTo(call.operand('value').node, call.dtype('input'));
  const shape = broadcastShapes(call.node('input').shape, mask.shape);
  return call.tensor(broadcastTo(select(mask, value, call.node('input')), shape), call.dtype('input'));
}

/** Elements where the mask holds: their number must be known. */
function maskedSelect(call: Call): PyValue {
  const shape = broadcastShapes(call.node('input').shape, call.node('mask').shape);
  const mask = concreteValue(broadcastTo(call.node('mask'), shape), call.interpreter);
  if (mask === undefined) return call.stop('masked_select gives a size that depends on the data');
  const positions: number[] = [];
  mask.forEach((value: number, i: number) => {
    if (value !== 0) positions.push(i);
  });
  const flat = reshape(broadcastTo(call.node('input'), shape), [elementCount(shape)]);
  return call.tensor(take(flat, constant(Int32Array.from(positions), [positions.length]), 0), call.dtype('input'));
}

function nonzero(call: Call): PyValue {
  const payload = call.payload('input');
  const value = requireConcrete(payload, call.interpreter, call.name);
  const columns = maskIndices(value, payload.shape);
  const count = columns[0]?.length ?? 0;
  if (call.flag('as_tuple'))
    return new PyTuple(columns.map((column) => call.tensor(constant(column, [count]), 'int64')));
  const rows = Int32Array.from(
    { length: count * columns.length },
    (_, i) => columns[i % columns.length]?.[Math.floor(i / columns.length)] ?? 0,
  );
  return call.tensor(constant(rows, [count, columns.length]), 'int64');
}

function indexPut(call: Call, accumulate: boolean): PyValue {
  const given = call.value('indices');
  const items: IndexItem[] = (given instanceof PyTuple || given instanceof PyList ? given.items : [given]).map(
    (item) => {
      const payload = payloadOf(item);
      if (payload === undefined) return { kind: 'slice', start: undefined, stop: undefined, step: 1 };
      return { kind: 'tensor', index: payload.node };
    },
  );
  if (items.some((item) => item.kind === 'tensor' && item.index.dtype !== 'int'))
    return call.unsupported('with masks is not followed; assign with x[mask] = value');
  const x = call.node('input');
  return call.tensor(
    writeIndex(x, items, castTo(call.node('values'), call.dtype('input')), evaluateConstant, accumulate),
    call.dtype('input'),
  );
}

function repeatInterleaved(call: Call): PyValue {
  const x = call.node('input');
  const flat = call.has('dim') ? x : reshape(x, [elementCount(x.shape)]);
  const axis = call.has('dim') ? normaliseAxis(call.int('dim'), x.shape.length) : 0;
  const counts = payloadOf(call.value('repeats'));
  if (counts === undefined || elementCount(counts.shape) === 1)
    return call.tensor(structure.repeatInterleave(flat, call.int('repeats'), axis), call.dtype('input'));
  const known = requireConcrete(counts, call.interpreter, 'repeat_interleave');
  const positions = [...known].flatMap((count, i) => Array.from({ length: count }, () => i));
  return call.tensor(take(flat, constant(Int32Array.from(positions), [positions.length]), axis), call.dtype('input'));
}

/** Functions and methods that also have in-place forms. */
export const structureInPlaceRows: readonly FunctionRow[] = [
  row('masked_fill(input, mask, value)', maskedFill),
  row('masked_scatter(input, mask, source)', (call) => {
    const x = call.node('input');
    const mask = broadcastTo(toGraphDtype(call.node('mask'), 'bool'), x.shape);
    return call.tensor(scatter.maskedScatter(x, mask, call.node('source')), call.dtype('input'));
  }),
  row('scatter(input, dim, index, src=None, value=None, *, reduce=None)', scattering),
  row('scatter_add(input, dim, index, src)', (call) =>
    call.tensor(
      scatter.scatterAddTo(call.node('input'), call.int('dim'), index(call), call.node('src')),
      call.dtype('input'),
    ),
  ),
  row('scatter_reduce(input, dim, index, src, reduce, *, include_self=True)', scatterReduction),
  row('index_add(input, dim, index, source, *, alpha=1)', (call) => {
    const values = call.node('source');
    const scaled = call.number('alpha') === 1 ? values : mul(values, full(call.number('alpha'), [], values.dtype));
    return call.tensor(scatter.indexAdd(call.node('input'), call.int('dim'), index(call), scaled), call.dtype('input'));
  }),
  row('index_copy(input, dim, index, source)', (call) =>
    call.tensor(
      scatter.indexCopy(call.node('input'), call.int('dim'), index(call), call.node('source')),
      call.dtype('input'),
    ),
  ),
  row('index_fill(input, dim, index, value)', (call) => {
    const value = castTo(call.operand('value').node, call.dtype('input'));
    return call.tensor(scatter.indexFill(call.node('input'), call.int('dim'), index(call), value), call.dtype('input'));
  }),
  row('index_put(input, indices, values, accumulate=False)', (call) => indexPut(call, call.flag('accumulate'))),
  row('tril(input, diagonal=0)', (call) =>
    call.tensor(structure.tril(call.node('input'), call.int('diagonal')), call.dtype('input')),
  ),
  row('triu(input, diagonal=0)', (call) =>
    call.tensor(structure.triu(call.node('input'), call.int('diagonal')), call.dtype('input')),
  ),
];

/** Functions and methods. */
export const structureRows: readonly FunctionRow[] = [
  row('gather(input, dim, index, *, sparse_grad=False)', (call) =>
    call.tensor(scatter.gather(call.node('input'), call.int('dim'), index(call)), call.dtype('input')),
  ),
  row('take_along_dim(input, indices, dim=None)', (call) => {
    const [x, indices] = [call.node('input'), index(call, 'indices')];
    const axis = call.has('dim') ? normaliseAxis(call.int('dim'), x.shape.length) : 0;
    const flat = call.has('dim') ? x : reshape(x, [elementCount(x.shape)]);
    const target = flat.shape.map((size, i) =>
      i === axis ? sizeAt(indices.shape, i) : Math.max(size, sizeAt(indices.shape, i)),
    );
    const lined = broadcastTo(
      flat,
      target.map((size, i) => (i === axis ? sizeAt(flat.shape, i) : size)),
    );
    return call.tensor(scatter.gather(lined, axis, broadcastTo(indices, target)), call.dtype('input'));
  }),
  row('take(input, index)', (call) => {
    const x = call.node('input');
    return call.tensor(take(reshape(x, [elementCount(x.shape)]), index(call), 0), call.dtype('input'));
  }),
  row('index_select(input, dim, index)', (call) =>
    call.tensor(scatter.indexSelect(call.node('input'), call.int('dim'), index(call)), call.dtype('input')),
  ),
  row('masked_select(input, mask)', maskedSelect),
  row('nonzero(input, *, as_tuple=False)', nonzero),
  row('argwhere(input, *, as_tuple=False)', nonzero),
  row('flip(input, *dims)', (call) =>
    call.tensor(structure.flip(call.node('input'), call.variadicInts('dims')), call.dtype('input')),
  ),
  row('fliplr(input)', (call) => call.tensor(structure.flip(call.node('input'), [1]), call.dtype('input'))),
  row('flipud(input)', (call) => call.tensor(structure.flip(call.node('input'), [0]), call.dtype('input'))),
  row('rot90(input, k=1, dims=(0, 1))', (call) => {
    const [from = 0, to = 1] = call.intList('dims');
    return call.tensor(structure.rotate90(call.node('input'), call.int('k'), from, to), call.dtype('input'));
  }),
  row('roll(input, shifts, dims=None)', (call) =>
    call.tensor(
      structure.roll(call.node('input'), call.intList('shifts'), call.optionalIntList('dims') ?? []),
      call.dtype('input'),
    ),
  ),
  row('tile(input, *dims)', (call) =>
    call.tensor(structure.tile(call.node('input'), call.variadicInts('dims')), call.dtype('input')),
  ),
  row('repeat_interleave(input, repeats, dim=None, *, output_size=None)', repeatInterleaved),
  row('diag(input, diagonal=0)', (call) => {
    const x = call.node('input');
    const offset = call.int('diagonal');
    const result = x.shape.length === 1 ? structure.diagonalEmbed(x, offset) : structure.diagonal(x, offset, 0, 1);
    return call.tensor(result, call.dtype('input'));
  }),
  row('diagflat(input, offset=0)', (call) => {
    const x = call.node('input');
    return call.tensor(
      structure.diagonalEmbed(reshape(x, [elementCount(x.shape)]), call.int('offset')),
      call.dtype('input'),
    );
  }),
  row('diag_embed(input, offset=0, dim1=-2, dim2=-1)', (call) =>
    call.tensor(
      structure.diagonalEmbed(call.node('input'), call.int('offset'), call.int('dim1'), call.int('dim2')),
      call.dtype('input'),
    ),
  ),
  row('clone(input, *, memory_format=None)', (call) => call.tensor(call.node('input'), call.dtype('input'))),
  row('bincount(input, weights=None, minlength=0)', (call) => {
    const known = requireConcrete(call.payload('input'), call.interpreter, 'bincount');
    const bins = Math.max(call.int('minlength'), ...[...known].map((value) => value + 1), 0);
    const weights = call.optionalNode('weights');
    const counts =
      weights === undefined
        ? scatter.binCount(call.node('input'), bins)
        : scatter.binCount(call.node('input'), bins, weights);
    return call.tensor(counts, weights === undefined ? 'int64' : call.dtype('weights'));
  }),
  row('unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None)', (call) => {
    if (call.flag('return_inverse') || call.flag('return_counts') || call.has('dim'))
      return call.unsupported('with extra results is not followed');
    const known = requireConcrete(call.payload('input'), call.interpreter, 'unique');
    const values = [...new Set(known)].sort((a, b) => a - b);
    const data =
      known instanceof Float64Array
        ? Float64Array.from(values)
        : known instanceof Int32Array
          ? Int32Array.from(values)
          : Uint8Array.from(values);
    return call.tensor(constant(data, [values.length]), call.dtype('input'));
  }),
];

/** Functions only. */
export const structureFunctionRows: readonly FunctionRow[] = [
  row('cat(tensors, dim=0)', (call) => joined(call, (nodes) => structure.cat(nodes, call.int('dim')))),
  row('concat(tensors, dim=0)', (call) => joined(call, (nodes) => structure.cat(nodes, call.int('dim')))),
  row('concatenate(tensors, dim=0)', (call) => joined(call, (nodes) => structure.cat(nodes, call.int('dim')))),
  row('stack(tensors, dim=0)', (call) => joined(call, (nodes) => structure.stack(nodes, call.int('dim')))),
  row('hstack(tensors)', (call) =>
    joined(call, (nodes) => {
      const raised = nodes.map((node) => atLeast(node, 1));
      return structure.cat(raised, (raised[0]?.shape.length ?? 1) === 1 ? 0 : 1);
    }),
  ),
  row('vstack(tensors)', (call) =>
    joined(call, (nodes) =>
      structure.cat(
        nodes.map((node) => atLeast(node, 2)),
        0,
      ),
    ),
  ),
  row('row_stack(tensors)', (call) =>
    joined(call, (nodes) =>
      structure.cat(
        nodes.map((node) => atLeast(node, 2)),
        0,
      ),
    ),
  ),
  row('column_stack(tensors)', (call) =>
    joined(call, (nodes) =>
      structure.cat(
        nodes.map((node) => (node.shape.length < 2 ? reshape(node, [elementCount(node.shape), 1]) : node)),
        1,
      ),
    ),
  ),
  row('dstack(tensors)', (call) =>
    joined(call, (nodes) =>
      structure.cat(
        nodes.map((node) => atLeast(node, 3)),
        2,
      ),
    ),
  ),
  row('meshgrid(*tensors, indexing="ij")', (call) => {
    const payloads = call.variadicPayloads('tensors');
    const { nodes, dtype } = common(payloads);
    return new PyTuple(
      structure.meshgrid(nodes, call.choice('indexing', ['ij', 'xy'])).map((node) => call.tensor(node, dtype)),
    );
  }),
  row('cartesian_prod(*tensors)', (call) => {
    const { nodes, dtype } = common(call.variadicPayloads('tensors'));
    const grid = structure.meshgrid(nodes, 'ij').map((node) => reshape(node, [elementCount(node.shape)]));
    return call.tensor(nodes.length === 1 ? (grid[0] ?? full(0)) : structure.stack(grid, 1), dtype);
  }),
  row('combinations(input, r=2)', (call) => {
    const x = call.node('input');
    const chosen = subsets(sizeAt(x.shape, 0), call.int('r'));
    return call.tensor(
      take(x, constant(Int32Array.from(chosen.flat()), [chosen.length, call.int('r')]), 0),
      call.dtype('input'),
    );
  }),
  row('broadcast_tensors(*tensors)', (call) => {
    const payloads = call.variadicPayloads('tensors');
    const shape = payloads.map((payload) => payload.shape).reduce(broadcastShapes, []);
    return new PyTuple(payloads.map((payload) => call.tensor(broadcastTo(payload.node, shape), payload.dtype)));
  }),
  row('block_diag(*tensors)', (call) => {
    const { nodes, dtype } = common(call.variadicPayloads('tensors'));
    const blocks = nodes.map((node) => atLeast(node, 2));
    const width = blocks.reduce((sum, block) => sum + sizeAt(block.shape, 1), 0);
    let left = 0;
    const rows = blocks.map((block) => {
      const [height, own] = [sizeAt(block.shape, 0), sizeAt(block.shape, 1)];
      const parts = [full(0, [height, left], block.dtype), block, full(0, [height, width - left - own], block.dtype)];
      left += own;
      return structure.cat(
        parts.filter((part) => sizeAt(part.shape, 1) > 0),
        1,
      );
    });
    return call.tensor(structure.cat(rows, 0), dtype);
  }),
  row('searchsorted(sorted_sequence, input, *, out_int32=False, right=False, side=None, sorter=None)', (call) => {
    if (call.node('sorted_sequence').shape.length !== 1)
      return call.unsupported('of several sequences at once is not followed');
    const right = call.flag('right') || (call.has('side') && call.text('side') === 'right');
    const limits = toGraphDtype(call.node('sorted_sequence'), 'float');
    return call.tensor(scatter.bucketize(toGraphDtype(call.operand('input').node, 'float'), limits, right), 'int64');
  }),
  row('bucketize(input, boundaries, *, out_int32=False, right=False)', (call) =>
    call.tensor(
      scatter.bucketize(
        toGraphDtype(call.operand('input').node, 'float'),
        toGraphDtype(call.node('boundaries'), 'float'),
        call.flag('right'),
      ),
      'int64',
    ),
  ),
  row('atleast_1d(*tensors)', (call) => raised(call, 1)),
  row('atleast_2d(*tensors)', (call) => raised(call, 2)),
  row('atleast_3d(*tensors)', (call) => raised(call, 3)),
];

/** Methods only. */
export const structureMethodRows: readonly FunctionRow[] = [
  row('repeat(input, *repeats)', (call) =>
    call.tensor(structure.repeat(call.node('input'), call.variadicInts('repeats')), call.dtype('input')),
  ),
];

function raised(call: Call, rank: number): PyValue {
  const made = call
    .variadicPayloads('tensors')
    .map((payload) => call.tensor(atLeast(payload.node, rank), payload.dtype));
  const [only] = made;
  return made.length === 1 && only !== undefined ? only : new PyTuple(made);
}

/** All r-subsets of 0 … n − 1 in lexicographic order. */
function subsets(n: number, r: number, from = 0): number[][] {
  if (r === 0) return [[]];
  return Array.from({ length: Math.max(0, n - from) }, (_, i) => from + i).flatMap((first) =>
    subsets(n, r - 1, first + 1).map((rest) => [first, ...rest]),
  );
}
