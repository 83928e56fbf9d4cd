/** Writes small ONNX files for tests. */
import { modelType } from '../../../../server/src/checkpoint/onnx/schema';

export interface TestTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: readonly number[];
  readonly type?: keyof typeof elementTypes;
}

/** The body of a loop: inputs and outputs by name, each with its element type. */
export interface TestGraph {
  readonly nodes: readonly TestNode[];
  readonly inputs: Readonly<Record<string, keyof typeof elementTypes>>;
  readonly outputs: Readonly<Record<string, keyof typeof elementTypes>>;
}

export type TestAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly graph: TestGraph };

export interface TestNode {
  readonly op: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attributes?: Readonly<Record<string, TestAttribute>>;
  readonly domain?: string;
  readonly name?: string;
}

export interface TestModel {
  readonly opset: number;
  readonly nodes: readonly TestNode[];
  readonly weights?: readonly TestTensor[];
  /** Shapes; undefined sizes are open. */
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: readonly string[];
  /** Of outputs, where the file declares them. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Tool that wrote the file. */
  readonly producer?: string;
}

const elementTypes = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, uint4: 21, int4: 22 } as const;

/** Two to a byte, the first in the lower half. */
function packed(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 2));
  values.forEach((value, i) => (bytes[i >> 1] = (bytes[i >> 1] ?? 0) | ((value & 15) << (4 * (i % 2)))));
  return bytes;
}

const arrays: Readonly<Record<keyof typeof elementTypes, (values: readonly number[]) => ArrayBufferView>> = {
  float: (values) => Float32Array.from(values),
  uint8: (values) => Uint8Array.from(values),
  int8: (values) => Int8Array.from(values),
  int32: (values) => Int32Array.from(values),
  int64: (values) => BigInt64Array.from(values, BigInt),
  bool: (values) => Uint8Array.from(values),
  uint4: packed,
  int4: packed,
};

const rawData = (type: keyof typeof elementTypes, values: readonly number[]): Uint8Array =>
  new Uint8Array(arrays[type](values).buffer);

export const tensorMessage = ({ name, dims, values, type = 'float' }: TestTensor): object => ({
  name,
  dims,
  dataType: elementTypes[type],
  rawData: rawData(type, values),
});

function attributeMessage(name: string, value: TestAttribute): object {
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: 3 };
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if (Array.isArray(value)) return { name, ints: value, type: 7 };
  if ('graph' in value) return { name, g: graphMessage(value.graph), type: 5 };
  return 'float' in value
    ? { name, f: value.float, type: 1 }
    : { name, floats: (value as { floats: number[] }).floats, type: 6 };
}

const nodeMessage = ({ op, input, output, attributes = {}, domain = '', name = '' }: TestNode): object => ({
  opType: op,
  input,
  output,
  domain,
  name,
  attribute: Object.entries(attributes).map(([key, value]) => attributeMessage(key, value)),
});

function graphMessage({ nodes, inputs, outputs }: TestGraph): object {
  const values = (named: TestGraph['inputs']): object[] =>
    Object.entries(named).map(([name, type]) => {
      // Rounds and conditions are single numbers; sizes of the others are left open.
      const shape = type === 'float' ? {} : { shape: { dim: [] } };
      return { name, type: { tensorType: { elemType: elementTypes[type], ...shape } } };
    });
  return { name: 'body', node: nodes.map(nodeMessage), input: values(inputs), output: values(outputs) };
}

export function modelBytes({
  opset,
  nodes,
  weights = [],
  inputs,
  outputs,
  shapes = {},
  producer = '',
}: TestModel): Uint8Array {
  const model = {
    irVersion: 8,
    producerName: producer,
    graph: {
      name: 'test',
      node: nodes.map(nodeMessage),
      initializer: weights.map(tensorMessage),
      input: Object.entries(inputs).map(([name, dims]) => ({
        name,
        type: {
          tensorType: {
            elemType: 1,
            shape: { dim: dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size })) },
          },
        },
      })),
      output: outputs.map((name) => {
        const dim = shapes[name]?.map((dimValue) => ({ dimValue }));
        return dim === undefined ? { name } : { name, type: { tensorType: { elemType: 1, shape: { dim } } } };
      }),
    },
    opsetImport: [
      { domain: '', version: opset },
      { domain: 'com.microsoft', version: 1 },
    ],
  };
  return modelType.encode(model).finish();
}
