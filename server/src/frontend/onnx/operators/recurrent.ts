/**
 * LSTM, GRU and RNN, unrolled over time: X [T, N, I], W [D, gates·H, I], R [D, gates·H, H], B [D, 2·gates·H] (input biases, then
 * recurrent ones) → Y [T, D, N, H], Y_h [D, N, H], for an LSTM Y_c too. Gates: LSTM i o f c, GRU z r h.
 */
import type { Node } from '../../../graph/node';
import {
  add,
  broadcastTo,
  convert,
  full,
  lt,
  mul,
  reshape,
  select,
  sigmoid,
  sliceAxis,
  sub,
  tanh,
  transpose,
} from '../../../graph/operations';
import { hardsigmoid, leakyRelu, relu, softsign } from '../../compositions/activations';
import { sizeAt } from '../../compositions/axes';
import { clamp } from '../../compositions/elementwise';
import { linear } from '../../compositions/linear';
import { selectIndex } from '../../compositions/reductions';
import { stack, swapAxes } from '../../compositions/structure';
import type { Operator, OperatorCall } from '../operatorCall';

type Activation = (x: Node) => Node;

const activations: Readonly<Record<string, Activation>> = {
  tanh,
  sigmoid,
  relu,
  softsign,
  leakyrelu: (x) => leakyRelu(x, 0.01),
  hardsigmoid,
};

/** Weights of one direction. */
interface Direction {
  readonly backwards: boolean;
  readonly input: Node;
  readonly recurrent: Node;
  readonly inputBias: Node | undefined;
  readonly recurrentBias: Node | undefined;
  /** Of an LSTM, [3·H]. */
  readonly peepholes: Node | undefined;
  readonly activations: readonly Activation[];
}

/** State of one direction after a step: h [N, H], and c of an LSTM. */
interface State {
  readonly h: Node;
  readonly c: Node;
}

/** One step from the products of input and state, both [N, gates·H]. */
type Cell = (fromInput: Node, state: State, direction: Direction, hidden: number) => State;

/** Sums before an activation, limited where the operator says so. */
type Limit = (x: Node) => Node;

/** Steps of all directions together: each makes operators of its own. */
const MOST_STEPS = 4096;

const gate = (x: Node, index: number, hidden: number): Node =>
  sliceAxis(x, x.shape.length - 1, index * hidden, (index + 1) * hidden);

/** Gates may look at the cell, each through weights of its own (peepholes i o f); with `coupled`, forget is 1 − input. */
const lstmCell =
  (limit: Limit, coupled: boolean): Cell =>
  (fromInput, { h, c }, { recurrent, recurrentBias, peepholes, activations: functions }, hidden) => {
    const [f = sigmoid, g = tanh, last = tanh] = functions;
    const sums = add(fromInput, linear(h, recurrent, recurrentBias));
    const seen = (cell: Node, index: number): Node => {
      const own = gate(sums, index, hidden);
      return limit(peepholes === undefined ? own : add(own, mul(gate(peepholes, index, hidden), cell)));
    };
    const input = f(seen(c, 0));
    const forget = coupled ? sub(full(1), input) : f(seen(c, 2));
    const next = add(mul(forget, c), mul(input, g(limit(gate(sums, 3, hidden)))));
    return { h: mul(f(seen(next, 1)), last(next)), c: next };
  };

/** `linear_before_reset`: the reset gate acts after the recurrent product, as in PyTorch. */
const gruCell =
  (limit: Limit, linearBeforeReset: boolean): Cell =>
  (fromInput, { h, c }, { recurrent, recurrentBias, activations: functions }, hidden) => {
    const [f = sigmoid, g = tanh] = functions;
    const rows = (x: Node, from: number, to: number): Node => sliceAxis(x, 0, from * hidden, to * hidden);
    const product = (x: Node, from: number, to: number): Node =>
      linear(x, rows(recurrent, from, to), recurrentBias === undefined ? undefined : rows(recurrentBias, from, to));
    const gates = product(h, 0, 2);
    const z = f(limit(add(gate(fromInput, 0, hidden), gate(gates, 0, hidden))));
    const r = f(limit(add(gate(fromInput, 1, hidden), gate(gates, 1, hidden))));
    const recurrentPart = linearBeforeReset ? mul(r, product(h, 2, 3)) : product(mul(r, h), 2, 3);
    const candidate = g(limit(add(gate(fromInput, 2, hidden), recurrentPart)));
    return { h: add(mul(sub(full(1), z), candidate), mul(z, h)), c };
  };

const rnnCell =
  (limit: Limit): Cell =>
  (fromInput, { h, c }, { recurrent, recurrentBias, activations: functions }) => {
    const [f = tanh] = functions;
    return { h: f(limit(add(fromInput, linear(h, recurrent, recurrentBias)))), c };
  };

interface Kind {
  readonly gates: number;
  /** Activations of each direction where the operator names none. */
  readonly defaults: readonly string[];
  readonly cell: (call: OperatorCall, limit: Limit) => Cell;
  readonly hasCell: boolean;
}

function limitOf(call: OperatorCall): Limit {
  if (!call.has('clip')) return (x) => x;
  const bound = call.float('clip', Infinity);
  return (x) => clamp(x, full(-bound), full(bound));
}

function directions(call: OperatorCall, { gates, defaults, hasCell }: Kind, hidden: number): Direction[] {
  const [w, r, b] = [call.input(1), call.input(2), call.optional(3)];
  const count = sizeAt(w.shape, 0);
  const peepholes = hasCell ? call.optional(7) : undefined;
  const names = call.texts('activations') ?? [];
  const reverse = call.text('direction', 'forward') === 'reverse';
  return Array.from({ length: count }, (_, d) => {
    const bias = b === undefined ? undefined : selectIndex(b, 0, d);
    const width = gates * hidden;
    const own = defaults.map((name, k) => names[d * defaults.length + k] ?? name);
    return {
      backwards: reverse || d === 1,
      input: selectIndex(w, 0, d),
      recurrent: selectIndex(r, 0, d),
      inputBias: bias && sliceAxis(bias, 0, 0, width),
      recurrentBias: bias && sliceAxis(bias, 0, width, 2 * width),
      peepholes: peepholes && selectIndex(peepholes, 0, d),
      activations: own.map((name) => activations[name.toLowerCase()] ?? call.fail(`activation ${name} is not read`)),
    };
  });
}

/** Initial state of direction `d`, [N, H]; zeros where there is none. One of a fixed batch is spread where its rows are equal. */
function initial(call: OperatorCall, index: number, d: number, batch: number, hidden: number): Node {
  const value = call.optional(index);
  if (value === undefined) return full(0, [batch, hidden]);
  const given = batchFirst(call) ? swapAxes(value, 0, 1) : value;
  if (given.shape[1] === batch) return selectIndex(given, 0, d);
  const known = call.context.known(given);
  if (known?.every((value) => value === known[0]) === true) return full(known[0] ?? 0, [batch, hidden]);
  return call.fail(`its initial state is of ${given.shape[1] ?? 0} samples, its input of ${batch}`);
}

/** `layout` 1: X [N, T, I], Y [N, T, D, H], states [N, D, H]. */
const batchFirst = (call: OperatorCall): boolean => call.int('layout', 0) === 1;

/** Lengths [N] of the sequences where they differ from the number of steps, or may. */
function lengthsOf(call: OperatorCall, steps: number): Node | undefined {
  const lengths = call.optional(4);
  if (lengths === undefined) return undefined;
  const known = call.context.known(lengths);
  return known?.every((length) => length === steps) === true ? undefined : convert(lengths, 'int');
}

/** Runs one direction over `products` [T, N, gates·H]; behind the end of a sequence the state stays and the output is 0. */
function runOf(
  cell: Cell,
  direction: Direction,
  products: Node,
  first: State,
  lengths: Node | undefined,
): { readonly outputs: Node; readonly last: State } {
  const steps = sizeAt(products.shape, 0);
  const [batch = 0, hidden = 0] = first.h.shape;
  const outputs = new Array<Node>(steps);
  let state = first;
  for (let i = 0; i < steps; i++) {
    const t = direction.backwards ? steps - 1 - i : i;
    const next = cell(selectIndex(products, 0, t), state, direction, hidden);
    const inside =
      lengths === undefined
        ? undefined
        : broadcastTo(reshape(lt(full(t, [], 'int'), lengths), [batch, 1]), [batch, hidden]);
    outputs[t] = inside === undefined ? next.h : select(inside, next.h, full(0));
    state = inside === undefined ? next : { h: select(inside, next.h, state.h), c: select(inside, next.c, state.c) };
  }
  return { outputs: stack(outputs, 0), last: state };
}

function unroll(call: OperatorCall, kind: Kind): { readonly outputs: readonly Node[] } {
  const x = batchFirst(call) ? swapAxes(call.input(0), 0, 1) : call.input(0);
  const [steps = 0, batch = 0] = x.shape;
  const hidden = call.int('hidden_size', 0) || sizeAt(call.input(2).shape, 2);
  const all = directions(call, kind, hidden);
  if (steps * all.length > MOST_STEPS) call.fail(`${steps} steps are too many to unroll; ${MOST_STEPS} are read`);
  const lengths = lengthsOf(call, steps);
  const cell = kind.cell(call, limitOf(call));
  const runs = all.map((direction, d) => {
    const h = initial(call, 5, d, batch, hidden);
    const c = kind.hasCell ? initial(call, 6, d, batch, hidden) : h;
    return runOf(cell, direction, linear(x, direction.input, direction.inputBias), { h, c }, lengths);
  });
  const stateAxis = batchFirst(call) ? 1 : 0;
  const last = (part: keyof State): Node =>
    stack(
      runs.map((run) => run.last[part]),
      stateAxis,
    );
  const whole = stack(
    runs.map(({ outputs }) => outputs),
    1,
  );
  const y = batchFirst(call) ? transpose(whole, [2, 0, 1, 3]) : whole;
  return { outputs: [y, last('h'), ...(kind.hasCell ? [last('c')] : [])] };
}

const lstm: Kind = {
  gates: 4,
  defaults: ['Sigmoid', 'Tanh', 'Tanh'],
  cell: (call, limit) => lstmCell(limit, call.int('input_forget', 0) !== 0),
  hasCell: true,
};
const gru: Kind = {
  gates: 3,
  defaults: ['Sigmoid', 'Tanh'],
  cell: (call, limit) => gruCell(limit, call.int('linear_before_reset', 0) !== 0),
  hasCell: false,
};
const rnn: Kind = { gates: 1, defaults: ['Tanh'], cell: (_, limit) => rnnCell(limit), hasCell: false };

export const recurrent: Readonly<Record<string, Operator>> = {
  LSTM: (call) => unroll(call, lstm),
  GRU: (call) => unroll(call, gru),
  RNN: (call) => unroll(call, rnn),
};
