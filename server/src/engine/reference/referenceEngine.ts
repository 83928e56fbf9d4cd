import type { Data } from '../../graph/evaluate/kernel';
import { allocate } from '../../graph/evaluate/kernel';
import type { Graph, Node } from '../../graph/node';
import { dependents, elementCount, topologicalOrder } from '../../graph/node';
import type { ArrayValue, CompileOptions, Engine, Executable } from '../engine';
import { Program } from './program';

/** `value` as the engine's kind of array for `node`; floats of either width are taken. */
function accept(node: Node<'input'>, value: ArrayValue): Data {
  const { name } = node.parameters;
  const shape = `[${value.shape.join(', ')}]`;
  if (
    value.dtype !== node.dtype ||
    value.shape.length !== node.shape.length ||
    value.shape.some((n, i) => n !== node.shape[i])
  )
    throw new RangeError(
      `reference engine: the input '${name}' is ${node.dtype} [${node.shape.join(', ')}], got ${value.dtype} ${shape}`,
    );
  const { data } = value;
  if (data.length !== elementCount(node.shape))
    throw new RangeError(`reference engine: the input '${name}' of shape ${shape} has ${data.length} elements`);
  const widened = node.dtype === 'float' && data instanceof Float32Array ? new Float64Array(data) : data;
  if (widened instanceof Float32Array || widened.constructor !== allocate(node.dtype, 0).constructor)
    throw new TypeError(
      `reference engine: the input '${name}' is ${node.dtype}, but its data is a ${data.constructor.name}`,
    );
  return widened;
}

/**
 * Nodes that do not depend on unbound inputs but are read by those that do (or are outputs). A broadcast is looked
 * through: repeating a few elements in each run costs less than keeping all the copies.
 */
function fixedFrontier(order: readonly Node[], outputs: readonly Node[], varying: ReadonlySet<Node>): Node[] {
  const frontier = new Set<Node>();
  const visit = (node: Node): void => {
    let fixed = node;
    while (fixed.primitive === 'broadcast' && fixed.inputs[0] !== undefined) fixed = fixed.inputs[0];
    frontier.add(fixed);
  };
  for (const node of order)
    if (varying.has(node)) for (const input of node.inputs) if (!varying.has(input)) visit(input);
  for (const output of outputs) if (!varying.has(output)) visit(output);
  return [...frontier];
}

async function compile(graph: Graph, { bound = new Map() }: CompileOptions = {}): Promise<Executable> {
  const unbound = graph.inputs.filter((input) => !bound.has(input));
  const order = topologicalOrder(graph.outputs);
  const frontier = fixedFrontier(order, graph.outputs, dependents(order, unbound));
  const boundData = new Map([...bound].map(([input, value]) => [input, accept(input, value)] as const));
  const known = await fixedValues(frontier, new Map<Node, Data>([...constantsOf(order), ...boundData]));

  const program = new Program(graph.outputs, unbound, known);
  let previous: Promise<unknown> = Promise.resolve();
  const run = async (inputs: readonly ArrayValue[]): Promise<ArrayValue[]> => {
    if (inputs.length !== unbound.length)
      throw new RangeError(`reference engine: the program takes ${unbound.length} inputs, got ${inputs.length}`);
    const given = unbound.map((node, i) => accept(node, inputs[i] as ArrayValue));
    // Runs share buffers: each waits for the one before, whether or not that one failed.
    const mine = previous.then(() => program.run(given));
    previous = mine.catch(() => undefined);
    const results = await mine;
    return graph.outputs.map(({ shape, dtype }, i) => ({ shape, dtype, data: results[i] as Data }));
  };
  return { run, dispose: () => program.release() };
}

/** The values of `nodes` that follow from the values of `leaves`; leaves are not copied. */
async function fixedValues(nodes: readonly Node[], leaves: ReadonlyMap<Node, Data>): Promise<Map<Node, Data>> {
  const computed = nodes.filter((node) => !leaves.has(node));
  const results = await new Program(computed, [], leaves).run([]);
  const values = new Map<Node, Data>();
  for (const node of nodes) {
    const leaf = leaves.get(node);
    if (leaf !== undefined) values.set(node, leaf);
  }
  results.forEach((data, i) => values.set(computed[i] as Node, data));
  return values;
}

/** Constants are read where they are; only their fixed combinations are computed. */
function constantsOf(order: readonly Node[]): Map<Node, Data> {
  const constants = new Map<Node, Data>();
  for (const node of order) if (node.primitive === 'constant') constants.set(node, node.parameters.data);
  return constants;
}

/**
 * The engine of last resort and the judge of the others: float64 on one thread, in plain TypeScript. Everything that
 * depends on bound inputs and constants only is computed when a graph is compiled.
 */
export function createReferenceEngine(): Engine {
  return {
    name: 'reference',
    precision: 'float64',
    description: `reference: TypeScript in float64, 1 thread, V8 ${process.versions.v8}`,
    keepsDerived: false,
    concurrency: 1,
    compile,
    dispose: () => undefined,
  };
}
