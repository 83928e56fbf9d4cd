/** Fourier transforms of signals [..., length, 1 or 2] (the last axis: real and imaginary part), and their windows. */
import type { Node } from '../../../graph/node';
import { add, constant, full, mul, pad, reshape, sliceAxis, sub, take } from '../../../graph/operations';
import { normaliseAxis, sizeAt } from '../../compositions/axes';
import { applyAlongAxis } from '../../compositions/pooling';
import { stack } from '../../compositions/structure';
import type { Operator, OperatorCall } from '../operatorCall';

/** Elements of a matrix of cosines. */
const LARGEST_MATRIX = 1 << 22;

/** `entry(k, n)` as a matrix [rows, columns]. */
function matrix(call: OperatorCall, rows: number, columns: number, entry: (k: number, n: number) => number): Node {
  if (rows * columns > LARGEST_MATRIX) call.fail(`a transform of ${columns} elements is too long`);
  const values = Float64Array.from({ length: rows * columns }, (_, i) => entry(Math.floor(i / columns), i % columns));
  return constant(values, [rows, columns]);
}

/** First `length` elements along an axis, with zeros where there are fewer. */
function fitted(x: Node, axis: number, length: number): Node {
  const size = sizeAt(x.shape, axis);
  if (size >= length) return sliceAxis(x, axis, 0, length);
  const none = x.shape.map(() => 0);
  return pad(
    x,
    none,
    none.map((_, i) => (i === axis ? length - size : 0)),
  );
}

/**
 * Σₙ x[n]·e^{∓2πi·kn/length} along an axis of x [..., 1 or 2], as two products with matrices of cosines and sines. `kept`:
 * number of frequencies in the result.
 */
function transformed(call: OperatorCall, x: Node, axis: number, length: number, kept: number, inverse = false): Node {
  const last = x.shape.length - 1;
  const part = (index: number): Node => {
    const shape = x.shape.slice(0, last);
    return fitted(reshape(sliceAxis(x, last, index, index + 1), shape), axis, length);
  };
  const angle = (k: number, n: number): number => (2 * Math.PI * ((k * n) % length)) / length;
  const factor = inverse ? 1 / length : 1;
  const cosines = matrix(call, kept, length, (k, n) => factor * Math.cos(angle(k, n)));
  const sines = matrix(call, kept, length, (k, n) => factor * Math.sin(inverse ? -angle(k, n) : angle(k, n)));
  const along = (values: Node, by: Node): Node => applyAlongAxis(values, by, axis);
  const real = part(0);
  if (sizeAt(x.shape, last) === 1) return stack([along(real, cosines), sub(full(0), along(real, sines))], last);
  const imaginary = part(1);
  return stack(
    [add(along(real, cosines), along(imaginary, sines)), sub(along(imaginary, cosines), along(real, sines))],
    last,
  );
}

const half = (length: number): number => Math.floor(length / 2) + 1;

/** The axis is an attribute before operator set 20. */
const fourier: Operator = (call) => {
  const x = call.input(0);
  const given = call.version < 20 ? call.int('axis', 1) : (call.optionalNumbers(2)?.[0] ?? -2);
  const axis = normaliseAxis(given, x.shape.length);
  const inverse = call.int('inverse', 0) === 1;
  const onesided = call.int('onesided', 0) === 1;
  if (inverse && onesided) call.fail('the inverse of half a spectrum is not read');
  const length = call.optionalNumbers(1)?.[0] ?? sizeAt(x.shape, axis);
  return transformed(call, x, axis, length, onesided ? half(length) : length, inverse);
};

/** Transforms of windows that move over a signal [N, length, 1 or 2] → [N, frames, frequencies, 2]. */
const shortTime: Operator = (call) => {
  const x = call.input(0);
  const [step = 1] = call.numbers(1);
  const window = call.optional(2);
  const [batch = 0, size = 0, parts = 1] = x.shape;
  const length = call.optionalNumbers(3)?.[0] ?? (window === undefined ? size : sizeAt(window.shape, 0));
  const frames = Math.floor((size - length) / step) + 1;
  if (!(step >= 1 && frames >= 1))
    call.fail(`frames of ${length} elements in steps of ${step} do not fit into ${size}`);
  const index = Int32Array.from({ length: frames * length }, (_, i) => Math.floor(i / length) * step + (i % length));
  const framed = reshape(take(x, constant(index, [frames * length]), 1), [batch, frames, length, parts]);
  const weighed = window === undefined ? framed : mul(framed, reshape(window, [1, 1, length, 1]));
  return transformed(call, weighed, 2, length, call.int('onesided', 1) === 1 ? half(length) : length);
};

/** Σₖ (−1)ᵏ·aₖ·cos(2πk·i/period) */
const cosineWindow =
  (coefficients: readonly number[]): Operator =>
  (call) => {
    const [size = 0] = call.numbers(0);
    if (!(size >= 0 && size <= LARGEST_MATRIX)) call.fail(`a size of ${size}`);
    const period = call.int('periodic', 1) === 1 ? size : size - 1;
    const at = (i: number): number =>
      coefficients.reduce((sum, a, k) => sum + (-1) ** k * a * Math.cos((2 * Math.PI * k * i) / period), 0);
    return constant(
      Float64Array.from({ length: size }, (_, i) => at(i)),
      [size],
    );
  };

export const signal: Readonly<Record<string, Operator>> = {
  DFT: fourier,
  STFT: shortTime,
  HannWindow: cosineWindow([0.5, 0.5]),
  HammingWindow: cosineWindow([25 / 46, 21 / 46]),
  BlackmanWindow: cosineWindow([0.42, 0.5, 0.08]),
};
