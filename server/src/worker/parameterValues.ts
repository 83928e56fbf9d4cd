/** Values of a model's parameters, of which those that are trained lie one behind the other: the vector θ of an analysis is no copy of them. */
import type { TracedModel } from '../frontend/model';
import { elementCount } from '../graph/node';

/** Zeros for each parameter, by its name. */
export function parameterValues(parameters: TracedModel['parameters']): Map<string, Float64Array> {
  const trained = parameters.filter(({ requiresGrad }) => requiresGrad);
  const vector = new Float64Array(trained.reduce((sum, { shape }) => sum + elementCount(shape), 0));
  let offset = 0;
  return new Map(
    parameters.map(({ name, shape, requiresGrad }) => {
      const size = elementCount(shape);
      if (!requiresGrad) return [name, new Float64Array(size)];
      const part = vector.subarray(offset, offset + size);
      offset += size;
      return [name, part];
    }),
  );
}

/** The parts as one vector, which is a view where they lie one behind the other. */
export function joinedVector(parts: readonly Float64Array[]): Float64Array {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const view = consecutive(parts, size);
  if (view !== undefined) return view;
  const vector = new Float64Array(size);
  let offset = 0;
  for (const part of parts) {
    vector.set(part, offset);
    offset += part.length;
  }
  return vector;
}

function consecutive(parts: readonly Float64Array[], size: number): Float64Array | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  let end = first.byteOffset;
  for (const { buffer, byteOffset, byteLength } of parts) {
    if (buffer !== first.buffer || byteOffset !== end) return undefined;
    end += byteLength;
  }
  return new Float64Array(first.buffer, first.byteOffset, size);
}
