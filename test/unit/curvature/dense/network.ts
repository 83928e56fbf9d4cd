/** A small network with tanh and cross-entropy twice: as a problem of the product, and in plain arithmetic with exact derivatives of every sample. */
import type { LayerOutput, Problem } from '../../../../server/src/curvature/problem';
import type { Node } from '../../../../server/src/graph/node';
import * as op from '../../../../server/src/graph/operations';
import { classificationData, mlp, problemOf } from '../problems';
import {
  add,
  derivatives,
  exponential,
  logarithm,
  multiply,
  number,
  tangent,
  type Derivatives,
  type HyperDual,
} from './hyperDual';
import type { Range } from './matrix';

export const WIDTHS = [3, 4, 3] as const;
const [INPUTS, HIDDEN, CLASSES] = WIDTHS;
export const SAMPLES = 15;

export const data = classificationData(SAMPLES, INPUTS, CLASSES, 11);
const model = mlp(WIDTHS, 5);
export const theta: readonly number[] = [...model.theta];

/** The same loss as that of `mlp`, with its layers named. */
export const problem: Problem = problemOf(
  {
    ...model,
    loss: (parameters, x, y) => {
      const made = model.loss(parameters, x, y);
      const layers: LayerOutput[] = [
        { name: 'fc1', type: 'Linear', node: linear(x, parameters[0] as Node, parameters[1] as Node) },
        { name: 'fc2', type: 'Linear', node: made.output },
      ];
      const hidden = op.tanh((layers[0] as LayerOutput).node);
      const output = linear(hidden, parameters[2] as Node, parameters[3] as Node);
      return {
        ...crossEntropy(output, y),
        layers: [layers[0] as LayerOutput, { name: 'fc2', type: 'Linear', node: output }],
      };
    },
  },
  data,
);

function linear(x: Node, w: Node, b: Node): Node {
  const rows = op.dot(x, op.transpose(w, [1, 0]), { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] });
  return op.add(rows, b);
}

function crossEntropy(output: Node, onehot: Node): { loss: Node; output: Node } {
  const logSum = op.log(op.reduceSum(op.exp(output), [1]));
  const own = op.reduceSum(op.mul(onehot, output), [1]);
  return { loss: op.scale(op.reduceSum(op.sub(logSum, own), [0]), 1 / (output.shape[0] ?? 1)), output };
}

/** Where tensors and layers stand in θ. */
export const tensors: Readonly<Record<string, Range>> = {
  'fc1.weight': [0, HIDDEN * INPUTS],
  'fc1.bias': [HIDDEN * INPUTS, HIDDEN * (INPUTS + 1)],
  'fc2.weight': [HIDDEN * (INPUTS + 1), HIDDEN * (INPUTS + 1 + CLASSES)],
  'fc2.bias': [HIDDEN * (INPUTS + 1 + CLASSES), HIDDEN * (INPUTS + 1 + CLASSES) + CLASSES],
};
export const layers: Readonly<Record<string, Range>> = {
  fc1: [0, HIDDEN * (INPUTS + 1)],
  fc2: [HIDDEN * (INPUTS + 1), HIDDEN * (INPUTS + 1 + CLASSES) + CLASSES],
};
export const weights = (name: string): number[][] => {
  const [start, end] = tensors[name] as Range;
  const columns = name === 'fc1.weight' ? INPUTS : HIDDEN;
  const flat = theta.slice(start, end);
  return Array.from({ length: flat.length / columns }, (_, i) => flat.slice(i * columns, (i + 1) * columns));
};

const layer = (flat: readonly HyperDual[], start: number, rows: number, x: readonly HyperDual[]): HyperDual[] =>
  Array.from({ length: rows }, (_, i) =>
    x.reduce(
      (sum, value, j) => add(sum, multiply(flat[start + i * x.length + j] as HyperDual, value)),
      flat[start + rows * x.length + i] as HyperDual,
    ),
  );

interface Passed {
  readonly first: HyperDual[];
  readonly outputs: HyperDual[];
}

function forward(flat: readonly HyperDual[], x: readonly HyperDual[]): Passed {
  const first = layer(flat, 0, HIDDEN, x);
  return { first, outputs: layer(flat, HIDDEN * (INPUTS + 1), CLASSES, first.map(tangent)) };
}

const lossOf = (outputs: readonly HyperDual[], label: number): HyperDual =>
  add(
    logarithm(outputs.map(exponential).reduce((sum, e) => add(sum, e))),
    multiply(number(-1), outputs[label] as HyperDual),
  );

export interface Sample {
  readonly label: number;
  /** In the parameters. */
  readonly loss: Derivatives;
  /** With every label. */
  readonly byLabel: readonly Derivatives[];
  /** Of the outputs in the parameters, C rows. */
  readonly jacobian: readonly (readonly number[])[];
  readonly outputs: readonly number[];
  readonly probabilities: readonly number[];
  readonly first: readonly number[];
  readonly hidden: readonly number[];
  readonly inputs: readonly number[];
  /** In the input. */
  readonly ofInput: Derivatives;
  /** Of the outputs in the input, C rows. */
  readonly inputJacobian: readonly (readonly number[])[];
}

/** Everything about one sample at these parameters. */
export function sampleAt(parameters: readonly number[], i: number): Sample {
  const inputs = [...(data.x[i] as Float64Array)];
  const label = data.y[i] as number;
  const fixedInputs = inputs.map(number);
  const fixedWeights = parameters.map(number);
  const { first, outputs } = forward(fixedWeights, fixedInputs);
  const values = outputs.map(({ v }) => v);
  const total = values.reduce((sum, f) => sum + Math.exp(f), 0);
  const byLabel = derivatives((flat) => {
    const own = forward(flat, fixedInputs).outputs;
    return values.map((_, c) => lossOf(own, c));
  }, parameters);
  return {
    label,
    loss: byLabel[label] as Derivatives,
    byLabel,
    jacobian: derivatives((flat) => forward(flat, fixedInputs).outputs, parameters).map(({ gradient }) => gradient),
    outputs: values,
    probabilities: values.map((f) => Math.exp(f) / total),
    first: first.map(({ v }) => v),
    hidden: first.map(({ v }) => Math.tanh(v)),
    inputs,
    ...inInput(fixedWeights, inputs, label),
  };
}

function inInput(
  flat: readonly HyperDual[],
  inputs: readonly number[],
  label: number,
): Pick<Sample, 'ofInput' | 'inputJacobian'> {
  const [ofInput] = derivatives((x) => [lossOf(forward(flat, x).outputs, label)], inputs);
  return {
    ofInput: ofInput as Derivatives,
    inputJacobian: derivatives((x) => forward(flat, x).outputs, inputs).map(({ gradient }) => gradient),
  };
}

/** The loss of one sample at other parameters or with another input. */
export const lossAt = (parameters: readonly number[], i: number): number =>
  lossOf(forward(parameters.map(number), [...(data.x[i] as Float64Array)].map(number)).outputs, data.y[i] as number).v;

/** ∂²ℓᵢ/∂x² along u where the input is moved by t·u. */
export function inputCurvature(i: number, u: readonly number[], t: number): number {
  const moved = [...(data.x[i] as Float64Array)].map((x, j) => ({
    v: x + t * (u[j] ?? 0),
    a: u[j] ?? 0,
    b: u[j] ?? 0,
    c: 0,
  }));
  return lossOf(forward(theta.map(number), moved).outputs, data.y[i] as number).c;
}
