/** Shapes, and where elements lie. */
import { elementCount, type Node } from '../../../graph/node';
import { broadcastTo, full, reshape, reverse, slice, transpose } from '../../../graph/operations';
import { normaliseAxis, sizeAt, unsqueeze } from '../../compositions/axes';
import { cat, stack } from '../../compositions/structure';
import type { Operator, OperatorCall } from '../../onnx/operatorCall';
import { stridedSlice } from './stridedSlice';
import { channelsAsGiven, channelsFirst, onnx, onnxAll, wholeNumbers } from './translated';

/** The operand at the end says the axis. */
const joined: Operator = (call) => {
  const [axis = 0] = call.numbers(call.count - 1);
  return cat(call.inputs().slice(0, -1), axis);
};

const squeezed: Operator = (call) => {
  const axes = call.ints('squeeze_dims') ?? [];
  return onnx(call, 'Squeeze', [call.input(0), axes.length === 0 ? undefined : wholeNumbers(axes)]);
};

/** Pairs [before, after] for each axis; ONNX lists all before, then all after. */
function padded(call: OperatorCall, mode: string): Node {
  const pairs = call.numbers(1);
  const amounts = [...pairs.filter((_, i) => i % 2 === 0), ...pairs.filter((_, i) => i % 2 === 1)];
  return onnx(call, 'Pad', [call.input(0), wholeNumbers(amounts), call.optional(2)], { mode });
}

/** A size of −1 is all that is left. */
function part(call: OperatorCall): Node {
  const x = call.input(0);
  const [starts, sizes] = [call.numbers(1), call.numbers(2)];
  const limits = starts.map((start, i) => {
    const size = sizes[i] ?? -1;
    return size === -1 ? sizeAt(x.shape, i) : start + size;
  });
  return slice(x, starts, limits);
}

const unpacked: Operator = (call) => {
  const x = call.input(0);
  const axis = normaliseAxis(call.int('axis', 0), x.shape.length);
  const shape = x.shape.filter((_, i) => i !== axis);
  const parts = onnxAll(call, 'Split', [x, wholeNumbers(Array.from({ length: sizeAt(x.shape, axis) }, () => 1))], {
    axis,
  });
  return { outputs: parts.map((each) => reshape(each, shape)) };
};

function splitInto(call: OperatorCall, x: Node, sizes: readonly number[], axis: number): { outputs: readonly Node[] } {
  return { outputs: onnxAll(call, 'Split', [x, wholeNumbers(sizes)], { axis }) };
}

/** The axis comes first. */
const split: Operator = (call) => {
  const [[axis = 0], x, count] = [call.numbers(0), call.input(1), call.int('num_split', 1)];
  const size = sizeAt(x.shape, normaliseAxis(axis, x.shape.length)) / count;
  return splitInto(
    call,
    x,
    Array.from({ length: count }, () => size),
    axis,
  );
};

const splitBySizes: Operator = (call) => {
  const [x, sizes, [axis = 0]] = [call.input(0), call.numbers(1), call.numbers(2)];
  const whole = sizeAt(x.shape, normaliseAxis(axis, x.shape.length));
  const known = sizes.reduce((sum, size) => sum + Math.max(0, size), 0);
  return splitInto(
    call,
    x,
    sizes.map((size) => (size === -1 ? whole - known : size)),
    axis,
  );
};

/** Axes [N, spatial …] in blocks: each sample's picture from, or into, several samples. */
function batchToSpace(call: OperatorCall): Node {
  const [x, block, crops] = [call.input(0), call.numbers(1), call.numbers(2)];
  const [samples = 1, ...rest] = x.shape;
  const spatial = rest.slice(0, block.length);
  const others = rest.slice(block.length);
  const count = samples / elementCount(block);
  const apart = reshape(x, [...block, count, ...rest]);
  const order = [block.length, ...block.flatMap((_, i) => [block.length + 1 + i, i])];
  const turned = transpose(apart, [...order, ...others.map((_, i) => 2 * block.length + 1 + i)]);
  const joinedSizes = [count, ...spatial.map((size, i) => size * (block[i] ?? 1)), ...others];
  const starts = joinedSizes.map((_, axis) => (axis > 0 && axis <= block.length ? (crops[2 * (axis - 1)] ?? 0) : 0));
  const limits = joinedSizes.map((size, axis) =>
    axis > 0 && axis <= block.length ? size - (crops[2 * (axis - 1) + 1] ?? 0) : size,
  );
  return slice(reshape(turned, joinedSizes), starts, limits);
}

function spaceToBatch(call: OperatorCall): Node {
  const [given, block, margins] = [call.input(0), call.numbers(1), call.numbers(2)];
  const rank = given.shape.length;
  const amounts = (offset: number): number[] =>
    Array.from({ length: rank }, (_, axis) =>
      axis > 0 && axis <= block.length ? (margins[2 * (axis - 1) + offset] ?? 0) : 0,
    );
  const x = onnx(call, 'Pad', [given, wholeNumbers([...amounts(0), ...amounts(1)])], { mode: 'constant' });
  const [samples = 1, ...rest] = x.shape;
  const spatial = rest.slice(0, block.length).map((size, i) => size / (block[i] ?? 1));
  const others = rest.slice(block.length);
  const apart = reshape(x, [samples, ...spatial.flatMap((size, i) => [size, block[i] ?? 1]), ...others]);
  const blocks = block.map((_, i) => 2 * i + 2);
  const turned = transpose(apart, [
    ...blocks,
    0,
    ...block.map((_, i) => 2 * i + 1),
    ...others.map((_, i) => 2 * block.length + 1 + i),
  ]);
  return reshape(turned, [samples * elementCount(block), ...spatial, ...others]);
}

/** Sizes [height, width]; corners, then pixels' centres, say where a pixel lies. */
const resized =
  (mode: string): Operator =>
  (call) => {
    const x = channelsFirst(call, call.input(0));
    const sizes = [...x.shape.slice(0, 2), ...call.numbers(1)];
    const centred = call.int('half_pixel_centers', 0) === 1;
    const place = call.int('align_corners', 0) === 1 ? 'align_corners' : centred ? 'half_pixel' : 'asymmetric';
    const settings = {
      mode,
      coordinate_transformation_mode: place,
      // Corners that are aligned round half up; what lies at the border of centred pixels belongs to the one behind.
      nearest_mode: place === 'asymmetric' ? 'floor' : 'round_prefer_ceil',
    };
    return channelsAsGiven(call, onnx(call, 'Resize', [x, undefined, undefined, wholeNumbers(sizes)], settings));
  };

const filled: Operator = (call) => broadcastTo(call.input(1), call.rebatched(call.numbers(0)));
const like =
  (value: number): Operator =>
  (call) => {
    const x = call.input(0);
    return broadcastTo(full(value, [], x.dtype), x.shape);
  };

/** depth, then the values of the one and of the others. */
const oneHot: Operator = (call) => {
  const [off, on] = [call.input(3), call.input(2)].map((each) => reshape(each, [1]));
  return onnx(call, 'OneHot', [call.input(0), call.input(1), cat([off ?? full(0, [1]), on ?? full(1, [1])], 0)], {
    axis: call.int('axis', -1),
  });
};

const gathered: Operator = (call) =>
  onnx(call, 'Gather', [call.input(0), call.input(1)], { axis: call.optionalNumbers(2)?.[0] ?? 0 });

export const structure: Readonly<Record<string, Operator>> = {
  Reshape: (call) => onnx(call, 'Reshape', [call.input(0), call.input(1)], { allowzero: 1 }),
  Squeeze: squeezed,
  ExpandDims: (call) => {
    const x = call.input(0);
    return unsqueeze(x, normaliseAxis(call.numbers(1)[0] ?? 0, x.shape.length + 1));
  },
  Transpose: (call) => onnx(call, 'Transpose', [call.input(0)], { perm: call.numbers(1) }),
  ConcatV2: joined,
  Pack: (call) => stack(call.inputs(), call.int('axis', 0)),
  Unpack: unpacked,
  Split: split,
  SplitV: splitBySizes,
  Slice: part,
  StridedSlice: stridedSlice,
  Pad: (call) => padded(call, 'constant'),
  PadV2: (call) => padded(call, 'constant'),
  MirrorPad: (call) => (call.text('mode', '') === 'REFLECT' ? padded(call, 'reflect') : call.fail('mode SYMMETRIC')),
  Tile: (call) => onnx(call, 'Tile', [call.input(0), call.input(1)]),
  Fill: filled,
  BroadcastTo: (call) => broadcastTo(call.input(0), call.rebatched(call.numbers(1))),
  Shape: (call) => wholeNumbers(call.input(0).shape),
  Rank: (call) => full(call.input(0).shape.length, [], 'int'),
  Size: (call) => full(elementCount(call.input(0).shape), [], 'int'),
  Range: (call) => onnx(call, 'Range', call.inputs()),
  ZerosLike: like(0),
  OnesLike: like(1),
  GatherV2: gathered,
  Gather: gathered,
  GatherNd: (call) => onnx(call, 'GatherND', [call.input(0), call.input(1)]),
  OneHot: oneHot,
  ReverseV2: (call) => {
    const x = call.input(0);
    return reverse(
      x,
      call.numbers(1).map((axis) => normaliseAxis(axis, x.shape.length)),
    );
  },
  BatchToSpaceND: batchToSpace,
  SpaceToBatchND: spaceToBatch,
  ResizeBilinear: resized('linear'),
  ResizeNearestNeighbor: resized('nearest'),
};
