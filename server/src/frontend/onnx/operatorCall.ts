/** One operator of an ONNX graph with its operands: what the rules in operators/ read. */
import type { AttributeMessage, GraphMessage, NodeMessage, TensorMessage } from '../../checkpoint/onnx/schema';
import type { Node } from '../../graph/node';
import type { ConstantData, Shape } from '../../graph/primitives';
import { OnnxStop } from './onnxStop';

/** A value of the graph: a tensor, or a sequence of them. */
export type OnnxValue = Node | readonly Node[];

export const isSequence = (value: OnnxValue): value is readonly Node[] => Array.isArray(value);

/** What an operator finds around it. */
export interface OperatorContext {
  /** Statistics of batch normalisation are those of the batch. */
  readonly training: boolean;
  /** The value of a tensor that does not depend on data or weights. */
  readonly known: (node: Node) => ConstantData | undefined;
  /** Samples that the file was written for, where it fixes them, and those that it is read with. */
  readonly batch: { readonly written: number | undefined; readonly read: number };
  /** Tensors of attributes as constants. */
  readonly constantOf: (tensor: TensorMessage) => Node;
  /** A part of the graph in place of the operator (branches, bodies of loops), with values for its inputs. */
  readonly run: (graph: GraphMessage, inputs?: readonly OnnxValue[]) => readonly OnnxValue[];
}

/** Gives the operator's outputs in order; a single one by itself. Throws `OnnxStop` or `ShapeError`. */
export type Operator = (call: OperatorCall) => OnnxValue | { readonly outputs: readonly OnnxValue[] };

export class OperatorCall {
  private readonly attributes: ReadonlyMap<string, AttributeMessage>;
  constructor(
    readonly node: Pick<NodeMessage, 'opType' | 'attribute' | 'input' | 'output'>,
    /** Version of the operator set. */
    readonly version: number,
    private readonly operands: readonly (OnnxValue | undefined)[],
    readonly context: OperatorContext,
  ) {
    this.attributes = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
  }

  get count(): number {
    return this.operands.length;
  }

  /** Whether there is an operand `index`. */
  isGiven(index: number): boolean {
    return this.operands[index] !== undefined;
  }

  /** Operand `index`, which the operator needs. */
  input(index: number): Node {
    return this.optional(index) ?? this.fail(`operand ${index} is missing`);
  }

  optional(index: number): Node | undefined {
    const value = this.operands[index];
    if (value === undefined) return undefined;
    return isSequence(value) ? this.fail(`operand ${index} is a sequence`) : value;
  }

  inputs(): Node[] {
    return this.operands.map((_, index) => this.input(index));
  }

  /** Operand `index` and those after it, tensors or sequences. */
  from(index: number): OnnxValue[] {
    return this.operands.slice(index).map((value, i) => value ?? this.fail(`operand ${index + i} is missing`));
  }

  sequence(index: number): readonly Node[] {
    const value = this.operands[index];
    return value !== undefined && isSequence(value) ? value : this.fail(`operand ${index} is no sequence`);
  }

  has(name: string): boolean {
    return this.attributes.has(name);
  }

  int(name: string, otherwise: number): number {
    return this.attributes.get(name)?.i ?? otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.attributes.get(name)?.f ?? otherwise;
  }

  text(name: string, otherwise: string): string {
    const bytes = this.attributes.get(name)?.s;
    return bytes === undefined ? otherwise : new TextDecoder().decode(bytes);
  }

  texts(name: string): readonly string[] | undefined {
    return this.attributes.get(name)?.strings.map((bytes) => new TextDecoder().decode(bytes));
  }

  ints(name: string): readonly number[] | undefined {
    return this.attributes.get(name)?.ints;
  }

  floats(name: string): readonly number[] | undefined {
    return this.attributes.get(name)?.floats;
  }

  tensor(name: string): Node | undefined {
    const tensor = this.attributes.get(name)?.t ?? undefined;
    return tensor === undefined ? undefined : this.context.constantOf(tensor);
  }

  graph(name: string): GraphMessage {
    return this.attributes.get(name)?.g ?? this.fail(`there is no graph '${name}'`);
  }

  /** The numbers of an operand that the reading needs to know: shapes, axes, bounds. */
  numbers(index: number): number[] {
    const known = this.context.known(this.input(index));
    if (known !== undefined) return Array.from(known);
    throw new OnnxStop(
      `operand ${index} of ${this.node.opType} (${this.node.input[index] ?? ''}) depends on the data or on weights`,
      'Sizes, axes and bounds must follow from the graph; export the model with static shapes beside the batch.',
    );
  }

  optionalNumbers(index: number): number[] | undefined {
    return this.optional(index) === undefined ? undefined : this.numbers(index);
  }

  /** A list that newer operator sets have as an operand and older ones as an attribute. */
  listed(index: number, attribute: string): readonly number[] | undefined {
    return this.ints(attribute) ?? this.optionalNumbers(index);
  }

  /** The sizes `target` as the batch that is read has them: a fixed one is followed where it leads the shape. */
  rebatched(target: Shape): number[] {
    const { written, read } = this.context.batch;
    const [first = 0, ...rest] = target;
    const follows =
      written !== undefined && written !== read && target.length > 0 && first > 0 && first % written === 0;
    return follows ? [(first / written) * read, ...rest] : [...target];
  }

  fail(reason: string): never {
    throw new OnnxStop(`${this.node.opType}: ${reason}`);
  }
}

/** An operator of one operand; what else it needs it finds in its call. */
export const unary =
  (apply: (x: Node, call: OperatorCall) => Node): Operator =>
  (call) =>
    apply(call.input(0), call);

/** An operator of two operands. */
export const binary =
  (apply: (a: Node, b: Node) => Node): Operator =>
  (call) =>
    apply(call.input(0), call.input(1));
