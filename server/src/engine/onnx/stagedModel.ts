/** An ONNX model in stages, as plain data that can be handed to another thread, and the messages it is serialised as. */
import { modelType } from '../../checkpoint/onnx/schema';

/** TensorProto.DataType */
export const elementType = { float: 1, uint8: 2, int32: 6, int64: 7, bool: 9, double: 11 } as const;
export type ElementType = keyof typeof elementType;

export type InitializerData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

export interface TensorMessage {
  dims: readonly number[];
  dataType: number;
  name: string;
  rawData: Uint8Array;
}

export interface NodeMessage {
  input: readonly string[];
  output: readonly string[];
  name: string;
  opType: string;
  domain: string;
  attribute: object[];
  /** The enlargement this operator is part of. */
  enlargement: number | undefined;
}

const valueInfo = (name: string, type: ElementType, shape: readonly number[]): object => ({
  name,
  type: {
    tensorType: { elemType: elementType[type], shape: { dim: shape.map((dimValue) => ({ dimValue })) } },
  },
});

/** A model in its serialised form. */
export interface SerializedModel {
  readonly bytes: Uint8Array;
  /** Names of the inputs it reads. */
  readonly inputs: readonly string[];
  /** Names of its outputs. */
  readonly outputs: readonly string[];
}

/** A value that a model reads and that is not one of the graph's inputs by its own declaration. */
export interface KnownValue {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Given: becomes part of the model. Otherwise the value is an input of it. */
  readonly data?: InitializerData;
}

/** The operators that run together. */
export interface Stage {
  readonly nodes: readonly NodeMessage[];
  /** Names of what they read from inputs and earlier stages. */
  readonly reads: readonly string[];
  /** Names of what later stages, or the caller, read of their results. */
  readonly gives: readonly string[];
}

export interface Declared {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

const declaration = ({ name, type, shape }: Declared): object => valueInfo(name, type, shape);

export const tensorMessage = (
  name: string,
  { type, shape }: Omit<Declared, 'name'>,
  data: InitializerData,
): TensorMessage => ({
  dims: shape,
  dataType: elementType[type],
  name,
  rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

/** A model whose operators are split by when they can run. */
export interface StagedModel {
  readonly stages: readonly Stage[];
  readonly inputs: ReadonlyMap<string, Declared>;
  readonly outputs: readonly Declared[];
  readonly initializers: readonly TensorMessage[];
}

/** The model of one stage; `values` are those of its reads that no input of the whole model declares. */
export function serializeStage(
  model: StagedModel,
  { nodes, reads, gives }: Stage,
  values: ReadonlyMap<string, KnownValue>,
): SerializedModel {
  const inputs: Declared[] = [];
  const builtIn: TensorMessage[] = [];
  for (const name of reads) {
    const value: KnownValue | undefined = values.get(name) ?? model.inputs.get(name);
    if (value === undefined) throw new RangeError(`the value '${name}' of a model is not known`);
    if (value.data !== undefined) builtIn.push(tensorMessage(name, value, value.data));
    else inputs.push({ name, type: value.type, shape: value.shape });
  }
  const declared = new Map(model.outputs.map((output) => [output.name, output] as const));
  return serializeNodes(
    model,
    nodes,
    inputs,
    gives.map((name) => declared.get(name) ?? name),
    builtIn,
  );
}

function serializeNodes(
  model: StagedModel,
  nodes: readonly NodeMessage[],
  inputs: readonly Declared[],
  outputs: readonly (Declared | string)[],
  builtIn: readonly TensorMessage[],
): SerializedModel {
  const read = new Set(nodes.flatMap(({ input }) => input));
  const outputNames = outputs.map((output) => (typeof output === 'string' ? output : output.name));
  const message = {
    irVersion: 10,
    producerName: 'hessian-lens',
    graph: {
      node: nodes,
      name: 'graph',
      initializer: [...model.initializers.filter(({ name }) => read.has(name)), ...builtIn],
      input: inputs.map(declaration),
      // The type of an intermediate value is left to the runtime's inference.
      output: outputs.map((output) => (typeof output === 'string' ? { name: output } : declaration(output))),
    },
    opsetImport: [
      { domain: '', version: 21 },
      { domain: 'com.microsoft', version: 1 },
      { domain: 'com.microsoft.nchwc', version: 1 },
    ],
  };
  return { bytes: modelType.encode(message).finish(), inputs: inputs.map(({ name }) => name), outputs: outputNames };
}
