/** Shapes of inputs that the code does not determine: a functional model is made of them, so they must be known before it is. */
import type { Shape } from '../../graph/primitives';
import { commentMark } from '../../javascript/isJavaScript';
import { TraceStop } from '../../python/errors';
import { native } from '../../python/native';
import { PyList, PyModule, PyTuple, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { ModuleMaker } from '../torch/nnLibrary';

/** What to do about it in a file. */
export const sayTheShape = (file: string): string =>
  `Say it with --input 28x28x1, or in a comment above the model: ${commentMark(file)} hessian-lens: input=28x28x1`;

/** The module `_tfjs_inputs`. `stated`: shapes of samples by which somebody described the inputs, in their order. */
export const statedInputs =
  (stated: readonly Shape[]): ModuleMaker =>
  () => {
    const module = new PyModule('_tfjs_inputs');
    let next = 0;
    const inputShape = native('input_shape(shape)', ({ shape = null }, interpreter) => {
      const found = stated[next++ % stated.length];
      const unknown = unknownIn(shape);
      if (unknown === undefined) return shape;
      if (found !== undefined) return new PyList(found.map(BigInt));
      const hint = sayTheShape(unknown.origin?.file ?? interpreter.currentSpan?.file ?? '.js');
      throw new TraceStop(`the shape of an input is not known: ${unknown.reason}`, unknown.origin, hint);
    });
    module.attributes.set('input_shape', inputShape);
    return module;
  };

function unknownIn(shape: PyValue): Unknown | undefined {
  if (shape instanceof Unknown) return shape;
  const sizes = shape instanceof PyList || shape instanceof PyTuple ? shape.items : [];
  return sizes.find((size) => size instanceof Unknown);
}
