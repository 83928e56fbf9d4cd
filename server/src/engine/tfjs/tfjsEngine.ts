/**
 * Engine on TensorFlow.js: its native build where installed, else WebAssembly, else plain JavaScript. Only forward
 * kernels are used; the library's own differentiation is not (its second derivatives are wrong for several functions).
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { evaluate } from '../../graph/evaluate/evaluate';
import type { Graph, Node } from '../../graph/node';
import { topologicalOrder } from '../../graph/node';
import { emit, input as makeInput } from '../../graph/operations';
import type { DType } from '../../graph/primitives';
import type { ArrayValue, CompileOptions, Engine, Executable } from '../engine';
import { lowerings, required, tfType } from './lowerings';
import type { Lowering, LoweringContext, Tensor, TensorFlow } from './lowerings';

/** Frees the event loop this often, so that a cancellation gets through. */
const YIELD_MS = 40;

export type TfjsBackend = 'tensorflow' | 'wasm' | 'cpu';

/** The fastest build that loads here, or the one asked for. Throws if that one does not load. */
export async function createTfjsEngine(wanted?: TfjsBackend): Promise<Engine> {
  const order: readonly TfjsBackend[] = wanted === undefined ? ['tensorflow', 'wasm', 'cpu'] : [wanted];
  const failures: string[] = [];
  for (const backend of order) {
    try {
      const context = await load(backend);
      return new TfjsEngine(context);
    } catch (error) {
      failures.push(`${backend}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
    }
  }
  throw new Error(`the tfjs engine does not load (${failures.join('; ')})`);
}

// A bundle has __filename; tests run from source.
export const requireHere = createRequire(
  typeof __filename === 'string' ? __filename : join(process.cwd(), 'package.json'),
);

async function load(backend: TfjsBackend): Promise<LoweringContext> {
  const tf = requireHere('@tensorflow/tfjs-core') as TensorFlow;
  if (backend === 'tensorflow') requireHere('@tensorflow/tfjs-node');
  else if (backend === 'wasm') {
    const wasm = requireHere('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(prefix: string): void };
    wasm.setWasmPaths(join(dirname(requireHere.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
  } else requireHere('@tensorflow/tfjs-backend-cpu');
  if (!(await tf.setBackend(backend))) throw new Error('the backend did not start');
  await tf.ready();
  return { tf, backend };
}

/** The library has one current backend for the whole process; other engines of this kind may have changed it. */
const activate = ({ tf, backend }: LoweringContext): Promise<boolean> => tf.setBackend(backend);

class TfjsEngine implements Engine {
  readonly name = 'tfjs';
  readonly precision = 'float32';
  readonly keepsDerived = false;
  readonly concurrency = 1;
  readonly description: string;
  constructor(private readonly context: LoweringContext) {
    this.description = `TensorFlow.js ${context.tf.version_core} (${context.backend})`;
  }
  async compile(graph: Graph, options: CompileOptions = {}): Promise<Executable> {
    await activate(this.context);
    return new TfjsProgram(this.context, graph, options);
  }
  dispose(): void {
    this.context.tf.disposeVariables();
  }
}

/** One node of a program: how it is computed and which values end their life with it. */
interface Step {
  readonly node: Node;
  readonly run: (inputs: readonly Tensor[]) => Tensor;
  readonly release: readonly Node[];
}

class TfjsProgram implements Executable {
  private readonly steps: readonly Step[];
  private readonly free: readonly Node<'input'>[];
  private readonly kept = new Map<Node, Tensor>();

  constructor(
    private readonly context: LoweringContext,
    private readonly graph: Graph,
    { bound = new Map() }: CompileOptions,
  ) {
    this.free = graph.inputs.filter((node) => !bound.has(node));
    for (const [node, value] of bound) this.kept.set(node, this.toTensor(value));
    const order = topologicalOrder(graph.outputs).filter((node) => node.primitive !== 'input');
    for (const node of order) if (node.primitive === 'constant') this.kept.set(node, computation(context, node)([]));
    this.steps = planSteps(
      context,
      order.filter((node) => node.primitive !== 'constant'),
      graph.outputs,
    );
  }

  async run(inputs: readonly ArrayValue[]): Promise<ArrayValue[]> {
    await activate(this.context);
    const values = new Map<Node, Tensor>();
    this.free.forEach((node, i) => {
      const value = inputs[i];
      if (value === undefined) throw new RangeError(`the tfjs engine got no value for input '${node.parameters.name}'`);
      values.set(node, this.toTensor(value));
    });
    try {
      await this.runSteps(values);
      return await Promise.all(this.graph.outputs.map((node) => this.read(node, values)));
    } finally {
      for (const tensor of values.values()) tensor.dispose();
    }
  }

  dispose(): void {
    for (const tensor of this.kept.values()) tensor.dispose();
    this.kept.clear();
  }

  private async runSteps(values: Map<Node, Tensor>): Promise<void> {
    let since = performance.now();
    for (const { node, run, release } of this.steps) {
      values.set(node, run(node.inputs.map((operand) => this.valueOf(operand, values))));
      for (const finished of release) {
        values.get(finished)?.dispose();
        values.delete(finished);
      }
      if (performance.now() - since > YIELD_MS) {
        await new Promise(setImmediate);
        since = performance.now();
      }
    }
  }

  private valueOf(node: Node, values: ReadonlyMap<Node, Tensor>): Tensor {
    return required(values.get(node) ?? this.kept.get(node));
  }

  private toTensor({ shape, dtype, data }: ArrayValue): Tensor {
    const converted = dtype === 'float' && !(data instanceof Float32Array) ? new Float32Array(data) : data;
    return this.context.tf.tensor(converted, [...shape], tfType(dtype));
  }

  private async read(node: Node, values: ReadonlyMap<Node, Tensor>): Promise<ArrayValue> {
    const data = await this.valueOf(node, values).data();
    const typed = node.dtype === 'float' ? new Float32Array(data) : toHost(data, node.dtype);
    return { shape: node.shape, dtype: node.dtype, data: typed as Float32Array };
  }
}

/** Copies out of the library's memory as the evaluation's kind of array. */
function toHost(data: ArrayLike<number>, dtype: DType): Float64Array | Int32Array | Uint8Array {
  if (dtype === 'float') return new Float64Array(data);
  return dtype === 'int' ? Int32Array.from(data) : Uint8Array.from(data);
}

/** Kernels whose rank limits are lower than the graph's use the reference instead. */
const LARGEST_RANK: Partial<Record<Node['primitive'], number>> = {
  transpose: 6,
  broadcast: 5,
  slice: 5,
  select: 6,
  reverse: 6,
  concat: 6,
  conv: 4,
  convInputGrad: 4,
  convFilterGrad: 4,
};

/** The WebAssembly kernels of these move four bytes per element, which a bool has not. */
const MOVES_WORDS: ReadonlySet<Node['primitive']> = new Set(['slice', 'reverse', 'transpose', 'broadcast', 'concat']);

/** The convolution kernels take a stride or a dilation, not both. */
function isStridedAndDilated(node: Node): boolean {
  if (node.primitive !== 'conv' && node.primitive !== 'convFilterGrad' && node.primitive !== 'convInputGrad')
    return false;
  const { strides, dilation } = node.parameters;
  return strides.some((stride) => stride > 1) && dilation.some((step) => step > 1);
}

function computation(context: LoweringContext, node: Node): (inputs: readonly Tensor[]) => Tensor {
  const rule = lowerings[node.primitive] as Lowering<Node['primitive']>;
  const limit = LARGEST_RANK[node.primitive];
  const rank = Math.max(node.shape.length, ...node.inputs.map((operand) => operand.shape.length));
  const empty = node.shape.includes(0) || node.inputs.some((operand) => operand.shape.includes(0));
  const isBoolMove = node.dtype === 'bool' && MOVES_WORDS.has(node.primitive);
  if (rule === 'evaluate' || empty || isBoolMove || isStridedAndDilated(node) || (limit !== undefined && rank > limit))
    return onHost(context, node);
  return (inputs) => context.tf.tidy(() => rule(context, node, inputs));
}

/** The reference's result of one primitive. */
function onHost({ tf }: LoweringContext, node: Node): (inputs: readonly Tensor[]) => Tensor {
  const operands = node.inputs.map((operand, i) => makeInput(`operand ${i}`, operand.shape, operand.dtype));
  const alone = node.inputs.length === 0 ? node : emit(node.primitive, operands, node.parameters as never);
  return (inputs) => {
    const feeds = new Map(
      operands.map((operand, i) => [operand as Node, toHost(required(inputs[i]).dataSync(), operand.dtype)]),
    );
    const [data] = evaluate([alone], feeds);
    if (data === undefined) throw new Error(`no value for ${node.primitive}`);
    return tf.tensor(data instanceof Float64Array ? new Float32Array(data) : data, [...node.shape], tfType(node.dtype));
  };
}

/** Steps in order, each with the intermediate values nobody needs afterwards. */
function planSteps(context: LoweringContext, order: readonly Node[], outputs: readonly Node[]): Step[] {
  const lastUse = new Map<Node, number>();
  order.forEach((node, i) => {
    lastUse.set(node, i);
    for (const operand of node.inputs) lastUse.set(operand, i);
  });
  const kept = new Set(outputs);
  const release = order.map((): Node[] => []);
  for (const [node, i] of lastUse)
    if (!kept.has(node) && node.primitive !== 'constant' && node.primitive !== 'input') release[i]?.push(node);
  return order.map((node, i) => ({ node, run: computation(context, node), release: release[i] ?? [] }));
}
