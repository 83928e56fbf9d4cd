/**
 * The engine on ONNX Runtime's CPU kernels, in single precision. A graph becomes one ONNX model; what depends on
 * bound inputs only is computed when the graph is compiled, in whatever layout the rest of the program wants it.
 */
import { availableParallelism, totalmem } from 'node:os';
import { env, type Tensor } from 'onnxruntime-node';
import type { Graph, Node } from '../../graph/node';
import { elementCount, topologicalOrder } from '../../graph/node';
import { operationsOf } from '../../graph/operationsOf';
import type { ArrayData, ArrayValue, CompileOptions, Engine, Executable } from '../engine';
import { detectBlockSize } from './blockedLayout';
import { inputName, lowerGraph, outputName } from './lowerGraph';
import type { InitializerData, KnownValue, OnnxModelBuilder, Stage } from './onnxModel';
import type { Session, SessionSettings } from './onnxSession';
import { asTensor, createSession, elementTypeOf, OnnxRuntimeError } from './onnxSession';

export interface OnnxEngineOptions {
  /** Threads of each operator; all cores by default. Programs of small steps have one. */
  readonly threads?: number;
  /** Bytes for enlarged copies of constants that make every run faster; an eighth of the memory, at most 1 GiB. */
  readonly residentBytes?: number;
  /** Start of the names of files for the runtime's profiles, one per session. */
  readonly profilePrefix?: string;
}

/** Known values up to this size are built into the program, so that the runtime can pack them. */
const largestBuiltIn = 4 * 2 ** 20;
const builtInLimit = 64 * 2 ** 20;

/**
 * Operations of a program's step, on average, from which on more threads than one pay: below, they wait for each other, and spin while they do, longer than they
 * work (measured: batches of 64 images of 8 × 8 take twice the processor's time with two threads, and no less of the clock's).
 */
const WORTH_THREADS = 1e6;

const threadsFor = ({ outputs }: Graph, most: number): number => {
  const steps = topologicalOrder(outputs);
  const operations = steps.reduce((sum, node) => sum + operationsOf(node), 0);
  return operations < WORTH_THREADS * steps.length ? 1 : most;
};

interface Settings extends SessionSettings {
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

type Tensors = ReadonlyMap<string, Tensor>;

function found(tensors: Tensors, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new OnnxRuntimeError(`onnxruntime: the value '${name}' is missing`);
  return tensor;
}

/** A stage ready to run: a session (none when the stage gives nothing) and the names of what it is fed. */
interface Part {
  readonly session: Session | undefined;
  readonly reads: readonly string[];
}

const nothing: Part = { session: undefined, reads: [] };

async function runPart({ session, reads }: Part, values: Tensors): Promise<Tensors> {
  if (session === undefined) return new Map();
  return new Map(
    Object.entries(await session.run(Object.fromEntries(reads.map((name) => [name, found(values, name)])))),
  );
}

/**
 * `builtIn`: values that never change, the small ones of which become part of the program; `fed`: the others. What runs
 * once is fed everything, because the runtime would fold what is built in while it loads, on one thread.
 */
async function buildPart(
  model: OnnxModelBuilder,
  stage: Stage,
  builtIn: Tensors,
  fed: Tensors,
  settings: SessionSettings,
): Promise<Part> {
  if (stage.gives.length === 0) return nothing;
  const read = (tensors: Tensors): Map<string, Tensor> =>
    new Map([...tensors].filter(([name]) => stage.reads.includes(name)));
  const [constant, changing] = [read(builtIn), read(fed)];
  const chosen = chooseBuiltIn(constant);
  const values = new Map<string, KnownValue>();
  for (const [name, tensor] of [...constant, ...changing]) {
    const type = { type: elementTypeOf(tensor), shape: tensor.dims };
    values.set(name, chosen.has(name) ? { ...type, data: dataOf(tensor) } : type);
  }
  const serialized = model.serializeStage(stage, values);
  return { session: await createSession(serialized, settings), reads: serialized.inputs };
}

/** Values of the inputs at the positions `indices`; those without elements are not part of any program. */
function tensorsOf(
  graph: Graph,
  indices: readonly number[],
  values: readonly (ArrayValue | undefined)[],
): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  indices.forEach((index, i) => {
    const [node, value] = [graph.inputs[index], values[i]];
    if (node === undefined || value === undefined) return;
    checkFits(node, value);
    if (elementCount(node.shape) > 0) tensors.set(inputName(index), asTensor(value.data, value.shape));
  });
  return tensors;
}

/** What was derived from one set of steady arrays, found again by those arrays. */
class SteadyValues {
  private readonly derived = new WeakMap<
    ArrayData,
    { readonly arrays: readonly ArrayData[]; readonly tensors: Promise<Tensors> }
  >();

  get(arrays: readonly ArrayData[], derive: () => Promise<Tensors>): Promise<Tensors> {
    const [key] = arrays;
    if (key === undefined) return derive();
    const known = this.derived.get(key);
    if (known !== undefined && known.arrays.every((array, i) => array === arrays[i])) return known.tensors;
    const tensors = derive();
    this.derived.set(key, { arrays, tensors });
    return tensors;
  }
}

/** Positions of a graph's inputs by when their values are known. */
interface InputKinds {
  readonly bound: readonly number[];
  readonly steady: readonly number[];
  readonly free: readonly number[];
}

function inputKinds(graph: Graph, { bound, steady }: CompileOptions): InputKinds {
  const kinds = { bound: [] as number[], steady: [] as number[], free: [] as number[] };
  graph.inputs.forEach((node, index) => {
    const kind = bound?.has(node) === true ? 'bound' : steady?.inputs.has(node) === true ? 'steady' : 'free';
    kinds[kind].push(index);
  });
  return kinds;
}

/** Three stages: one that is run when the graph is compiled, one per set of steady arrays, one in every run. */
async function compile(graph: Graph, options: CompileOptions, settings: Settings): Promise<Executable> {
  const kinds = inputKinds(graph, options);
  const nodesAt = (positions: readonly number[]): Node<'input'>[] =>
    positions.flatMap((index) => graph.inputs[index] ?? []);
  const model = lowerGraph(graph, new Set<Node>(nodesAt(kinds.free)), settings.block);
  const known = [kinds.bound, kinds.steady].map((positions) => new Set(positions.map(inputName)));
  const stages = model.stages(
    known,
    (settings.residentBytes * (options.steady?.share ?? 1)) / Math.max(1, options.steady?.sets ?? 1),
  );
  const [folding, preparation, application] = stages as [Stage, Stage, Stage];

  const given = tensorsOf(
    graph,
    kinds.bound,
    nodesAt(kinds.bound).map((node) => options.bound?.get(node)),
  );
  const foldingPart = await buildPart(model, folding, new Map(), given, settings);
  const fixed: Tensors = new Map([...given, ...(await runPart(foldingPart, given))]);
  await foldingPart.session?.release();
  let preparationPart = await buildPart(model, preparation, new Map(), fixed, settings);
  let setsLeft = options.steady?.sets ?? 0;
  const steadyValues = new SteadyValues();
  // Types and sizes of what the preparation gives are known once it has run.
  let applicationPart: Part | undefined;
  const buildApplication = async (derived: Tensors): Promise<Part> =>
    (applicationPart ??= await buildPart(model, application, fixed, derived, settings));
  if (kinds.steady.length === 0) await buildApplication(new Map());

  const derive = async (values: readonly ArrayValue[]): Promise<Tensors> => {
    const tensors = tensorsOf(graph, kinds.steady, values);
    return new Map([...tensors, ...(await runPart(preparationPart, new Map([...fixed, ...tensors])))]);
  };
  // An unexpected further set is served all the same: the session then is made once more.
  const deriveNext = async (values: readonly ArrayValue[]): Promise<Tensors> => {
    if (setsLeft === 0 && kinds.steady.length > 0)
      preparationPart = await buildPart(model, preparation, new Map(), fixed, settings);
    const tensors = await derive(values);
    setsLeft = Math.max(0, setsLeft - 1);
    if (setsLeft === 0) {
      await preparationPart.session?.release();
      preparationPart = nothing;
    }
    return tensors;
  };
  const expected = [...kinds.steady, ...kinds.free].sort((a, b) => a - b);
  return {
    async run(inputs) {
      if (inputs.length !== expected.length)
        throw new RangeError(`onnxruntime: the program takes ${expected.length} inputs, got ${inputs.length}`);
      const pick = (positions: readonly number[]): ArrayValue[] =>
        positions.flatMap((index) => inputs[expected.indexOf(index)] ?? []);
      const steady = pick(kinds.steady);
      const derived = await steadyValues.get(
        steady.map(({ data }) => data),
        () => deriveNext(steady),
      );
      const part = await buildApplication(derived);
      const values: Tensors = new Map([...fixed, ...derived, ...tensorsOf(graph, kinds.free, pick(kinds.free))]);
      const results = await runPart(part, values);
      return graph.outputs.map((node, i): ArrayValue => {
        const tensor = results.get(outputName(i)) ?? found(values, outputName(i));
        return { shape: node.shape, dtype: node.dtype, data: arrayData(tensor) };
      });
    },
    dispose() {
      void preparationPart.session?.release();
      void applicationPart?.session?.release();
    },
  };
}

/** Throws `OnnxRuntimeError` when the native library does not work on this machine. */
export async function createOnnxEngine(options: OnnxEngineOptions = {}): Promise<Engine> {
  const settings: Settings = {
    threads: options.threads ?? availableParallelism(),
    residentBytes: options.residentBytes ?? Math.min(totalmem() / 8, 2 ** 30),
    block: await detectBlockSize(),
    profilePrefix: options.profilePrefix,
  };
  const sessions = new Set<Executable>();
  return {
    name: 'onnxruntime',
    precision: 'float32',
    description: `ONNX Runtime ${env.versions.node ?? ''} CPU, ${settings.threads} threads, blocks of ${settings.block} channels`,
    keepsDerived: true,
    async compile(graph, compileOptions = {}) {
      const threads = threadsFor(graph, settings.threads);
      const executable = await compile(graph, compileOptions, { ...settings, threads });
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
