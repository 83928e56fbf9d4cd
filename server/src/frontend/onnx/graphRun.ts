/** Runs an ONNX graph on symbolic tensors: operator by operator in the file's order, which is topological. */
import { decodeElements, toFloat64 } from '../../checkpoint/elementType';
import {
  elementTypeOf,
  typeNameOf,
  type FunctionMessage,
  type GraphMessage,
  type NodeMessage,
  type TensorMessage,
} from '../../checkpoint/onnx/schema';
import { encodeElements } from '../../checkpoint/onnx/tensorElements';
import { evaluateConstant } from '../../graph/evaluate/evaluate';
import { elementCount, type Node } from '../../graph/node';
import { constant } from '../../graph/operations';
import type { ConstantData } from '../../graph/primitives';
import { ShapeError } from '../../graph/shapes';
import { workTime } from '../../python/workTime';
import { constantNode } from './initializers';
import { OnnxStop } from './onnxStop';
import { isSequence, OperatorCall, type OnnxValue, type OperatorContext } from './operatorCall';
import { refusalOf } from './operators/refused';
import { operatorSets, type OperatorLookup } from './operators/table';

/** Rules of operators by name, the page that lists them, and why others have none. */
export interface Operators {
  readonly named: OperatorLookup;
  readonly documentation: string;
  readonly whyRefused?: (opType: string) => string | undefined;
}

export interface GraphRunOptions {
  readonly training: boolean;
  /** After which the run ends. */
  readonly seconds: number;
  readonly batch: OperatorContext['batch'];
  /** Version of each operator set, by its domain. */
  readonly versions: ReadonlyMap<string, number>;
  readonly functions: readonly FunctionMessage[];
  readonly operators: Operators;
  /** Values of inputs that are weights, as far as they were read. */
  readonly valuesOf: (node: Node) => ConstantData | undefined;
  /** Called after each operator with its operands and results. */
  readonly onOperator: (node: NodeMessage, operands: readonly OnnxValue[], results: readonly OnnxValue[]) => void;
}

/** Results up to this size are computed at once where they depend on nothing. */
const FOLDED = 4096;
/** Elements of a value that the reading may ask for. */
const LARGEST_KNOWN = 1 << 22;
/** Elements of any tensor. */
const LARGEST_TENSOR = 2 ** 31;
const DEEPEST = 32;
/** With those of loops and functions: each round counts. */
const MOST_OPERATORS = 100_000;
/** Between looks at the clock. */
const OPERATORS_AT_ONCE = 256;

/** Operators on whole numbers that stand for floating ones, also of other sets than ONNX's. */
const quantised =
  /^(Q[A-Z]|QuantizeLinear|DynamicQuantize|DynamicQuantizeLinear|MatMulInteger|MatMulNBits|ConvInteger|FakeQuant)/;

/** An operator at which the run ended. */
export class OperatorFailure extends Error {
  override readonly name = 'OperatorFailure';
  constructor(
    readonly node: NodeMessage,
    override readonly cause: OnnxStop | ShapeError | RangeError,
  ) {
    super(`${cause.message} (in ${node.opType} ${labelOf(node)})`);
  }
}

const labelOf = ({ name, output }: NodeMessage): string => `'${name === '' ? (output[0] ?? '') : name}'`;

export class GraphRun {
  private readonly functions: ReadonlyMap<string, FunctionMessage>;
  private depth = 0;
  private operators = 0;
  private readonly begun = workTime();
  constructor(private readonly options: GraphRunOptions) {
    this.functions = new Map(options.functions.map((each) => [`${each.domain}:${each.name}`, each]));
  }

  /** Adds the results of `nodes` to `values`. Throws `OperatorFailure`. */
  run(nodes: readonly NodeMessage[], values: Map<string, OnnxValue>, versions = this.options.versions): void {
    this.depth++;
    for (const node of nodes) {
      try {
        this.operators++;
        this.requireLimits();
        this.runNode(node, values, versions);
      } catch (error) {
        if (error instanceof OnnxStop || error instanceof ShapeError || error instanceof RangeError)
          throw new OperatorFailure(node, error);
        throw error;
      }
    }
    this.depth--;
  }

  private requireLimits(): void {
    if (this.operators > MOST_OPERATORS) throw new OnnxStop(`more than ${MOST_OPERATORS} operators`);
    const { seconds } = this.options;
    if (this.operators % OPERATORS_AT_ONCE === 0 && workTime() - this.begun > 1000 * seconds)
      throw new OnnxStop(`the graph was not followed to its end within ${seconds} s`);
  }

  private runNode(node: NodeMessage, values: Map<string, OnnxValue>, versions: ReadonlyMap<string, number>): void {
    const operands = node.input.map((name) => (name === '' ? undefined : this.valueNamed(name, values)));
    const results = this.resultsOf(node, operands, values, versions);
    const folded = results.map((result) => (isSequence(result) ? result : this.folded(result)));
    node.output.forEach((name, index) => {
      const result = folded[index];
      if (name !== '' && result !== undefined) values.set(name, result);
    });
    this.options.onOperator(
      node,
      operands.filter((operand) => operand !== undefined),
      folded,
    );
  }

  private valueNamed(name: string, values: ReadonlyMap<string, OnnxValue>): OnnxValue {
    const value = values.get(name);
    if (value === undefined) throw new OnnxStop(`the value '${name}' is not there: the graph is not in order`);
    return value;
  }

  private resultsOf(
    node: NodeMessage,
    operands: readonly (OnnxValue | undefined)[],
    values: ReadonlyMap<string, OnnxValue>,
    versions: ReadonlyMap<string, number>,
  ): readonly OnnxValue[] {
    const own = this.functions.get(`${node.domain}:${node.opType}`);
    if (own !== undefined) return this.call(own, node, operands);
    const operator = this.options.operators.named(node.opType, node.domain);
    if (operator === undefined) throw this.unread(node);
    const version = versions.get(node.domain === 'ai.onnx' ? '' : node.domain) ?? operatorSets.newest;
    const result = operator(new OperatorCall(node, version, operands, this.contextFor(values, versions)));
    return 'outputs' in result ? result.outputs : [result];
  }

  private unread({ opType, domain }: NodeMessage): OnnxStop {
    const reason = this.options.operators.whyRefused?.(opType) ?? refusalOf(opType, domain);
    return new OnnxStop(
      `the operator ${domain === '' ? '' : `${domain}.`}${opType} is not read${reason === undefined ? '' : `: ${reason}`}`,
      quantised.test(opType)
        ? 'Activations are rounded here: analyse the model before quantisation, or one with whole numbers for its weights alone.'
        : `${this.options.operators.documentation} lists the operators that are; export the model with others, or without this part.`,
    );
  }

  /** A function of the file: its body with the operands in place of its inputs. */
  private call(
    own: FunctionMessage,
    node: NodeMessage,
    operands: readonly (OnnxValue | undefined)[],
  ): readonly OnnxValue[] {
    if (this.depth > DEEPEST) throw new OnnxStop('functions call each other too deeply');
    const values = new Map<string, OnnxValue>();
    own.input.forEach((name, index) => {
      const operand = operands[index];
      if (operand !== undefined) values.set(name, operand);
    });
    const given = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
    const body = own.node.map((inner) => ({
      ...inner,
      attribute: inner.attribute.flatMap((attribute) => {
        if (attribute.refAttrName === '') return [attribute];
        const value = given.get(attribute.refAttrName);
        return value === undefined ? [] : [{ ...value, name: attribute.name }];
      }),
    }));
    const versions = new Map(own.opsetImport.map(({ domain, version }) => [domain, version]));
    this.run(body, values, versions);
    return own.output.map((name) => this.valueNamed(name, values));
  }

  private contextFor(values: ReadonlyMap<string, OnnxValue>, versions: ReadonlyMap<string, number>): OperatorContext {
    return {
      training: this.options.training,
      batch: this.options.batch,
      known: (node) => this.known(node),
      constantOf: constantOfTensor,
      run: (graph, inputs = []) => this.branch(graph, inputs, values, versions),
    };
  }

  private branch(
    graph: GraphMessage,
    inputs: readonly OnnxValue[],
    outer: ReadonlyMap<string, OnnxValue>,
    versions: ReadonlyMap<string, number>,
  ): readonly OnnxValue[] {
    if (this.depth > DEEPEST) throw new OnnxStop('branches are nested too deeply');
    const values = new Map(outer);
    graph.input.forEach(({ name }, index) => {
      const value = inputs[index];
      if (value !== undefined) values.set(name, value);
    });
    for (const tensor of graph.initializer) values.set(tensor.name, constantOfTensor(tensor));
    this.run(graph.node, values, versions);
    return graph.output.map(({ name }) => this.valueNamed(name, values));
  }

  /** A result of constants only becomes one; a larger one stays an operation. */
  private folded(node: Node): Node {
    const count = elementCount(node.shape);
    if (!(count <= LARGEST_TENSOR)) throw new OnnxStop(`a result of ${count} elements`);
    if (count > FOLDED || node.primitive === 'constant') return node;
    const data = evaluateConstant(node);
    return data === undefined ? node : constant(data, node.shape);
  }

  private known(node: Node): ConstantData | undefined {
    const own = this.options.valuesOf(node);
    if (own !== undefined) return own;
    return elementCount(node.shape) > LARGEST_KNOWN ? undefined : evaluateConstant(node);
  }
}

/** A tensor that stands in an attribute. */
function constantOfTensor(tensor: TensorMessage): Node {
  const type = elementTypeOf[tensor.dataType];
  if (type === undefined) throw new OnnxStop(`a constant of type ${typeNameOf(tensor.dataType)} is not read`);
  if (tensor.dataLocation === 1) throw new OnnxStop('a constant in another file is not read');
  const values = toFloat64(decodeElements(encodeElements(tensor, type), type, true));
  if (values.length !== elementCount(tensor.dims))
    throw new OnnxStop(`a constant [${tensor.dims.join(', ')}] of ${values.length} elements`);
  return constantNode(values, type, tensor.dims);
}
