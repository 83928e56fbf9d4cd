import type { Data, Kernel } from '../../graph/evaluate/kernel';
import { allocate, Workspace } from '../../graph/evaluate/kernel';
import { elementwisePrimitives } from '../../graph/evaluate/elementwise';
import { kernelFor } from '../../graph/evaluate/rules';
import type { Node } from '../../graph/node';
import { elementCount } from '../../graph/node';
import type { DType, Primitive } from '../../graph/primitives';
import { BufferPlan } from './bufferPlan';

/** Milliseconds of computing after which a program lets the event loop handle messages (cancellation). */
const longestHold = 30;

/** The result is the operand's memory, read with another shape. */
const aliases: ReadonlySet<Primitive> = new Set<Primitive>(['reshape', 'stopGradient']);

/** One kernel call; operands and result are positions in the program's table of values. */
interface Step {
  readonly node: Node;
  readonly kernel: Kernel;
  readonly operands: readonly number[];
  readonly result: number;
}

interface PlannedValue {
  readonly dtype: DType;
  readonly length: number;
  /** Which buffer holds it; undefined for values that come from outside. */
  readonly buffer: number | undefined;
}

const bytesPerElement: Readonly<Record<DType, number>> = { float: 8, int: 4, bool: 1 };

/** An error of a step, with the primitive and the source expression it stems from. */
function located(node: Node, cause: unknown): Error {
  const { span } = node;
  const where = span === undefined ? '' : ` at ${span.file}:${span.line}:${span.column}`;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`reference engine: '${node.primitive}' of shape [${node.shape.join(', ')}]${where}: ${reason}`, {
    cause,
  });
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * A sequence of kernel calls that computes `outputs` from the values of `given` nodes. Buffers are planned once and
 * kept between runs; a value's buffer passes on after its last use.
 */
export class Program {
  readonly #steps: readonly Step[];
  readonly #planned: readonly PlannedValue[];
  readonly #bufferSizes: readonly number[];
  readonly #given: readonly number[];
  readonly #outputs: readonly number[];
  /** By position; intermediates get their view of a buffer in the first run. */
  #values: Data[] | undefined;
  readonly #workspace = new Workspace();

  /** `given`: nodes whose values `run` gets, in this order; `known`: nodes whose values never change. */
  constructor(
    outputs: readonly Node[],
    given: readonly Node[],
    private readonly known: ReadonlyMap<Node, Data>,
  ) {
    const fromOutside = new Set<Node>([...given, ...known.keys()]);
    const order = reachedBeyond(outputs, fromOutside);
    const finishedAfter = lastUses(order, outputs, fromOutside);
    const position = new Map<Node, number>();
    const planned: PlannedValue[] = [];
    const place = (node: Node, buffer: number | undefined): void => {
      const length = elementCount(node.shape);
      position.set(node, planned.push({ dtype: node.dtype, length, buffer }) - 1);
    };
    const at = (node: Node): number => {
      const found = position.get(node);
      if (found === undefined) throw new RangeError(`the reference engine has no value for '${node.primitive}'`);
      return found;
    };
    for (const node of fromOutside) place(node, undefined);

    const buffers = new BufferPlan();
    const steps: Step[] = [];
    for (const node of order) {
      if (fromOutside.has(node)) continue;
      if (node.primitive === 'input')
        throw new RangeError(`the input '${node.parameters.name}' is not an input of the graph`);
      const [first] = node.inputs;
      if (aliases.has(node.primitive) && first !== undefined) {
        position.set(node, at(first));
        continue;
      }
      const operands = node.inputs.map(at);
      const finished = finishedAfter.get(node) ?? [];
      const inPlace = elementwisePrimitives.has(node.primitive)
        ? finished.filter((operand) => operand.dtype === node.dtype)
        : [];
      const releaseBufferOf = (operand: Node): void => {
        const buffer = planned[at(operand)]?.buffer;
        if (buffer !== undefined) buffers.release(buffer);
      };
      inPlace.forEach(releaseBufferOf);
      place(node, buffers.acquire(elementCount(node.shape) * bytesPerElement[node.dtype]));
      finished.filter((operand) => !inPlace.includes(operand)).forEach(releaseBufferOf);
      try {
        steps.push({ node, kernel: kernelFor(node), operands, result: at(node) });
      } catch (error) {
        throw located(node, error);
      }
    }
    this.#steps = steps;
    this.#planned = planned;
    this.#bufferSizes = buffers.sizes;
    this.#given = given.map(at);
    this.#outputs = outputs.map(at);
  }

  /** Bytes of intermediates held between runs. */
  get bufferBytes(): number {
    return this.#bufferSizes.reduce((sum, size) => sum + size, 0);
  }

  /** The outputs' values, in memory of their own. Runs must not overlap. */
  async run(given: readonly Data[]): Promise<Data[]> {
    const values = (this.#values ??= this.#allocate());
    this.#given.forEach((position, i) => {
      const data = given[i];
      if (data !== undefined) values[position] = data;
    });
    let started = performance.now();
    for (const { node, kernel, operands, result } of this.#steps) {
      try {
        kernel(
          operands.map((position) => values[position] as Data),
          values[result] as Data,
          this.#workspace,
        );
      } catch (error) {
        throw located(node, error);
      }
      if (performance.now() - started > longestHold) {
        await nextTurn();
        started = performance.now();
      }
    }
    return this.#outputs.map((position) => (values[position] as Data).slice());
  }

  /** Lets the buffers go; the next run would allocate them again. */
  release(): void {
    this.#values = undefined;
  }

  #allocate(): Data[] {
    const buffers = this.#bufferSizes.map((bytes) => new ArrayBuffer(bytes));
    const values = this.#planned.map(({ dtype, length, buffer }) => {
      const memory = buffer === undefined ? undefined : buffers[buffer];
      if (memory === undefined) return allocate(dtype, 0);
      if (dtype === 'float') return new Float64Array(memory, 0, length);
      return dtype === 'int' ? new Int32Array(memory, 0, length) : new Uint8Array(memory, 0, length);
    });
    let position = this.#given.length;
    for (const data of this.known.values()) values[position++] = data;
    return values;
  }
}

/** What the outputs reach without looking behind `boundary`, operands first. */
function reachedBeyond(outputs: readonly Node[], boundary: ReadonlySet<Node>): Node[] {
  const reached = new Set<Node>();
  const pending = [...outputs];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    if (!boundary.has(node)) pending.push(...node.inputs);
  }
  return [...reached].sort((a, b) => a.id - b.id);
}

/**
 * For each node the intermediates that nobody reads after it has run. Uses are counted per memory: an alias keeps the
 * memory of its operand alive.
 */
function lastUses(
  order: readonly Node[],
  outputs: readonly Node[],
  fromOutside: ReadonlySet<Node>,
): ReadonlyMap<Node, readonly Node[]> {
  const owners = new Map<Node, Node>();
  const ownerOf = (node: Node): Node => owners.get(node) ?? node;
  const lastUser = new Map<Node, Node | 'output'>();
  for (const node of order) {
    if (fromOutside.has(node)) continue;
    const [first] = node.inputs;
    if (aliases.has(node.primitive) && first !== undefined) owners.set(node, ownerOf(first));
    else for (const input of node.inputs) lastUser.set(ownerOf(input), node);
  }
  for (const output of outputs) lastUser.set(ownerOf(output), 'output');
  const finished = new Map<Node, Node[]>();
  for (const [owner, user] of lastUser) {
    if (user === 'output' || fromOutside.has(owner)) continue;
    const list = finished.get(user);
    if (list === undefined) finished.set(user, [owner]);
    else list.push(owner);
  }
  return finished;
}
