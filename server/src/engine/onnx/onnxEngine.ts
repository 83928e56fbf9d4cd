/**
 * The engine on ONNX Runtime's CPU kernels, in single precision. A graph becomes one ONNX model; what depends on
 * bound inputs only is computed when the graph is compiled, in whatever layout the rest of the program wants it.
 */
import { availableParallelism, totalmem } from 'node:os';
import { env, type Tensor } from 'onnxruntime-node';
import type { Graph, Node } from '../../graph/node';
import { elementCount } from '../../graph/node';
import type { ArrayData, ArrayValue, CompileOptions, Engine, Executable } from '../engine';
import { detectBlockSize } from './blockedLayout';
import { inputName, lowerGraph, outputName } from './lowerGraph';
import type { InitializerData, KnownValue, SerializedModel } from './onnxModel';
import type { Session } from './onnxSession';
import { asTensor, createSession, elementTypeOf, OnnxRuntimeError } from './onnxSession';

export interface OnnxEngineOptions {
  /** Threads of each operator; all cores by default. */
  readonly threads?: number;
  /** Bytes for enlarged copies of constants that make every run faster; a quarter of the memory, at most 3 GiB. */
  readonly residentBytes?: number;
}

/** Known values up to this size are built into the program, so that the runtime can pack them. */
const largestBuiltIn = 4 * 2 ** 20;
const builtInLimit = 64 * 2 ** 20;

interface Settings {
  readonly threads: number;
  readonly residentBytes: number;
  readonly block: number;
}

function checkFits(node: Node<'input'>, value: ArrayValue): void {
  const fits =
    value.dtype === node.dtype &&
    value.data.length === elementCount(node.shape) &&
    value.shape.length === node.shape.length &&
    value.shape.every((size, axis) => size === node.shape[axis]);
  if (!fits)
    throw new RangeError(
      `onnxruntime: input '${node.parameters.name}' is ${node.dtype} [${node.shape.join(', ')}], ` +
        `got ${value.dtype} [${value.shape.join(', ')}] with ${value.data.length} elements`,
    );
}

const dataOf = (tensor: Tensor): InitializerData => {
  const { data } = tensor;
  const isKnown =
    data instanceof Float32Array ||
    data instanceof Float64Array ||
    data instanceof Int32Array ||
    data instanceof BigInt64Array ||
    data instanceof Uint8Array;
  if (isKnown) return data;
  throw new OnnxRuntimeError(`onnxruntime returned elements of type ${tensor.type}, which no program here has`);
};

function arrayData(tensor: Tensor): ArrayData {
  const data = dataOf(tensor);
  if (!(data instanceof BigInt64Array)) return data;
  throw new OnnxRuntimeError('onnxruntime returned 64-bit integers where a program has none');
}

/** Which known values are built in: the smallest first, as long as they fit. */
function chooseBuiltIn(tensors: ReadonlyMap<string, Tensor>): Set<string> {
  const bySize = [...tensors].map(([name, tensor]) => ({ name, bytes: dataOf(tensor).byteLength }));
  bySize.sort((a, b) => a.bytes - b.bytes);
  const chosen = new Set<string>();
  let total = 0;
  for (const { name, bytes } of bySize) {
    total += bytes;
    if (bytes > largestBuiltIn || total > builtInLimit) break;
    chosen.add(name);
  }
  return chosen;
}

async function runOnce(model: SerializedModel, feeds: Record<string, Tensor>, threads: number): Promise<Record<string, Tensor>> {
  const session = await createSession(model, threads);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** A program and what each of its runs is fed besides the inputs of that run. */
interface Program {
  /** Undefined when every output is known already. */
  readonly session: Session | undefined;
  readonly known: Readonly<Record<string, Tensor>>;
}

async function buildProgram(graph: Graph, bound: ReadonlyMap<Node<'input'>, ArrayValue>, settings: Settings): Promise<Program> {
  const model = lowerGraph(graph, new Set<Node>(bound.keys()), settings.block);
  if (bound.size === 0) return { session: await createSession(model.serialize(), settings.threads), known: {} };
  const given = new Map<string, Tensor>();
  graph.inputs.forEach((node, i) => {
    const value = bound.get(node);
    if (value !== undefined && elementCount(node.shape) > 0) given.set(inputName(i), asTensor(value.data, value.shape));
  });
  const hoisting = model.hoist(new Set(given.keys()), settings.residentBytes);
  const feeds = Object.fromEntries((hoisting.model?.inputs ?? []).map((name) => [name, found(given, name)]));
  const computed = hoisting.model === undefined ? {} : await runOnce(hoisting.model, feeds, settings.threads);
  const values = new Map(hoisting.values.map((name) => [name, computed[name] ?? found(given, name)] as const));
  const builtIn = chooseBuiltIn(values);
  const declared = new Map<string, KnownValue>();
  for (const [name, tensor] of values) {
    const type = { type: elementTypeOf(tensor), shape: tensor.dims };
    declared.set(name, builtIn.has(name) ? { ...type, data: dataOf(tensor) } : type);
  }
  const remainder = hoisting.remainder(declared);
  const known: Record<string, Tensor> = {};
  for (const [name, tensor] of values)
    if (remainder.inputs.includes(name) || computedOutput.test(name)) known[name] = tensor;
  const session = remainder.outputs.length === 0 ? undefined : await createSession(remainder, settings.threads);
  return { session, known };
}

const computedOutput = /^output\d+$/;

function found(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new OnnxRuntimeError(`onnxruntime: the value '${name}' is missing`);
  return tensor;
}

async function compile(graph: Graph, { bound = new Map() }: CompileOptions, settings: Settings): Promise<Executable> {
  for (const [node, value] of bound) checkFits(node, value);
  const { session, known } = await buildProgram(graph, bound, settings);
  const free = graph.inputs.map((node, index) => ({ node, index })).filter(({ node }) => !bound.has(node));
  const fixedFeeds = Object.fromEntries(Object.entries(known).filter(([name]) => !computedOutput.test(name)));
  return {
    async run(inputs) {
      if (inputs.length !== free.length)
        throw new RangeError(`onnxruntime: the program takes ${free.length} inputs, got ${inputs.length}`);
      const feeds: Record<string, Tensor> = { ...fixedFeeds };
      free.forEach(({ node, index }, i) => {
        const value = inputs[i];
        if (value === undefined) return;
        checkFits(node, value);
        if (elementCount(node.shape) > 0) feeds[inputName(index)] = asTensor(value.data, value.shape);
      });
      const results = session === undefined ? {} : await session.run(feeds);
      return graph.outputs.map((node, i): ArrayValue => {
        const tensor = results[outputName(i)] ?? known[outputName(i)];
        if (tensor === undefined) throw new OnnxRuntimeError(`onnxruntime returned no output ${i}`);
        return { shape: node.shape, dtype: node.dtype, data: arrayData(tensor) };
      });
    },
    dispose: () => void session?.release(),
  };
}

/** Throws `OnnxRuntimeError` when the native library does not work on this machine. */
export async function createOnnxEngine(options: OnnxEngineOptions = {}): Promise<Engine> {
  const settings: Settings = {
    threads: options.threads ?? availableParallelism(),
    residentBytes: options.residentBytes ?? Math.min(totalmem() / 4, 3 * 2 ** 30),
    block: await detectBlockSize(),
  };
  const sessions = new Set<Executable>();
  return {
    name: 'onnxruntime',
    precision: 'float32',
    description: `ONNX Runtime ${env.versions.node ?? ''} CPU, ${settings.threads} threads, blocks of ${settings.block} channels`,
    prepare: (graph) => graph,
    async compile(graph, compileOptions = {}) {
      const executable = await compile(graph, compileOptions, settings);
      sessions.add(executable);
      return {
        run: (inputs) => executable.run(inputs),
        dispose() {
          if (sessions.delete(executable)) executable.dispose();
        },
      };
    },
    dispose() {
      for (const executable of sessions) executable.dispose();
      sessions.clear();
    },
  };
}
