/**
 * The engine on ONNX Runtime's CPU kernels, in single precision. A graph becomes one ONNX model; what depends on
 * bound inputs only is computed when the graph is compiled, in whatever layout the rest of the program wants it.
 */
import { availableParallelism, totalmem } from 'node:os';
import { env } from 'onnxruntime-node';
import type { Graph, Node } from '../../graph/node';
import { elementCount, topologicalOrder } from '../../graph/node';
import { operationsOf } from '../../graph/operationsOf';
import type { ArrayData, ArrayValue, CompileOptions, Engine, Executable } from '../engine';
import { detectBlockSize } from './blockedLayout';
import { inputName, lowerGraph, outputName } from './lowerGraph';
import { startLanes, type Lanes } from './lanes/lanes';
import type { SessionSettings } from './onnxSession';
import { buildProgram, type ProgramPlan } from './stagedProgram';

export interface OnnxEngineOptions {
  /** Threads of each operator; all cores by default. Programs of small steps have one. */
  readonly threads?: number;
  /** Bytes for enlarged copies of constants that make every run faster; an eighth of the memory, at most 1 GiB. */
  readonly residentBytes?: number;
  /** Start of the names of files for the runtime's profiles, one per session. */
  readonly profilePrefix?: string;
  /** The bundled program of a lane; without it all runs are made in this thread. */
  readonly lanePath?: string | undefined;
  /** Operations of a run from which on it is worth the messages to a lane and back, which take some tenths of a millisecond. */
  readonly worthALane?: number;
}

/** More lanes than this need more memory than they save time: their kernels get the other cores. */
const MOST_LANES = 4;

/**
 * Operations of a program's step, on average, from which on more threads than one pay: below, they wait for each other, and spin while they do, longer than they
 * work (measured: batches of 64 images of 8 × 8 take twice the processor's time with two threads, and no less of the clock's).
 */
const WORTH_THREADS = 1e6;
const WORTH_A_LANE = 5e6;

/** Operations of a run, in all and for each step. */
function workOf({ outputs }: Graph): { readonly operations: number; readonly ofStep: number } {
  const steps = topologicalOrder(outputs);
  const operations = steps.reduce((sum, node) => sum + operationsOf(node), 0);
  return { operations, ofStep: operations / Math.max(1, steps.length) };
}

interface Settings extends SessionSettings {
  readonly worthALane: number;
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

/** Values of the inputs at the positions `indices`; those without elements are not part of any program. */
function arraysOf(
  graph: Graph,
  indices: readonly number[],
  values: readonly (ArrayValue | undefined)[],
): Map<string, ArrayValue> {
  const arrays = new Map<string, ArrayValue>();
  indices.forEach((index, i) => {
    const [node, value] = [graph.inputs[index], values[i]];
    if (node === undefined || value === undefined) return;
    checkFits(node, value);
    if (elementCount(node.shape) > 0) arrays.set(inputName(index), value);
  });
  return arrays;
}

/** Numbers for sets of steady arrays: the same for the same arrays; `forget` is told when the arrays are gone. */
class SteadyKeys {
  private readonly known = new WeakMap<
    ArrayData,
    { readonly arrays: readonly WeakRef<ArrayData>[]; readonly key: number }
  >();
  private readonly gone: FinalizationRegistry<number>;
  private next = 0;

  constructor(forget: (key: number) => void) {
    this.gone = new FinalizationRegistry(forget);
  }

  keyOf(arrays: readonly ArrayData[]): number {
    const [first] = arrays;
    if (first === undefined) return this.next++;
    const known = this.known.get(first);
    if (known !== undefined && known.arrays.every((array, i) => array.deref() === arrays[i])) return known.key;
    const key = this.next++;
    this.known.set(first, { arrays: arrays.map((array) => new WeakRef(array)), key });
    this.gone.register(first, key);
    return key;
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

/** Bound values above this many bytes are not copied to every lane. */
const LARGEST_SHARED = 64 * 2 ** 20;

interface Machinery {
  readonly settings: Settings;
  readonly lanes: Lanes | undefined;
}

/** Three stages: one that is run when the graph is compiled, one per set of steady arrays, one in every run. */
async function compile(graph: Graph, options: CompileOptions, { settings, lanes }: Machinery): Promise<Executable> {
  const kinds = inputKinds(graph, options);
  const nodesAt = (positions: readonly number[]): Node<'input'>[] =>
    positions.flatMap((index) => graph.inputs[index] ?? []);
  const builder = lowerGraph(graph, new Set<Node>(nodesAt(kinds.free)), settings.block);
  const known = [kinds.bound, kinds.steady].map((positions) => new Set(positions.map(inputName)));
  const { sets = 1, share = 1 } = options.steady ?? {};
  const bound = arraysOf(
    graph,
    kinds.bound,
    nodesAt(kinds.bound).map((node) => options.bound?.get(node)),
  );
  const plan: ProgramPlan = {
    model: builder.stages(known, (settings.residentBytes * share) / Math.max(1, sets)),
    bound,
    sets: kinds.steady.length === 0 ? undefined : (options.steady?.sets ?? 0),
    isShared: options.steady?.isShared === true,
    results: graph.outputs.map(({ shape, dtype }, i) => ({ name: outputName(i), shape, dtype })),
  };
  const bytes = [...bound.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  const { operations, ofStep } = workOf(graph);
  const usesLanes =
    options.isConcurrent === true &&
    lanes !== undefined &&
    bytes <= LARGEST_SHARED &&
    operations >= settings.worthALane;
  const threads = ofStep < WORTH_THREADS ? 1 : settings.threads;
  const program = await (usesLanes ? lanes.build(plan) : buildProgram(plan, { ...settings, threads }));
  const keys = new SteadyKeys((key) => program.forget(key));
  const expected = [...kinds.steady, ...kinds.free].sort((a, b) => a - b);
  return {
    async run(inputs) {
      if (inputs.length !== expected.length)
        throw new RangeError(`onnxruntime: the program takes ${expected.length} inputs, got ${inputs.length}`);
      const pick = (positions: readonly number[]): ArrayValue[] =>
        positions.flatMap((index) => inputs[expected.indexOf(index)] ?? []);
      const steady = pick(kinds.steady);
      const set = { key: keys.keyOf(steady.map(({ data }) => data)), arrays: arraysOf(graph, kinds.steady, steady) };
      return program.run(kinds.steady.length === 0 ? undefined : set, arraysOf(graph, kinds.free, pick(kinds.free)));
    },
    dispose: () => program.dispose(),
  };
}

/** Large pieces that are freed stay in the process (`memoryEnvironment` of a worker asks for it). */
const allocatorKeepsMemory = (): boolean => process.env['GLIBC_TUNABLES']?.includes('malloc.mmap_threshold') === true;

/** Throws `OnnxRuntimeError` when the native library does not work on this machine. */
export async function createOnnxEngine(options: OnnxEngineOptions = {}): Promise<Engine> {
  const settings: Settings = {
    threads: options.threads ?? availableParallelism(),
    keepsMemory: !allocatorKeepsMemory(),
    worthALane: options.worthALane ?? WORTH_A_LANE,
    residentBytes: options.residentBytes ?? Math.min(totalmem() / 8, 2 ** 30),
    block: await detectBlockSize(),
    profilePrefix: options.profilePrefix,
  };
  const count = Math.min(MOST_LANES, settings.threads);
  const ofLane = { ...settings, threads: Math.floor(settings.threads / count) };
  const lanes = options.lanePath === undefined || count === 1 ? undefined : startLanes(options.lanePath, count, ofLane);
  const sessions = new Set<Executable>();
  return {
    name: 'onnxruntime',
    precision: 'float32',
    description: `ONNX Runtime ${env.versions.node ?? ''} CPU, ${settings.threads} threads, blocks of ${settings.block} channels`,
    keepsDerived: true,
    concurrency: lanes?.count ?? 1,
    async compile(graph, compileOptions = {}) {
      const executable = await compile(graph, compileOptions, { settings, lanes });
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
      lanes?.dispose();
    },
  };
}
