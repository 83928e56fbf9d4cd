/** Programs that multiply by the curvature matrix of a chunk of samples. */
import { partialEvaluate } from '../../autodiff/partialEvaluate';
import { vmap } from '../../autodiff/vmap';
import type { ArrayValue, Engine, Executable } from '../../engine/engine';
import type { Graph, Node } from '../../graph/node';
import { dependents, topologicalOrder } from '../../graph/node';
import { input } from '../../graph/operations';
import { simplify } from '../../graph/simplify/simplify';
import type { LossGraph, Problem } from '../problem';
import { asTensors } from '../problem';
import { withFoldedScales } from './foldedScales';
import { joinFlat, splitFlat } from './flatVector';

/** (loss, one vector per parameter) → product, one node per parameter. */
export type CurvatureProduct = (graph: LossGraph, vectors: readonly Node[]) => readonly Node[];

/** A program for chunks of n samples, not yet compiled. */
export interface SplitProgram {
  readonly setup: Graph;
  readonly apply: Graph;
  /** Both in one. */
  readonly whole: Graph;
  readonly residuals: readonly Node[];
  /** residuals[i] depends on the data. */
  readonly ofData: readonly boolean[];
  readonly parameters: readonly Node<'input'>[];
  readonly data: readonly Node<'input'>[];
}

export function splitProgram(problem: Problem, product: CurvatureProduct, n: number, k: number): SplitProgram {
  const graph = withFoldedScales(problem.trace(n));
  const v = input('vector', [problem.theta.length]);
  const flat = joinFlat(product(graph, splitFlat(v, problem.parameters)), problem.parameters);
  const single: Graph = { inputs: [...graph.parameters, ...graph.buffers, ...graph.data, v], outputs: [flat] };
  const batched = simplify(k === 1 ? single : vmap(single, new Set([v]), k));
  const fixedCount = batched.inputs.length - 1;
  const { setup, apply, residuals, whole } = partialEvaluate(batched, batched.inputs.slice(fixedCount));
  const parameterCount = graph.parameters.length + graph.buffers.length;
  const data = batched.inputs.slice(parameterCount, fixedCount);
  const varying = dependents(topologicalOrder(residuals), data);
  return {
    setup,
    apply,
    whole,
    residuals,
    ofData: residuals.map((node) => varying.has(node)),
    parameters: batched.inputs.slice(0, parameterCount),
    data,
  };
}

/** A compiled program for chunks of one length. */
export interface ChunkProgram {
  /** Data → what products need of them. */
  setUp(data: readonly ArrayValue[]): Promise<ArrayValue[]>;
  /** No further `setUp` follows: gives back the memory of its program. */
  endSetUp(): void;
  /** (what `setUp` gave, block of vectors [k, p] or [p]) → products. */
  multiply(kept: readonly ArrayValue[], vectors: ArrayValue): Promise<ArrayValue>;
  dispose(): void;
}

/** Values of `nodes`: given ones where they are inputs, else computed by the engine. */
async function evaluator(
  engine: Engine,
  inputs: readonly Node<'input'>[],
  nodes: readonly Node[],
  bound: ReadonlyMap<Node<'input'>, ArrayValue>,
): Promise<{ run(values: readonly ArrayValue[]): Promise<ArrayValue[]>; dispose(): void }> {
  const computed = nodes.filter((node) => node.primitive !== 'input');
  let executable: Executable | undefined =
    computed.length === 0 ? undefined : await engine.compile({ inputs, outputs: computed }, { bound });
  const unbound = inputs.filter((node) => !bound.has(node));
  return {
    run: async (values) => {
      const results = (await executable?.run(values)) ?? [];
      let next = 0;
      return nodes.map((node) => {
        const value = node.primitive === 'input' ? (bound.get(node) ?? values[unbound.indexOf(node)]) : results[next++];
        if (value === undefined) throw new RangeError(`no value for '${node.primitive}' of a setup program`);
        return value;
      });
    },
    dispose: () => {
      executable?.dispose();
      executable = undefined;
    },
  };
}

/** What an engine may keep for chunks of one length. */
export interface Keeping {
  /** How many of them take turns; none when intermediates are made anew for every product. */
  readonly sets: number;
  /** Part of the memory for copies that make a product faster: they cost as much as several products. */
  readonly share: number;
  /** Products of several chunks are asked for at once. */
  readonly isConcurrent: boolean;
  /** Products of one chunk with several blocks of vectors are. */
  readonly isShared: boolean;
}

function valuesOfParameters(program: SplitProgram, problem: Problem): Map<Node<'input'>, ArrayValue> {
  const values = [...asTensors(problem.parameters, problem.theta), ...problem.buffers];
  const bound = new Map<Node<'input'>, ArrayValue>();
  program.parameters.forEach((node, i) => {
    const value = values[i];
    if (value === undefined)
      throw new RangeError(`${values.length} values for ${program.parameters.length} parameters and buffers`);
    bound.set(node, value);
  });
  return bound;
}

/** For an engine that keeps what it derives: it is given the data, and splits the program by itself. */
async function compileWhole(
  program: SplitProgram,
  engine: Engine,
  bound: ReadonlyMap<Node<'input'>, ArrayValue>,
  { sets, share, isConcurrent, isShared }: Keeping,
): Promise<ChunkProgram> {
  const steady = { inputs: new Set(program.data), sets, share, isShared };
  const executable = await engine.compile(
    program.whole,
    sets === 0 ? { bound, isConcurrent } : { bound, steady, isConcurrent },
  );
  return {
    setUp: (data) => Promise.resolve([...data]),
    endSetUp: () => undefined,
    multiply: async (data, vectors) => (await executable.run([...data, vectors]))[0] as ArrayValue,
    dispose: () => executable.dispose(),
  };
}

/** For any other engine: one program makes the residuals, another one multiplies. */
async function compileParts(
  program: SplitProgram,
  engine: Engine,
  bound: ReadonlyMap<Node<'input'>, ArrayValue>,
): Promise<ChunkProgram> {
  const isFixed = (_: unknown, i: number): boolean => program.ofData[i] !== true;
  const isOfData = (_: unknown, i: number): boolean => program.ofData[i] === true;
  const fixed = await evaluator(engine, program.parameters, program.residuals.filter(isFixed), bound);
  const fixedValues = await fixed.run([]);
  fixed.dispose();
  const handed = program.apply.inputs.slice(0, program.residuals.length);
  const baked = new Map<Node<'input'>, ArrayValue>();
  handed.filter(isFixed).forEach((node, i) => baked.set(node, fixedValues[i] as ArrayValue));
  const setup = await evaluator(engine, program.setup.inputs, program.residuals.filter(isOfData), bound);
  const apply = await engine.compile(program.apply, { bound: baked });
  return {
    setUp: (data) => setup.run(data),
    endSetUp: () => setup.dispose(),
    multiply: async (residuals, vectors) => (await apply.run([...residuals, vectors]))[0] as ArrayValue,
    dispose: () => {
      setup.dispose();
      apply.dispose();
    },
  };
}

/** For chunks of n samples and k vectors at a time. */
export function compileChunkProgram(
  problem: Problem,
  engine: Engine,
  product: CurvatureProduct,
  [n, k]: readonly [number, number],
  keeping: Keeping,
): Promise<ChunkProgram> {
  const program = splitProgram(problem, product, n, k);
  const bound = valuesOfParameters(program, problem);
  return engine.keepsDerived ? compileWhole(program, engine, bound, keeping) : compileParts(program, engine, bound);
}
