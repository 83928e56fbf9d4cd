/** Floating numbers that a file keeps as whole ones with scales. */
import { elementCount } from '../elementCount';
import { decodeElements, toFloat64 } from '../elementType';
import type { OnnxTensor } from './onnxModelFile';
import type { NodeMessage } from './schema';
import type { WholeNumbers } from './wholeNumbers';

/** Scales that are kept; more are no scales of a weight's rows or blocks. */
const MOST_SCALES = 1 << 22;

/** (x − zero)·scale, where scale and zero are shared by all elements, by a row of an axis, or by blocks along it. */
export interface Steps {
  readonly scales: Float64Array;
  readonly zeros: Float64Array | undefined;
  /** Position of an element's scale. */
  readonly at: (element: number) => number;
}

/** A weight of whole numbers, and the operators in place of the one that turns them into floating ones. */
export interface Dequantised {
  readonly name: string;
  readonly shape: readonly number[];
  readonly numbers: WholeNumbers;
  readonly steps: Steps;
  readonly nodes: readonly NodeMessage[];
}

/** All numbers of a tensor of scales or zeros; undefined where it has no bytes, or more than scales have. */
export async function numbersOf({ bytes, packed, type, shape }: OnnxTensor): Promise<Float64Array | undefined> {
  const count = elementCount(shape);
  if (count > MOST_SCALES) return undefined;
  if (packed !== undefined) return packed.read(0, count);
  if (bytes === undefined || type === undefined) return undefined;
  return toFloat64(decodeElements(await bytes.read(0, bytes.size), type, true));
}
