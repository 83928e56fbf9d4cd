/** Crops, reversals and blocks: where elements lie, by less usual rules. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import {
  broadcastTo,
  convert,
  full,
  iota,
  lt,
  remainder,
  reshape,
  select,
  sliceAxis,
  sub,
  takeAlong,
} from '../../../graph/operations';
import { normaliseAxes, sizeAt } from '../../compositions/axes';
import { pad, type Amount } from '../../compositions/padding';
import { maxUnpool } from '../../compositions/pooling';
import { fold } from '../../compositions/unfold';
import type { Operator, OperatorCall } from '../operatorCall';

/** The middle of an axis, or the axis in the middle of zeros; the odd element is behind. */
function centred(call: OperatorCall): Node {
  const x = call.input(0);
  const axes = normaliseAxes(call.ints('axes'), x.shape.length);
  const target = call.numbers(1);
  const amounts: Amount[] = x.shape.map((size, axis) => {
    const index = axes.indexOf(axis);
    const missing = index < 0 ? 0 : (target[index] ?? size) - size;
    const before = missing < 0 ? -Math.floor(-missing / 2) : Math.floor(missing / 2);
    return [before, missing - before];
  });
  return pad(x, amounts);
}

/** The first elements of each sample in reverse order, as many as its length says. */
function reversed(call: OperatorCall): Node {
  const x = call.input(0);
  const [time, batch] = [call.int('time_axis', 0), call.int('batch_axis', 1)];
  const lengths = convert(call.input(1), 'int');
  const along = reshape(
    lengths,
    x.shape.map((_, axis) => (axis === batch ? sizeAt(lengths.shape, 0) : 1)),
  );
  const place = iota(x.shape, time);
  const turned = sub(sub(broadcastTo(along, x.shape), full(1, [], 'int')), place);
  return takeAlong(x, select(lt(place, along), turned, place), time);
}

/** Columns [N, C·ΠK, blocks] back into an image; overlapping blocks add up. */
function blocks(call: OperatorCall): Node {
  const [image, kernel] = [call.numbers(1), call.numbers(2)];
  const ones = kernel.map(() => 1);
  const pads = call.ints('pads') ?? [];
  const before = kernel.map((_, i) => pads[i] ?? 0);
  const after = kernel.map((_, i) => pads[i + kernel.length] ?? 0);
  const whole = image.map((size, i) => size + (before[i] ?? 0) + (after[i] ?? 0));
  const result = fold(call.input(0), whole, {
    kernel,
    dilation: call.ints('dilations') ?? ones,
    strides: call.ints('strides') ?? ones,
    padding: kernel.map(() => 0),
  });
  return image.reduce((current, size, i) => sliceAxis(current, i + 2, before[i] ?? 0, (before[i] ?? 0) + size), result);
}

/** Values at the places where pooling found them. Indices count through the whole tensor of the unpooled size. */
function unpooled(call: OperatorCall): Node {
  const x = call.input(0);
  const kernel = call.ints('kernel_shape') ?? call.fail('kernel_shape is missing');
  const pads = call.ints('pads') ?? [];
  const own = kernel.map((size, i) => {
    const extent = (sizeAt(x.shape, i + 2) - 1) * (call.ints('strides')?.[i] ?? 1) + size;
    return extent - (pads[i] ?? 0) - (pads[i + kernel.length] ?? 0);
  });
  const spatial = call.optionalNumbers(2)?.slice(2) ?? own;
  // Where a larger size is given, indices still are those of the pooled tensor's own size.
  const index = convert(remainder(convert(call.input(1), 'float'), full(elementCount(own))), 'int');
  const result = maxUnpool(x, index, own);
  if (spatial.join() === own.join()) return result;
  return pad(result, [[0, 0], [0, 0], ...spatial.map((size, i): Amount => [0, size - (own[i] ?? 0)])]);
}

export const arranging: Readonly<Record<string, Operator>> = {
  CenterCropPad: centred,
  ReverseSequence: reversed,
  Col2Im: blocks,
  MaxUnpool: unpooled,
};
