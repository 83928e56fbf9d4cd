/** Branches whose condition follows from the graph, and loops whose number of rounds does: they are unrolled. */
import type { Node } from '../../../graph/node';
import { full, reshape, slice } from '../../../graph/operations';
import { normaliseAxis, sizeAt } from '../../compositions/axes';
import { stack } from '../../compositions/structure';
import { isSequence, type OnnxValue, type Operator, type OperatorCall } from '../operatorCall';

/** As for recurrent layers. */
const MOST_ROUNDS = 4096;

const branch: Operator = (call) => {
  const [condition = 0] = call.numbers(0);
  return { outputs: call.context.run(call.graph(condition === 0 ? 'else_branch' : 'then_branch')) };
};

function requireRounds(call: OperatorCall, count: number): void {
  if (!(count <= MOST_ROUNDS)) call.fail(`${count} rounds are too many to unroll; ${MOST_ROUNDS} are read`);
}

/** The truth of a condition after a round. */
function goesOn(call: OperatorCall, condition: OnnxValue | undefined): boolean {
  if (condition === undefined || isSequence(condition)) return call.fail('its body gives no condition');
  const known = call.context.known(condition);
  return known === undefined ? call.fail('whether it goes on depends on the data') : known[0] !== 0;
}

const asTensor = (call: OperatorCall, value: OnnxValue): Node =>
  isSequence(value) ? call.fail('a sequence in place of a tensor') : value;

/** Values of every round on an axis of their own; a loop without rounds has none to take the shape from. */
const stacked = (call: OperatorCall, rounds: readonly Node[], axis: number): Node =>
  rounds.length === 0 ? call.fail('without a round, the shape of what it collects is not known') : stack(rounds, axis);

/** Operands: number of rounds, condition, values that each round hands on. The body gives a condition, those values, and what is collected. */
const loop: Operator = (call) => {
  const body = call.graph('body');
  const most = call.optional(0) === undefined ? Infinity : (call.numbers(0)[0] ?? 0);
  let values = call.from(2);
  let open = call.optional(1) === undefined || call.numbers(1)[0] !== 0;
  const collected: Node[][] = Array.from({ length: Math.max(0, body.output.length - 1 - values.length) }, () => []);
  for (let round = 0; open && round < most; round++) {
    requireRounds(call, round + 1);
    const [condition, ...results] = call.context.run(body, [full(round, [], 'int'), full(1, [], 'bool'), ...values]);
    open = goesOn(call, condition);
    values = results.slice(0, values.length);
    results.slice(values.length).forEach((result, i) => collected[i]?.push(asTensor(call, result)));
  }
  return { outputs: [...values, ...collected.map((rounds) => stacked(call, rounds, 0))] };
};

/** One element along an axis, without the axis. */
function elementAt(x: Node, axis: number, index: number): Node {
  const starts = x.shape.map((_, i) => (i === axis ? index : 0));
  const part = slice(
    x,
    starts,
    x.shape.map((size, i) => (i === axis ? index + 1 : size)),
  );
  return reshape(
    part,
    x.shape.filter((_, i) => i !== axis),
  );
}

/** The last `num_scan_inputs` operands are gone through element by element, all at the same time. */
const scan: Operator = (call) => {
  if (call.version < 9) call.fail('operator set 8 of it is not read');
  const body = call.graph('body');
  const count = call.int('num_scan_inputs', 0);
  const operands = call.inputs();
  const [initial, scanned] = [operands.slice(0, operands.length - count), operands.slice(operands.length - count)];
  const axes = scanned.map((x, i) => normaliseAxis(call.ints('scan_input_axes')?.[i] ?? 0, x.shape.length));
  const [first] = scanned;
  const rounds = first === undefined ? 0 : sizeAt(first.shape, axes[0] ?? 0);
  if (scanned.some((x, i) => sizeAt(x.shape, axes[i] ?? 0) !== rounds)) call.fail('its inputs have different lengths');
  requireRounds(call, rounds);
  const backwards = (attribute: string, i: number): boolean => call.ints(attribute)?.[i] === 1;
  let state: readonly OnnxValue[] = initial;
  const collected: Node[][] = Array.from({ length: Math.max(0, body.output.length - initial.length) }, () => []);
  for (let round = 0; round < rounds; round++) {
    const elements = scanned.map((x, i) =>
      elementAt(x, axes[i] ?? 0, backwards('scan_input_directions', i) ? rounds - 1 - round : round),
    );
    const results = call.context.run(body, [...state, ...elements]);
    state = results.slice(0, initial.length);
    results.slice(initial.length).forEach((result, i) => collected[i]?.push(asTensor(call, result)));
  }
  const joined = collected.map((each, i) => {
    const ordered = backwards('scan_output_directions', i) ? [...each].reverse() : each;
    const rank = (ordered[0]?.shape.length ?? 0) + 1;
    return stacked(call, ordered, normaliseAxis(call.ints('scan_output_axes')?.[i] ?? 0, rank));
  });
  return { outputs: [...state, ...joined] };
};

export const control: Readonly<Record<string, Operator>> = { If: branch, Loop: loop, Scan: scan };
