/** A builder of ONNX models from lowered graphs. */
import { modelType } from '../../checkpoint/onnx/schema';

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
  /** Sizes of values, as far as they were told. */
  private readonly shapes = new Map<string, readonly number[]>();
  /** What a reshaped value was before. */
  private readonly reshapedFrom = new Map<string, string>();
  private enlargement: number | undefined;
  private count = 0;
  /** Put into the name of each operator, so that an error of the runtime leads back to the primitive. */
  origin = '';

  input(name: string, type: ElementType, shape: readonly number[]): string {
    this.inputs.set(name, { name, type, shape });
    this.shapes.set(name, shape);
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
    this.shapes.set(name, shape);
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

  /** Notes the sizes of the value `name`, which saves reshaping it to them. */
  hasShape(name: string, shape: readonly number[]): void {
    this.shapes.set(name, shape);
  }

  /** The value `name` with other sizes: no operator where it has them, at most one otherwise. */
  reshape(name: string, shape: readonly number[]): string {
    const from = this.reshapedFrom.get(name) ?? name;
    if (sameShape(this.shapes.get(from), shape)) return from;
    const key = `${from}[${shape.join()}]`;
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const result = this.operator('Reshape', [from, this.vector(shape)], { allowzero: { int: 1 } });
    this.shared.set(key, result);
    this.shapes.set(result, shape);
    this.reshapedFrom.set(result, from);
    return result;
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

  /** The whole as one model. */
  serialize(): SerializedModel {
    const names = this.outputs.map(({ name }) => name);
    return this.serializeStage({ nodes: this.nodes, reads: [...this.inputs.keys()], gives: names }, new Map());
  }

  /**
   * Splits the operators by when they can run: those of stage i depend only on the inputs in `known[0…i]`, those of the
   * last stage on all. Enlarged copies are made early as long as they fit into `residentBytes` together, the others in
   * the last stage; reshaping, which costs nothing, is done where the result is read.
   */
  stages(known: readonly ReadonlySet<string>[], residentBytes: number): Stage[] {
    const last = known.length;
    const kept = this.enlargementsWithin(residentBytes);
    const stageOf = new Map<string, number>([...this.inputs.keys()].map((name) => [name, last]));
    known.forEach((names, stage) => names.forEach((name) => stageOf.set(name, stage)));
    const producers = new Map<string, NodeMessage>();
    const members: NodeMessage[][] = Array.from({ length: last + 1 }, () => []);
    for (const node of this.nodes) {
      const isLate = node.opType === 'Expand' || (node.enlargement !== undefined && !kept.has(node.enlargement));
      const stage = isLate ? last : Math.max(0, ...node.input.map((name) => stageOf.get(name) ?? 0));
      for (const name of node.output) {
        stageOf.set(name, stage);
        producers.set(name, node);
      }
      members[stage]?.push(node);
    }
    return members.map((nodes, stage) => this.stage(nodes, stage, stageOf, producers, members));
  }

  /** The operators `nodes` with the reshaping of earlier results that they need. */
  private stage(
    nodes: readonly NodeMessage[],
    stage: number,
    stageOf: ReadonlyMap<string, number>,
    producers: ReadonlyMap<string, NodeMessage>,
    members: readonly (readonly NodeMessage[])[],
  ): Stage {
    const isEarlier = (name: string): boolean => !this.initializers.has(name) && (stageOf.get(name) ?? 0) < stage;
    const reshaping = (from: number, list: readonly NodeMessage[]): { nodes: Set<NodeMessage>; reads: Set<string> } => {
      const [found, reads] = [new Set<NodeMessage>(), new Set<string>()];
      for (const name of list.flatMap(({ input }) => input)) {
        if (name === '' || this.initializers.has(name) || (stageOf.get(name) ?? 0) >= from) continue;
        const producer = producers.get(name);
        if (producer?.opType !== 'Reshape') reads.add(name);
        else {
          found.add(producer);
          reads.add(producer.input[0] ?? '');
        }
      }
      return { nodes: found, reads };
    };
    const own = reshaping(stage, nodes);
    const inputs = [...this.inputs.keys()].filter((name) => !isEarlier(name) && stageOf.get(name) === stage);
    const direct = inputs.filter((name) => nodes.some(({ input }) => input.includes(name)));
    const readLater = new Set<string>();
    for (let later = stage + 1; later < members.length; later++)
      for (const name of reshaping(later, members[later] ?? []).reads) readLater.add(name);
    const results = new Set(nodes.flatMap(({ output }) => output));
    const gives = [...readLater, ...this.outputs.map(({ name }) => name)].filter((name) => results.has(name));
    const reads = [...new Set([...direct, ...[...own.reads].filter((name) => !this.initializers.has(name))])];
    return { nodes: [...own.nodes, ...nodes], reads, gives };
  }

  /** The model of one stage; `values` are those of its reads that no input of the whole model declares. */
  serializeStage({ nodes, reads, gives }: Stage, values: ReadonlyMap<string, KnownValue>): SerializedModel {
    const inputs: Declared[] = [];
    const builtIn: TensorMessage[] = [];
    for (const name of reads) {
      const value: KnownValue | undefined = values.get(name) ?? this.inputs.get(name);
      if (value === undefined) throw new RangeError(`the value '${name}' of a model is not known`);
      if (value.data !== undefined) builtIn.push(tensor(name, value, value.data));
      else inputs.push({ name, type: value.type, shape: value.shape });
    }
    const declared = new Map(this.outputs.map((output) => [output.name, output] as const));
    return this.serializeNodes(
      nodes,
      inputs,
      gives.map((name) => declared.get(name) ?? name),
      builtIn,
    );
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

const sameShape = (a: readonly number[] | undefined, b: readonly number[]): boolean =>
  a !== undefined && a.length === b.length && a.every((size, axis) => size === b[axis]);

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
