/** `torch.nn.init`: distributions of initial values, made when first needed. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import { add, broadcastTo, constant, full, scale } from '../../../graph/operations';
import type { Shape } from '../../../graph/primitives';
import type { PyValue } from '../../../python/values';
import { PyTuple } from '../../../python/values';
import { sizeAt } from '../../compositions/axes';
import { graphDtype } from '../tensor/dtype';
import { drawn, lazyConstant } from '../tensor/lazyConstant';
import type { Call, FunctionRow } from './call';
import { row, writeInto } from './call';
import { normalNode, scaled, uniformNode } from './creation';

/** Sets the tensor without gradient and gives it back. */
function initialise(call: Call, value: (shape: Shape) => Node): PyValue {
  const tensor = call.value('tensor');
  const payload = call.payload('tensor');
  call.context.withGradient(false, () => writeInto(tensor, value(payload.shape), payload.dtype, call.interpreter));
  return tensor;
}

/** Inputs and outputs of a unit: [out, in, …receptive field]. */
function fans(call: Call, shape: Shape): { in: number; out: number } {
  if (shape.length < 2)
    return call.interpreter.raise(
      'ValueError',
      'Fan in and fan out can not be computed for tensor with fewer than 2 dimensions',
    );
  const field = elementCount(shape.slice(2));
  return { in: sizeAt(shape, 1) * field, out: sizeAt(shape, 0) * field };
}

/** torch.nn.init.calculate_gain */
function gainOf(call: Call, nonlinearity: string, slope: number | undefined): number {
  switch (nonlinearity) {
    case 'linear':
    case 'identity':
    case 'sigmoid':
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
    case 'conv_transpose1d':
    case 'conv_transpose2d':
    case 'conv_transpose3d':
      return 1;
    case 'tanh':
      return 5 / 3;
    case 'relu':
      return Math.SQRT2;
    case 'leaky_relu':
      return Math.sqrt(2 / (1 + (slope ?? 0.01) ** 2));
    case 'selu':
      return 3 / 4;
    default:
      return call.interpreter.raise('ValueError', `Unsupported nonlinearity ${nonlinearity}`);
  }
}

/** Standard deviation of Kaiming initialisation; He et al. 2015. */
function kaimingDeviation(call: Call, shape: Shape): number {
  const fan = fans(call, shape)[call.choice('mode', ['fan_in', 'fan_out']) === 'fan_in' ? 'in' : 'out'];
  return gainOf(call, call.text('nonlinearity'), call.number('a')) / Math.sqrt(fan);
}

/** Glorot and Bengio 2010. */
function xavierDeviation(call: Call, shape: Shape): number {
  const { in: fanIn, out: fanOut } = fans(call, shape);
  return call.number('gain') * Math.sqrt(2 / (fanIn + fanOut));
}

const normal = (call: Call, shape: Shape, mean: number, deviation: number): Node =>
  add(scale(normalNode(call, shape), deviation), full(mean));

const uniformOfDeviation = (call: Call, shape: Shape, deviation: number): Node =>
  scaled(uniformNode(call, shape), -Math.sqrt(3) * deviation, Math.sqrt(3) * deviation);

/** Normal values, drawn again while outside [low, high]. */
export function truncatedNormal(
  call: Call,
  shape: Shape,
  mean: number,
  deviation: number,
  low: number,
  high: number,
): Node {
  const stream = call.context.draw(call.interpreter.currentSpan);
  return lazyConstant(shape, 'float', (count) => {
    const numbers = stream();
    // Far tails would be drawn forever: after many tries the value is put at the nearer limit.
    const draw = (): number => {
      for (let tries = 0; tries < 1000; tries++) {
        const value = mean + deviation * numbers.normal();
        if (value >= low && value <= high) return value;
      }
      return mean < low ? low : high;
    };
    return drawn(count, draw);
  });
}

/**
 * A (semi-)orthogonal matrix [rows, columns]: Gaussian vectors made orthonormal by modified Gram-Schmidt, twice.
 * The result is distributed as in Saxe et al. 2014, uniformly over such matrices.
 */
function orthogonal(call: Call, shape: Shape, gain: number): Node {
  const rows = sizeAt(shape, 0);
  const columns = elementCount(shape.slice(1));
  const stream = call.context.draw(call.interpreter.currentSpan);
  return lazyConstant(shape, 'float', () => {
    const numbers = stream();
    const [vectors, length] = rows < columns ? [rows, columns] : [columns, rows];
    const basis = Array.from({ length: vectors }, () => Float64Array.from({ length }, () => numbers.normal()));
    basis.forEach((vector, i) => {
      for (let pass = 0; pass < 2; pass++)
        for (const earlier of basis.slice(0, i)) {
          const projection = vector.reduce((sum, value, k) => sum + value * (earlier[k] ?? 0), 0);
          earlier.forEach((value, k) => (vector[k] = (vector[k] ?? 0) - projection * value));
        }
      const norm = Math.hypot(...vector);
      vector.forEach((value, k) => (vector[k] = value / norm));
    });
    return Float64Array.from({ length: rows * columns }, (_, at) => {
      const [i, j] = [Math.floor(at / columns), at % columns];
      return gain * ((rows < columns ? basis[i]?.[j] : basis[j]?.[i]) ?? 0);
    });
  });
}

/** Ones where channel o of each group maps to input o at the middle of the kernel. */
function dirac(call: Call, shape: Shape): Node {
  const groups = call.int('groups');
  if (shape.length < 3 || shape.length > 5)
    return call.interpreter.raise('ValueError', 'Only tensors with 3, 4, or 5 dimensions are supported');
  const kernel = shape.slice(2);
  const outPerGroup = sizeAt(shape, 0) / groups;
  const middle = kernel.reduce((at, size) => at * size + Math.floor(size / 2), 0);
  return lazyConstant(shape, 'float', (count) => {
    const data = new Float64Array(count);
    for (let group = 0; group < groups; group++)
      for (let channel = 0; channel < Math.min(outPerGroup, sizeAt(shape, 1)); channel++)
        data[((group * outPerGroup + channel) * sizeAt(shape, 1) + channel) * elementCount(kernel) + middle] = 1;
    return data;
  });
}

/** A share of each column is zero, the rest normal; Martens 2010. */
function sparse(call: Call, [rows = 0, columns = 0]: Shape): Node {
  const [share, deviation] = [call.number('sparsity'), call.number('std')];
  const stream = call.context.draw(call.interpreter.currentSpan);
  return lazyConstant([rows, columns], 'float', (count) => {
    const numbers = stream();
    const data = drawn(count, () => deviation * numbers.normal());
    const zeros = Math.ceil(share * rows);
    for (let column = 0; column < columns; column++)
      numbers
        .permutation(rows)
        .subarray(0, zeros)
        .forEach((at) => (data[at * columns + column] = 0));
    return data;
  });
}

function identityMatrix([rows = 0, columns = 0]: Shape): Node {
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < Math.min(rows, columns); i++) data[i * columns + i] = 1;
  return constant(data, [rows, columns]);
}

const named: readonly FunctionRow[] = [
  row('uniform_(tensor, a=0.0, b=1.0, generator=None)', (call) =>
    initialise(call, (shape) => scaled(uniformNode(call, shape), call.number('a'), call.number('b'))),
  ),
  row('normal_(tensor, mean=0.0, std=1.0, generator=None)', (call) =>
    initialise(call, (shape) => normal(call, shape, call.number('mean'), call.number('std'))),
  ),
  row('trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None)', (call) =>
    initialise(call, (shape) =>
      truncatedNormal(call, shape, call.number('mean'), call.number('std'), call.number('a'), call.number('b')),
    ),
  ),
  row('constant_(tensor, val)', (call) =>
    initialise(call, (shape) => broadcastTo(full(call.number('val'), [], graphDtype(call.dtype('tensor'))), shape)),
  ),
  row('ones_(tensor)', (call) => initialise(call, (shape) => full(1, shape, graphDtype(call.dtype('tensor'))))),
  row('zeros_(tensor)', (call) => initialise(call, (shape) => full(0, shape, graphDtype(call.dtype('tensor'))))),
  row('eye_(tensor)', (call) => initialise(call, identityMatrix)),
  row('dirac_(tensor, groups=1)', (call) => initialise(call, (shape) => dirac(call, shape))),
  row('xavier_uniform_(tensor, gain=1.0, generator=None)', (call) =>
    initialise(call, (shape) => uniformOfDeviation(call, shape, xavierDeviation(call, shape))),
  ),
  row('xavier_normal_(tensor, gain=1.0, generator=None)', (call) =>
    initialise(call, (shape) => normal(call, shape, 0, xavierDeviation(call, shape))),
  ),
  row("kaiming_uniform_(tensor, a=0, mode='fan_in', nonlinearity='leaky_relu', generator=None)", (call) =>
    initialise(call, (shape) => uniformOfDeviation(call, shape, kaimingDeviation(call, shape))),
  ),
  row("kaiming_normal_(tensor, a=0, mode='fan_in', nonlinearity='leaky_relu', generator=None)", (call) =>
    initialise(call, (shape) => normal(call, shape, 0, kaimingDeviation(call, shape))),
  ),
  row('orthogonal_(tensor, gain=1, generator=None)', (call) =>
    initialise(call, (shape) => orthogonal(call, shape, call.number('gain'))),
  ),
  row('sparse_(tensor, sparsity, std=0.01, generator=None)', (call) =>
    initialise(call, (shape) => sparse(call, shape)),
  ),
];

/** The names of old code, without the underscore. */
const older = named.map(({ signature, run }) => row(signature.replace('_(', '('), run));

/** Functions of torch.nn.init. */
export const initRows: readonly FunctionRow[] = [
  ...named,
  ...older,
  row('calculate_gain(nonlinearity, param=None)', (call) =>
    gainOf(call, call.text('nonlinearity'), call.optionalNumber('param')),
  ),
  row('_calculate_fan_in_and_fan_out(tensor)', (call) => {
    const { in: fanIn, out } = fans(call, call.payload('tensor').shape);
    return new PyTuple([BigInt(fanIn), BigInt(out)]);
  }),
  row('_calculate_correct_fan(tensor, mode)', (call) =>
    BigInt(fans(call, call.payload('tensor').shape)[call.text('mode') === 'fan_in' ? 'in' : 'out']),
  ),
];
