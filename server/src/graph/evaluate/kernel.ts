/**
 * What an evaluation rule makes of a node.
 *
 * A rule looks at shapes and parameters once and returns a kernel that holds whatever index tables it needs; the
 * kernel then runs many times. Inside the kernels, element reads are written `x[i] as number`: indices come from
 * static shapes, and an index beyond the end would still show itself as NaN, which `?? 0` would hide.
 */
import type { Node } from '../node';
import type { ConstantData, DType, Primitive } from '../primitives';

/** Row-major elements: float → Float64Array, int → Int32Array, bool → Uint8Array. */
export type Data = ConstantData;

/**
 * Writes every element of `output`, whatever it held before. `output` may be the very array of an operand only for
 * the primitives in `elementwisePrimitives`.
 */
export type Kernel = (inputs: readonly Data[], output: Data, workspace: Workspace) => void;

export type EvaluationRule<P extends Primitive> = (node: Node<P>) => Kernel;

/** Zeros of `dtype`. */
export function allocate(dtype: DType, length: number): Data {
  switch (dtype) {
    case 'float':
      return new Float64Array(length);
    case 'int':
      return new Int32Array(length);
    case 'bool':
      return new Uint8Array(length);
  }
}

/** Operand `index`; the order of operands is fixed by the primitive, so a missing one is a defect. */
export function dataOf(inputs: readonly Data[], index: number): Data {
  const data = inputs[index];
  if (data === undefined) throw new RangeError(`operand ${index} has no data`);
  return data;
}

/** Float operand `index`. */
export function floatsOf(inputs: readonly Data[], index: number): Float64Array {
  return asFloats(dataOf(inputs, index));
}

export function asFloats(data: Data): Float64Array {
  if (data instanceof Float64Array) return data;
  throw new TypeError(`expected float data, got ${data.constructor.name}`);
}

/** Scratch memory that kernels of one program share one after the other. Contents do not survive a kernel. */
export class Workspace {
  readonly #slots: Float64Array[] = [];

  /** At least `length` floats with arbitrary contents; different slots never overlap. */
  floats(slot: number, length: number): Float64Array {
    const held = this.#slots[slot];
    if (held !== undefined && held.length >= length) return held;
    const grown = new Float64Array(length);
    this.#slots[slot] = grown;
    return grown;
  }
}
