/**
 * One weight that a file has twice: exporters turn the matrix of an embedding round for the product that shares it, and write
 * the result beside it.
 */
import { decodeElements, elementWidth, toFloat64 } from '../../checkpoint/elementType';
import type { OnnxTensor } from '../../checkpoint/onnx/onnxModelFile';

/** Elements that are compared: two trained matrices do not share so many by chance. */
const SAMPLES = 64;

async function element({ bytes, type }: OnnxTensor, index: number): Promise<number | undefined> {
  if (bytes === undefined || type === undefined) return undefined;
  const width = elementWidth(type);
  return toFloat64(decodeElements(await bytes.read(index * width, width), type, true))[0];
}

/** Whether b is a turned round, by elements all over both; matrices of one number tell nothing. */
async function isTransposed(a: OnnxTensor, b: OnnxTensor): Promise<boolean> {
  const [rows = 0, columns = 0] = a.shape;
  if (b.shape.length !== 2 || b.shape[0] !== columns || b.shape[1] !== rows || a.type !== b.type) return false;
  const seen = new Set<number | undefined>();
  for (let i = 0; i < SAMPLES; i++) {
    const index = Math.floor((i * (rows * columns - 1)) / (SAMPLES - 1));
    const value = await element(a, index);
    seen.add(value);
    if (value !== (await element(b, (index % columns) * rows + Math.floor(index / columns)))) return false;
  }
  return seen.size > 2;
}

/** By the name of a matrix that the exporter made: the weight that it is the transpose of, which may be one that it made before. */
export async function transposesOf(
  made: readonly OnnxTensor[],
  weights: readonly OnnxTensor[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const known = [...weights];
  for (const copy of made) {
    if (copy.shape.length !== 2) continue;
    const weight = await firstTransposed(known, copy);
    if (weight === undefined) known.push(copy);
    else found.set(copy.name, weight.name);
  }
  return found;
}

async function firstTransposed(weights: readonly OnnxTensor[], copy: OnnxTensor): Promise<OnnxTensor | undefined> {
  for (const weight of weights) if (await isTransposed(weight, copy)) return weight;
  return undefined;
}
