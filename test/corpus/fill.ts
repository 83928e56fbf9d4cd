/**
 * Values that need no random generator, so that another program can be given the same: sines for parameters and inputs,
 * cosines for the vector of a product.
 */
import type { TracedInput, TracedParameter } from '../../server/src/frontend/model';
import type { ArrayValue } from '../../server/src/engine/engine';
import { elementCount } from '../../server/src/graph/node';

/** The k-th parameter of the model, flat: s·sin(0.7 i + 1.3 k), around one for the weights of normalisations. */
export function parameterFill({ name, shape }: Pick<TracedParameter, 'name' | 'shape'>, k: number): Float64Array {
  const size = elementCount(shape);
  const scale = shape.length >= 2 ? 1 / Math.sqrt(size / (shape[0] ?? 1)) : 0.05;
  const shift = shape.length === 1 && name.endsWith('weight') ? 1 : 0;
  return Float64Array.from({ length: size }, (_, i) => shift + scale * Math.sin(0.7 * i + 1.3 * k));
}

/** The part of the vector v that belongs to the k-th parameter: cos(0.11 i + 0.5 k). */
export const vectorFill = (size: number, k: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => Math.cos(0.11 * i + 0.5 * k));

/** An input by how it is written: `randn(…)` sin(0.37 i), `randint(0, V, …)` (7 i + 3) mod V, anything else literally. */
export function inputFill({ node, shape, dtype, sample }: TracedInput, written: string): ArrayValue {
  const size = elementCount(shape);
  const range = /randint\(\s*0\s*,\s*(\d+)/.exec(written)?.[1];
  const values = (): Iterable<number> & ArrayLike<number> => {
    if (/\brandn?\(/.test(written)) return Array.from({ length: size }, (_, i) => Math.sin(0.37 * i));
    if (range !== undefined) return Array.from({ length: size }, (_, i) => (7 * i + 3) % Number(range));
    return sample ?? new Float64Array(size);
  };
  const data = values();
  const typed = { float: Float64Array, int: Int32Array, bool: Uint8Array }[node.dtype];
  return { shape, dtype, data: typed.from(data) };
}
