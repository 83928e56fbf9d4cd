/**
 * The part of the ONNX protocol buffers that a lowered graph needs, and a builder of models in it.
 * Field numbers are those of onnx.proto3 (ONNX IR version 10).
 */
import protobuf from 'protobufjs/light.js';

/** TensorProto.DataType */
export const elementType = { float: 1, uint8: 2, int32: 6, int64: 7, bool: 9, double: 11 } as const;
export type ElementType = keyof typeof elementType;

export type InitializerData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

export type AttributeValue =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string };

/** AttributeProto.AttributeType */
const attributeType = { float: 1, int: 2, string: 3, ints: 7 } as const;

interface TensorMessage {
  dims: readonly number[];
  dataType: number;
  name: string;
  rawData: Uint8Array;
}

interface NodeMessage {
  input: readonly string[];
  output: readonly string[];
  name: string;
  opType: string;
  domain: string;
  attribute: object[];
  /** The enlargement this operator is part of. */
  enlargement: number | undefined;
}

const repeated = (type: string, id: number): protobuf.IField => ({ rule: 'repeated', type, id });
const single = (type: string, id: number): protobuf.IField => ({ type, id });

const modelType = protobuf.Root.fromJSON({
  nested: {
    Dimension: { fields: { dimValue: single('int64', 1) } },
    TensorShape: { fields: { dim: repeated('Dimension', 1) } },
    TensorType: { fields: { elemType: single('int32', 1), shape: single('TensorShape', 2) } },
    Type: { fields: { tensorType: single('TensorType', 1) } },
    ValueInfo: { fields: { name: single('string', 1), type: single('Type', 2) } },
    Tensor: {
      fields: {
        dims: repeated('int64', 1),
        dataType: single('int32', 2),
        name: single('string', 8),
        rawData: single('bytes', 9),
      },
    },
    Attribute: {
      fields: {
        name: single('string', 1),
        f: single('float', 2),
        i: single('int64', 3),
        s: single('bytes', 4),
        ints: repeated('int64', 8),
        type: single('int32', 20),
      },
    },
    Node: {
      fields: {
        input: repeated('string', 1),
        output: repeated('string', 2),
        name: single('string', 3),
        opType: single('string', 4),
        attribute: repeated('Attribute', 5),
        domain: single('string', 7),
      },
    },
    Graph: {
      fields: {
        node: repeated('Node', 1),
        name: single('string', 2),
        initializer: repeated('Tensor', 5),
        input: repeated('ValueInfo', 11),
        output: repeated('ValueInfo', 12),
      },
    },
    OperatorSet: { fields: { domain: single('string', 1), version: single('int64', 2) } },
    Model: {
      fields: {
        irVersion: single('int64', 1),
        producerName: single('string', 2),
        graph: single('Graph', 7),
        opsetImport: repeated('OperatorSet', 8),
      },
    },
  },
}).lookupType('Model');

/** Operators come from ONNX, from ONNX Runtime's own additions, and from its blocked image layout. */
export type OperatorDomain = '' | 'com.microsoft' | 'com.microsoft.nchwc';

const valueInfo = (name: string, type: ElementType, shape: readonly number[]): object => ({
  name,
  type: {
    tensorType: { elemType: elementType[type], shape: { dim: shape.map((dimValue) => ({ dimValue })) } },
  },
});

function attribute(name: string, value: AttributeValue): object {
  if ('float' in value) return { name, f: value.float, type: attributeType.float };
  if ('int' in value) return { name, i: value.int, type: attributeType.int };
  if ('ints' in value) return { name, ints: value.ints, type: attributeType.ints };
  return { name, s: new TextEncoder().encode(value.string), type: attributeType.string };
}

export interface OperatorOptions {
  readonly domain?: OperatorDomain;
  /** Number of results; the first is returned, the others are its name with `:1`, `:2`, … */
  readonly outputs?: number;
}

/** A model in its serialised form. */
export interface SerializedModel {
  readonly bytes: Uint8Array;
  /** Names of the inputs it reads. */
  readonly inputs: readonly string[];
  /** Names of its outputs. */
  readonly outputs: readonly string[];
}

/** The operators that can run before the others, because they depend on known values only. */
export interface Hoisting {
  /** Computes `outputs` from known inputs; undefined when there is nothing to compute. */
  readonly model: SerializedModel | undefined;
  /** Known values that the remaining operators read: outputs of `model` and known inputs. */
  readonly values: readonly string[];
  /** The remaining operators, once the type, sizes and, for those to be built in, the data of `values` are given. */
  remainder(values: ReadonlyMap<string, KnownValue>): SerializedModel;
}

export interface KnownValue {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Given: becomes part of the model. Otherwise the value is an input of it. */
  readonly data?: InitializerData;
}

interface Declared {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

const declaration = ({ name, type, shape }: Declared): object => valueInfo(name, type, shape);

const tensor = (name: string, { type, shape }: Omit<Declared, 'name'>, data: InitializerData): TensorMessage => ({
  dims: shape,
  dataType: elementType[type],
  name,
  rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

/** The first `count` of the outputs of an operator are named; those not wanted have empty names. */
const outputName = (name: string, index: number): string => (index === 0 ? name : `${name}:${index}`);

/** Collects inputs, initialisers and operators of one model. Names are made here and are unique. */
export class OnnxModelBuilder {
  private readonly nodes: NodeMessage[] = [];
  private readonly initializers = new Map<string, TensorMessage>();
  private readonly inputs = new Map<string, Declared>();
  private readonly outputs: Declared[] = [];
  private readonly shared = new Map<string, string>();
  private readonly enlargements: number[] = [];
  private enlargement: number | undefined;
  private count = 0;
  /** Put into the name of each operator, so that an error of the runtime leads back to the primitive. */
  origin = '';

  input(name: string, type: ElementType, shape: readonly number[]): string {
    this.inputs.set(name, { name, type, shape });
    return name;
  }

  /** Gives the value `from` the public name `name`. */
  output(name: string, from: string, type: ElementType, shape: readonly number[]): void {
    this.add('Identity', [from], [name], {}, '');
    this.outputs.push({ name, type, shape });
  }

  initializer(type: ElementType, shape: readonly number[], data: InitializerData): string {
    const name = `c${this.count++}`;
    this.initializers.set(name, tensor(name, { type, shape }, data));
    return name;
  }

  /** An initialiser of a few numbers, shared by equal ones. */
  numbers(type: Exclude<ElementType, 'uint8'>, shape: readonly number[], values: readonly number[]): string {
    const key = `${type}[${shape.join()}]${values.map((x) => (Object.is(x, -0) ? '-0' : String(x))).join()}`;
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const name = this.initializer(type, shape, numbersAs(type, values));
    this.shared.set(key, name);
    return name;
  }

  /** int64 vector: shapes, axes, paddings. */
  vector(values: readonly number[]): string {
    return this.numbers('int64', [values.length], values);
  }

  operator(
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    { domain = '', outputs = 1 }: OperatorOptions = {},
  ): string {
    const name = `v${this.count++}`;
    const output = Array.from({ length: outputs }, (_, i) => outputName(name, i));
    this.add(opType, input, output, attributes, domain);
    return name;
  }

  /** Marks the operators that `build` adds as making a copy of `bytes` bytes of a smaller value. */
  enlarging<T>(bytes: number, build: () => T): T {
    const outer = this.enlargement;
    this.enlargement = this.enlargements.push(bytes) - 1;
    try {
      return build();
    } finally {
      this.enlargement = outer;
    }
  }

  private add(
    opType: string,
    input: readonly string[],
    output: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>>,
    domain: OperatorDomain,
  ): void {
    const attributeList = Object.entries(attributes).map(([key, value]) => attribute(key, value));
    const name = `${this.origin} (${output[0] ?? ''})`;
    this.nodes.push({ input, output, name, opType, domain, attribute: attributeList, enlargement: this.enlargement });
  }

  serialize(): SerializedModel {
    return this.serializeNodes(this.nodes, [...this.inputs.values()], this.outputs, []);
  }

  /**
   * Splits off what depends on the inputs `known` only. Enlarged copies are kept as long as they fit into
   * `residentBytes` together; later ones are made anew in every run.
   */
  hoist(known: ReadonlySet<string>, residentBytes: number): Hoisting {
    const kept = this.enlargementsWithin(residentBytes);
    const constant = new Set<string>([...known, ...this.initializers.keys()]);
    const computed = new Set<string>();
    const early: NodeMessage[] = [];
    const late: NodeMessage[] = [];
    for (const node of this.nodes) {
      const isKept = node.enlargement === undefined || kept.has(node.enlargement);
      if (isKept && node.opType !== 'Expand' && node.input.every((name) => constant.has(name))) {
        early.push(node);
        for (const name of node.output) {
          computed.add(name);
          constant.add(name);
        }
      } else late.push(node);
    }
    const read = new Set(late.flatMap(({ input }) => input));
    const outputs = this.outputs.filter(({ name }) => computed.has(name)).map(({ name }) => name);
    const frontier = [...computed].filter((name) => read.has(name));
    const handed = [...frontier, ...outputs];
    return {
      model: handed.length === 0 ? undefined : this.serializeEarly(early, handed),
      values: [...handed, ...[...known].filter((name) => read.has(name))],
      remainder: (values) => this.serializeLate(late, values, read),
    };
  }

  private enlargementsWithin(residentBytes: number): Set<number> {
    const kept = new Set<number>();
    let total = 0;
    this.enlargements.forEach((bytes, index) => {
      if (total + bytes > residentBytes) return;
      total += bytes;
      kept.add(index);
    });
    return kept;
  }

  private serializeEarly(nodes: readonly NodeMessage[], outputs: readonly string[]): SerializedModel {
    const read = new Set(nodes.flatMap(({ input }) => input));
    const inputs = [...this.inputs.values()].filter(({ name }) => read.has(name));
    return this.serializeNodes(nodes, inputs, outputs, []);
  }

  private serializeLate(
    nodes: readonly NodeMessage[],
    values: ReadonlyMap<string, KnownValue>,
    read: ReadonlySet<string>,
  ): SerializedModel {
    const inputs = [...this.inputs.values()].filter(({ name }) => read.has(name) && !values.has(name));
    const builtIn: TensorMessage[] = [];
    for (const [name, value] of values) {
      if (!read.has(name)) continue;
      if (value.data === undefined) inputs.push({ name, type: value.type, shape: value.shape });
      else builtIn.push(tensor(name, value, value.data));
    }
    const outputs = this.outputs.filter(({ name }) => !values.has(name));
    return this.serializeNodes(nodes, inputs, outputs, builtIn);
  }

  private serializeNodes(
    nodes: readonly NodeMessage[],
    inputs: readonly Declared[],
    outputs: readonly (Declared | string)[],
    builtIn: readonly TensorMessage[],
  ): SerializedModel {
    const read = new Set(nodes.flatMap(({ input }) => input));
    const outputNames = outputs.map((output) => (typeof output === 'string' ? output : output.name));
    const model = {
      irVersion: 10,
      producerName: 'hessian-lens',
      graph: {
        node: nodes,
        name: 'graph',
        initializer: [...[...this.initializers.values()].filter(({ name }) => read.has(name)), ...builtIn],
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
    return { bytes: modelType.encode(model).finish(), inputs: inputs.map(({ name }) => name), outputs: outputNames };
  }
}

function numbersAs(type: Exclude<ElementType, 'uint8'>, values: readonly number[]): InitializerData {
  switch (type) {
    case 'float':
      return Float32Array.from(values);
    case 'double':
      return Float64Array.from(values);
    case 'int32':
      return Int32Array.from(values);
    case 'int64':
      return BigInt64Array.from(values, BigInt);
    case 'bool':
      return Uint8Array.from(values);
  }
}
