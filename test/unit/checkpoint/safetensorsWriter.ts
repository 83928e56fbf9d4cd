import { little } from './pickleWriter';

/** A safetensors file of float32 tensors, by the format's description. Without `values`, zeros. */
export function safetensors(
  shapes: Readonly<Record<string, readonly number[]>>,
  values: Readonly<Record<string, readonly number[]>> = {},
): Uint8Array {
  let end = 0;
  const data: Uint8Array[] = [];
  const header = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const begin = end;
      const count = shape.reduce((product, size) => product * size, 1);
      end += 4 * count;
      data.push(new Uint8Array(Float32Array.from(values[name] ?? new Array<number>(count).fill(0)).buffer));
      return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }];
    }),
  );
  const text = Buffer.from(JSON.stringify(header));
  return new Uint8Array(Buffer.concat([little(text.length, 8), text, ...data]));
}
