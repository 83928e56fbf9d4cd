import type { Node } from '../node';
import { elementCount } from '../node';
import type { Data } from './kernel';
import { allocate, Workspace } from './kernel';
import { kernelFor } from './rules';

function operandsOf(node: Node, values: ReadonlyMap<Node, Data>): Data[] {
  return node.inputs.map((input) => {
    const value = values.get(input);
    if (value === undefined)
      throw new RangeError(`operand '${input.primitive}' of '${node.primitive}' is not evaluated`);
    return value;
  });
}

function compute(node: Node, values: ReadonlyMap<Node, Data>, workspace: Workspace): Data {
  if (node.primitive === 'input') throw new RangeError(`the input '${node.parameters.name}' has no value`);
  if (node.primitive === 'constant') return node.parameters.data;
  const operands = operandsOf(node, values);
  if ((node.primitive === 'reshape' || node.primitive === 'stopGradient') && operands[0] !== undefined)
    return operands[0];
  const result = allocate(node.dtype, elementCount(node.shape));
  kernelFor(node)(operands, result, workspace);
  return result;
}

function checkFeed(node: Node, data: Data): void {
  const expected = allocate(node.dtype, 0);
  if (data.constructor !== expected.constructor || data.length !== elementCount(node.shape))
    throw new RangeError(
      `'${node.primitive}' of shape [${node.shape.join(', ')}] takes ${expected.constructor.name}, ` +
        `got ${data.constructor.name} of ${data.length} elements`,
    );
}

/**
 * The values of `outputs` in float64, row-major, given the values of all inputs they depend on (any other node may
 * be fed too, in place of its computation). An intermediate is let go after its last use. Results may share memory
 * with feeds and constants: do not write to them. Throws `RangeError` for a missing or misfitting feed.
 */
export function evaluate(outputs: readonly Node[], feeds: ReadonlyMap<Node, Data>): Data[] {
  for (const [node, data] of feeds) checkFeed(node, data);
  const order = reachedBeyond(outputs, (node) => feeds.has(node));
  const remaining = new Map<Node, number>();
  const count = (node: Node): void => void remaining.set(node, (remaining.get(node) ?? 0) + 1);
  for (const node of order) if (!feeds.has(node)) node.inputs.forEach(count);
  outputs.forEach(count);

  const values = new Map<Node, Data>(feeds);
  const workspace = new Workspace();
  for (const node of order) {
    if (feeds.has(node)) continue;
    values.set(node, compute(node, values, workspace));
    for (const input of node.inputs) {
      const left = (remaining.get(input) ?? 0) - 1;
      remaining.set(input, left);
      if (left === 0) values.delete(input);
    }
  }
  return outputs.map((output) => {
    const value = values.get(output);
    if (value === undefined) throw new RangeError(`output '${output.primitive}' is not evaluated`);
    return value;
  });
}

/** What the outputs reach without looking behind nodes that stop the walk (they are included), operands first. */
function reachedBeyond(outputs: readonly Node[], stops: (node: Node) => boolean): Node[] {
  const reached = new Set<Node>();
  const pending = [...outputs];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    if (!stops(node)) pending.push(...node.inputs);
  }
  return [...reached].sort((a, b) => a.id - b.id);
}

/** null marks a node that depends on an input. Nodes are immutable, so that the answer never changes. */
const constantValues = new WeakMap<Node, Data | null>();

/** Whether `evaluateConstant` knows its answer already. */
export const isConstantEvaluated = (node: Node): boolean => constantValues.has(node);

/**
 * The value of a node that depends on constants and counters only; undefined if it depends on an input. Remembered
 * per node: asking for every node of a growing graph is linear. Do not write to the result.
 */
export function evaluateConstant(node: Node): Data | undefined {
  const known = constantValues.get(node);
  if (known !== undefined) return known ?? undefined;
  const unknown = reachedBeyond([node], isConstantEvaluated).filter((inner) => !isConstantEvaluated(inner));
  for (const inner of unknown)
    if (inner.primitive === 'input' || inner.inputs.some((input) => constantValues.get(input) === null))
      constantValues.set(inner, null);
  if (constantValues.get(node) === null) return undefined;

  const workspace = new Workspace();
  const values = new Map<Node, Data>();
  for (const inner of unknown) {
    for (const input of inner.inputs) {
      const value = constantValues.get(input);
      if (value) values.set(input, value);
    }
    const value = compute(inner, values, workspace);
    values.set(inner, value);
    constantValues.set(inner, value);
  }
  return constantValues.get(node) ?? undefined;
}
