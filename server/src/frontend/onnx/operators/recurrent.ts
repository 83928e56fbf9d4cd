/**
 * LSTM, GRU and RNN, unrolled over time: X [T, N, I], W [D, gates·H, I], R [D, gates·H, H], B [D, 2·gates·H] (input biases, then
 * recurrent ones) → Y [T, D, N, H], Y_h [D, N, H], for an LSTM Y_c too. Gates: LSTM i o f c, GRU z r h.
 */
import type { Node } from '../../../graph/node';
import { add, full, mul, sigmoid, sliceAxis, sub, tanh } from '../../../graph/operations';
import { hardsigmoid, leakyRelu, relu, softsign } from '../../compositions/activations';
import { sizeAt } from '../../compositions/axes';
import { linear } from '../../compositions/linear';
import { selectIndex } from '../../compositions/reductions';
import { stack } from '../../compositions/structure';
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
  readonly activations: readonly Activation[];
}

/** State of one direction after a step: h [N, H], and c of an LSTM. */
interface State {
  readonly h: Node;
  readonly c: Node;
}

/** One step from the products of input and state, both [N, gates·H]. */
type Cell = (fromInput: Node, state: State, direction: Direction, hidden: number) => State;

/** Steps of all directions together: each makes operators of its own. */
const MOST_STEPS = 4096;

const gate = (x: Node, index: number, hidden: number): Node =>
  sliceAxis(x, x.shape.length - 1, index * hidden, (index + 1) * hidden);

const lstmCell: Cell = (fromInput, { h, c }, { recurrent, recurrentBias, activations: functions }, hidden) => {
  const [f = sigmoid, g = tanh, last = tanh] = functions;
  const sums = add(fromInput, linear(h, recurrent, recurrentBias));
  const [i, o, forget, candidate] = [0, 1, 2, 3].map((index) => gate(sums, index, hidden)) as [Node, Node, Node, Node];
  const next = add(mul(f(forget), c), mul(f(i), g(candidate)));
  return { h: mul(f(o), last(next)), c: next };
};

/** `linear_before_reset`: the reset gate acts after the recurrent product, as in PyTorch. */
const gruCell =
  (linearBeforeReset: boolean): Cell =>
  (fromInput, { h, c }, { recurrent, recurrentBias, activations: functions }, hidden) => {
    const [f = sigmoid, g = tanh] = functions;
    const rows = (x: Node, from: number, to: number): Node => sliceAxis(x, 0, from * hidden, to * hidden);
    const product = (x: Node, from: number, to: number): Node =>
      linear(x, rows(recurrent, from, to), recurrentBias === undefined ? undefined : rows(recurrentBias, from, to));
    const gates = product(h, 0, 2);
    const z = f(add(gate(fromInput, 0, hidden), gate(gates, 0, hidden)));
    const r = f(add(gate(fromInput, 1, hidden), gate(gates, 1, hidden)));
    const recurrentPart = linearBeforeReset ? mul(r, product(h, 2, 3)) : product(mul(r, h), 2, 3);
    const candidate = g(add(gate(fromInput, 2, hidden), recurrentPart));
    return { h: add(mul(sub(full(1), z), candidate), mul(z, h)), c };
  };

const rnnCell: Cell = (fromInput, { h, c }, { recurrent, recurrentBias, activations: functions }) => {
  const [f = tanh] = functions;
  return { h: f(add(fromInput, linear(h, recurrent, recurrentBias))), c };
};

interface Kind {
  readonly gates: number;
  /** Activations of each direction where the operator names none. */
  readonly defaults: readonly string[];
  readonly cell: (call: OperatorCall) => Cell;
  readonly hasCell: boolean;
}

/** Threshold on the sums before activations: not exported by anyone known. */
function refuseVariants(call: OperatorCall): void {
  if (call.has('clip')) call.fail('the attribute clip is not read');
  if (call.int('layout', 0) !== 0) call.fail('layout 1 (batch first) is not read');
  if (call.int('input_forget', 0) !== 0) call.fail('coupled gates (input_forget) are not read');
  if (call.optional(7) !== undefined) call.fail('peepholes are not read');
}

function directions(call: OperatorCall, { gates, defaults }: Kind, hidden: number): Direction[] {
  const [w, r, b] = [call.input(1), call.input(2), call.optional(3)];
  const count = sizeAt(w.shape, 0);
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
      activations: own.map((name) => activations[name.toLowerCase()] ?? call.fail(`activation ${name} is not read`)),
    };
  });
}

/** Initial state of direction `d`, [N, H]; zeros where there is none. One of a fixed batch is spread where its rows are equal. */
function initial(call: OperatorCall, index: number, d: number, batch: number, hidden: number): Node {
  const given = call.optional(index);
  if (given === undefined) return full(0, [batch, hidden]);
  if (given.shape[1] === batch) return selectIndex(given, 0, d);
  const known = call.context.known(given);
  if (known?.every((value) => value === known[0]) === true) return full(known[0] ?? 0, [batch, hidden]);
  return call.fail(`its initial state is of ${given.shape[1] ?? 0} samples, its input of ${batch}`);
}

function unroll(call: OperatorCall, kind: Kind): { readonly outputs: readonly Node[] } {
  refuseVariants(call);
  const x = call.input(0);
  const [steps = 0, batch = 0] = x.shape;
  const hidden = call.int('hidden_size', 0) || sizeAt(call.input(2).shape, 2);
  const all = directions(call, kind, hidden);
  if (steps * all.length > MOST_STEPS) call.fail(`${steps} steps are too many to unroll; ${MOST_STEPS} are read`);
  const lengths = call.optionalNumbers(4);
  if (lengths?.some((length) => length !== steps) === true) call.fail('sequences of different lengths are not read');
  const cell = kind.cell(call);
  const runs = all.map((direction, d) => {
    const products = linear(x, direction.input, direction.inputBias);
    let state: State = {
      h: initial(call, 5, d, batch, hidden),
      c: kind.hasCell ? initial(call, 6, d, batch, hidden) : full(0, [batch, hidden]),
    };
    const outputs = new Array<Node>(steps);
    for (let i = 0; i < steps; i++) {
      const t = direction.backwards ? steps - 1 - i : i;
      state = cell(selectIndex(products, 0, t), state, direction, hidden);
      outputs[t] = state.h;
    }
    return { outputs: stack(outputs, 0), last: state };
  });
  return {
    outputs: [
      stack(
        runs.map(({ outputs }) => outputs),
        1,
      ),
      stack(
        runs.map(({ last }) => last.h),
        0,
      ),
      ...(kind.hasCell
        ? [
            stack(
              runs.map(({ last }) => last.c),
              0,
            ),
          ]
        : []),
    ],
  };
}

const lstm: Kind = { gates: 4, defaults: ['Sigmoid', 'Tanh', 'Tanh'], cell: () => lstmCell, hasCell: true };
const gru: Kind = {
  gates: 3,
  defaults: ['Sigmoid', 'Tanh'],
  cell: (call) => gruCell(call.int('linear_before_reset', 0) !== 0),
  hasCell: false,
};
const rnn: Kind = { gates: 1, defaults: ['Tanh'], cell: () => rnnCell, hasCell: false };

export const recurrent: Readonly<Record<string, Operator>> = {
  LSTM: (call) => unroll(call, lstm),
  GRU: (call) => unroll(call, gru),
  RNN: (call) => unroll(call, rnn),
};
