/** What the analysis is told, and what the definitions use of it. */
import type { FoundOptimizer } from '../../../../server/src/curvature/analysis/stability';
import { SAMPLES, layers, problem, sampleAt, theta } from './network';
import { average, eigen, inner, mean, minus, outer, product, transposed, type Rows } from './matrix';

export const RATE = 0.1;
export const MOMENTUM = 0.9;
export const DECAY = 0.01;
export const BATCH = 8;
/** Eigenvectors that are reported. */
export const TOP = 3;

export const optimizer: FoundOptimizer = {
  kind: 'SGD',
  learningRate: RATE,
  momentum: MOMENTUM,
  nesterov: false,
  dampening: 0,
  weightDecay: DECAY,
  batchSize: BATCH,
  description: 'SGD',
};

export const P = problem.theta.length;
export const samples = Array.from({ length: SAMPLES }, (_, i) => sampleAt(theta, i));
const rows = (matrices: readonly Rows[]): Rows => mean(matrices);

/** Of the mean loss. */
export const H = rows(samples.map(({ loss }) => loss.hessian));
export const gradients = samples.map(({ loss }) => loss.gradient);
export const g = theta.map((_, k) => average(gradients.map((own) => own[k] ?? NaN)));
export const spectrum = eigen(H);
export const spectralRadius = Math.max(...spectrum.values.map(Math.abs));
export const centred = gradients.map((own) => own.map((x, k) => x - (g[k] ?? NaN)));
/** With N − 1. */
export const C = rows(centred.map((own) => outer(own, own))).map((row) =>
  row.map((x) => (x * SAMPLES) / (SAMPLES - 1)),
);
export const ofLayer = (x: readonly number[], name: string): number[] => x.slice(...(layers[name] ?? [0, 0]));

/** Jᵀ∂²ℓ/∂f²J, averaged: the Hessian of softmax with cross-entropy in the outputs is diag(p) − ppᵀ. */
export const G = rows(
  samples.map(({ jacobian, probabilities }) => {
    const curvature = minus(
      probabilities.map((p, i) => probabilities.map((_, j) => (i === j ? p : 0))),
      outer(probabilities, probabilities),
    );
    return product(transposed(jacobian), product(curvature, jacobian));
  }),
);
/** Σ p(c|x) g_c g_cᵀ, averaged. */
export const F = rows(
  samples.map(({ byLabel, probabilities }) =>
    byLabel
      .map(({ gradient }, c) => outer(gradient, gradient).map((row) => row.map((x) => (probabilities[c] ?? NaN) * x)))
      .reduce((sum, matrix) => sum.map((row, i) => row.map((x, j) => x + (matrix[i]?.[j] ?? NaN)))),
  ),
);
export const empirical = rows(gradients.map((own) => outer(own, own)));
export const tangentKernel = rows(samples.map(({ jacobian }) => product(transposed(jacobian), jacobian)));
export const squares = gradients.map((own) => inner(own, own));
