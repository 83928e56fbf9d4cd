/** What TensorFlow.js itself computes for a program: weights, predictions, loss and first derivatives. */
import * as tf from '@tensorflow/tfjs';
import { built, type Program } from './program';

export const BATCH = 3;

export interface Numbers {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export interface Truth {
  /** In the order of `model.weights`, with the values that were set. */
  readonly weights: readonly Numbers[];
  readonly inputs: readonly Numbers[];
  readonly outputs: readonly Numbers[];
  /** What a compiled model is trained with, without noise; none where it is not compiled. */
  readonly loss?: { readonly value: number; readonly targets: readonly Numbers[] };
  /** Of the loss, else of half the mean square of the first output; none where TensorFlow.js refuses it. */
  readonly gradient?: readonly Numbers[];
  readonly model: tf.LayersModel;
  /** The number that `gradient` belongs to, as a function of the weights that are set. */
  readonly lossNow: () => number;
}

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

const wave = (size: number, phase: number): number[] =>
  Array.from({ length: size }, (_, i) => Math.fround(Math.sin(0.7 * i + phase) * 0.6));

const numbers = (name: string, tensor: tf.Tensor): Numbers => ({
  name,
  shape: tensor.shape,
  values: Array.from(tensor.dataSync()),
});

const asList = <T>(given: T | T[]): T[] => (Array.isArray(given) ? given : [given]);

/** Weights become waves, none of them 0, where penalties have a kink; constraints may change what is set. */
function fill(model: tf.LayersModel): void {
  model.setWeights(
    model.weights.map(({ name, shape }, i) => {
      const values = wave(count(shape as number[]), 1.3 * i + 0.31);
      return tf.tensor(/variance/.test(name) ? values.map((x) => x * x + 0.5) : values, shape as number[], 'float32');
    }),
  );
}

const inputsOf = (model: tf.LayersModel, { vocabularies }: Program): tf.Tensor[] =>
  model.inputs.map(({ shape }, i) => {
    const sizes = [BATCH, ...shape.slice(1).map(Number)];
    const words = vocabularies[i];
    const values =
      words === undefined ? wave(count(sizes), 0.2 + i) : wave(count(sizes), i).map((_, j) => (7 * j + 3) % words);
    return tf.tensor(values, sizes, 'float32');
  });

/** One 1 in each row of the last axis: a target for every kind of loss. */
function targetFor({ shape }: tf.Tensor, place: number): tf.Tensor {
  const width = shape.at(-1) ?? 1;
  const rows = Array.from({ length: count(shape) / width }, (_, row) => (2 * row + place) % width);
  // Of one class, `oneHot` wants two.
  return tf.oneHot(tf.tensor1d(rows, 'int32'), Math.max(2, width)).toFloat().slice([0, 0], [-1, width]).reshape(shape);
}

interface Trained {
  readonly lossFunctions: ((target: tf.Tensor, output: tf.Tensor) => tf.Tensor)[];
  calculateLosses(): tf.Scalar[];
}

/** TensorFlow.js takes the mean of each output's loss, their sum, and adds the penalties. */
function trainedLoss(model: tf.LayersModel, outputs: readonly tf.Tensor[], targets: readonly tf.Tensor[]): tf.Scalar {
  // A sequential model trains the graph of layers inside it.
  const trained = ((model as unknown as { model?: tf.LayersModel }).model ?? model) as unknown as Trained;
  const terms = outputs.map((output, i) => tf.mean(trained.lossFunctions[i]?.(targets[i] ?? output, output) ?? output));
  return tf.addN([...terms, ...trained.calculateLosses()]).asScalar();
}

export function truthOf(program: Program): Truth {
  const model = built(program.source);
  fill(model);
  const inputs = inputsOf(model, program);
  const predict = (): tf.Tensor[] => {
    const outputs = asList(model.predict(inputs));
    model.resetStates();
    return outputs;
  };
  const outputs = predict();
  const isCompiled = program.source.includes('model.compile(');
  const targets = outputs.map(targetFor);
  const lossTensor = (): tf.Scalar => {
    const now = predict();
    if (isCompiled) return trainedLoss(model, now, targets);
    return (now[0] ?? tf.scalar(0)).square().mean().mul(0.5).asScalar();
  };
  const lossNow = (): number => tf.tidy(() => lossTensor().dataSync()[0] ?? NaN);
  const gradient = gradientOf(lossTensor);
  return {
    model,
    weights: model.weights.map(({ name }, i) => numbers(name, model.getWeights()[i] ?? tf.scalar(0))),
    inputs: inputs.map((tensor, i) => numbers(`input ${i}`, tensor)),
    outputs: outputs.map((tensor, i) => numbers(`output ${i}`, tensor)),
    ...(isCompiled
      ? { loss: { value: lossNow(), targets: targets.map((tensor, i) => numbers(`target ${i}`, tensor)) } }
      : {}),
    ...(gradient === undefined ? {} : { gradient }),
    lossNow,
  };
}

function gradientOf(loss: () => tf.Scalar): Numbers[] | undefined {
  try {
    return Object.entries(tf.variableGrads(loss).grads).map(([name, tensor]) => numbers(name, tensor));
  } catch {
    return undefined;
  }
}
