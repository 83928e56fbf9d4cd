/** Shapes of inputs that the code does not determine: a functional model is made of them, so they must be known before it is. */
import type { Shape } from '../graph/primitives';
import { commentMark } from '../javascript/isJavaScript';
import { TraceStop } from '../python/errors';
import { native } from '../python/native';
import { PyList, PyModule, PyTuple, Unknown } from '../python/values';
import type { PyValue } from '../python/values';
import type { ModuleMaker } from './torch/nnLibrary';

/** What to do about it in a file. */
export const sayTheShape = (file: string): string =>
  `Say it with --input 28x28x1, or in a comment above the model: ${commentMark(file)} hessian-lens: input=28x28x1`;

/**
 * A module with `input_shape(shape, with_batch)`: the shape, with what the code does not determine as somebody stated it;
 * and `is_given`, `is_unknown` of a value.
 * `stated`: shapes of samples by which somebody described the inputs, in their order.
 */
export const statedShapes =
  (name: string, stated: readonly Shape[]): ModuleMaker =>
  () => {
    const module = new PyModule(name);
    let next = 0;
    const inputShape = native('input_shape(shape, with_batch=False)', ({ shape = null, with_batch }, interpreter) => {
      if (shape === null) return null;
      const found = stated[next++ % stated.length];
      const unknown = unknownIn(shape);
      if (unknown === undefined) return shape;
      if (found !== undefined) return completed(shape, with_batch === true ? [null, ...found] : found);
      const hint = sayTheShape(unknown.origin?.file ?? interpreter.currentSpan?.file ?? '');
      throw new TraceStop(`the shape of an input is not known: ${unknown.reason}`, unknown.origin, hint);
    });
    for (const each of [inputShape, isGiven, isUnknown]) module.attributes.set(each.name, each);
    return module;
  };

/** Library code may ask of a value only this, as long as it is not known. */
const isGiven = native('is_given(value)', ({ value = null }) => value !== null);
const isUnknown = native('is_unknown(value)', ({ value = null }) => value instanceof Unknown);

const sizesOf = (shape: PyValue): readonly PyValue[] =>
  shape instanceof PyList || shape instanceof PyTuple ? shape.items : [];

const unknownIn = (shape: PyValue): Unknown | undefined =>
  shape instanceof Unknown ? shape : sizesOf(shape).find((size) => size instanceof Unknown);

/** Sizes that the code determines stay. */
function completed(shape: PyValue, stated: readonly (number | null)[]): PyList {
  const known = sizesOf(shape);
  const isAligned = known.length === stated.length;
  const sizes = stated.map((size, axis) => {
    const own = known[axis];
    return isAligned && own !== undefined && !(own instanceof Unknown) ? own : size === null ? null : BigInt(size);
  });
  return new PyList(sizes);
}
