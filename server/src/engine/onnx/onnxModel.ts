/** A builder of ONNX models from lowered graphs. */
import type {
  Declared,
  ElementType,
  InitializerData,
  NodeMessage,
  SerializedModel,
  Stage,
  StagedModel,
  TensorMessage,
} from './stagedModel';
import { serializeStage, tensorMessage } from './stagedModel';

export type AttributeValue =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string };

/** AttributeProto.AttributeType */
const attributeType = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** Operators come from ONNX, from ONNX Runtime's own additions, and from its blocked image layout. */
export type OperatorDomain = '' | 'com.microsoft' | 'com.microsoft.nchwc';

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

/** The first `count` of the outputs of an operator are named; those not wanted have empty names. */
const outputName = (name: string, index: number): string => (index === 0 ? name : `${name}:${index}`);

/** Where the values of a model are made. */
interface Places {
  /** The earliest stage in which what a value depends on is known. */
  readonly stageOf: Map<string, number>;
  readonly producers: Map<string, NodeMessage>;
  /** Operators whose results no stage hands on. */
  readonly passing: Set<NodeMessage>;
}

/** What one stage runs, and what it reads of earlier ones. */
interface Needs {
  readonly nodes: readonly NodeMessage[];
  readonly reads: ReadonlySet<string>;
}

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
    this.initializers.set(name, tensorMessage(name, { type, shape }, data));
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
    const stage = { nodes: this.nodes, reads: [...this.inputs.keys()], gives: names };
    return serializeStage(this.staged([stage]), stage, new Map());
  }

  /**
   * Splits the operators by when they can run: those of stage i depend only on the inputs in `known[0…i]`, those of the last stage on all. Enlarged copies are kept for later stages as long as they fit into
   * `residentBytes` together; the others, repetition and reshaping, which cost little, are done anew in every stage that reads the result.
   */
  stages(known: readonly ReadonlySet<string>[], residentBytes: number): StagedModel {
    const last = known.length;
    const kept = this.enlargementsWithin(residentBytes);
    const places: Places = { stageOf: new Map(), producers: new Map(), passing: new Set() };
    const { stageOf, producers, passing } = places;
    for (const name of this.inputs.keys()) stageOf.set(name, last);
    known.forEach((names, stage) => names.forEach((name) => stageOf.set(name, stage)));
    const members: NodeMessage[][] = Array.from({ length: last + 1 }, () => []);
    for (const node of this.nodes) {
      const stage = Math.max(0, ...node.input.map((name) => stageOf.get(name) ?? 0));
      for (const name of node.output) {
        stageOf.set(name, stage);
        producers.set(name, node);
      }
      if (node.opType === 'Expand' || (node.enlargement !== undefined && !kept.has(node.enlargement)))
        passing.add(node);
      else members[stage]?.push(node);
    }
    const needs = members.map((nodes, stage) => this.needsOf(nodes, stage, places));
    return this.staged(members.map((_, stage) => this.stage(needs, stage, stageOf)));
  }

  private staged(stages: readonly Stage[]): StagedModel {
    const { inputs, outputs, initializers } = this;
    return { stages, inputs, outputs, initializers: [...initializers.values()] };
  }

  /** The operators `members` with those that are done anew for them, and what they read of earlier stages. */
  private needsOf(members: readonly NodeMessage[], stage: number, { stageOf, producers, passing }: Places): Needs {
    const found = new Set<NodeMessage>(members);
    const reads = new Set<string>();
    for (const node of found)
      for (const name of node.input) {
        if (name === '' || this.initializers.has(name)) continue;
        const producer = producers.get(name);
        const isEarlier = (stageOf.get(name) ?? 0) < stage;
        // A set that grows while it is gone through is gone through to its end.
        if (producer !== undefined && (passing.has(producer) || (isEarlier && producer.opType === 'Reshape')))
          found.add(producer);
        else if (isEarlier) reads.add(name);
      }
    return { nodes: this.nodes.filter((node) => found.has(node)), reads };
  }

  private stage(needs: readonly Needs[], stage: number, stageOf: ReadonlyMap<string, number>): Stage {
    const { nodes, reads } = needs[stage] ?? { nodes: [], reads: new Set<string>() };
    const used = new Set(nodes.flatMap(({ input }) => input));
    const direct = [...this.inputs.keys()].filter((name) => stageOf.get(name) === stage && used.has(name));
    const readLater = needs.slice(stage + 1).flatMap((later) => [...later.reads]);
    const results = new Set(nodes.flatMap(({ output }) => output));
    const wanted = new Set([...readLater, ...this.outputs.map(({ name }) => name)]);
    return {
      nodes,
      reads: [...new Set([...direct, ...reads])],
      gives: [...wanted].filter((name) => results.has(name) && stageOf.get(name) === stage),
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
