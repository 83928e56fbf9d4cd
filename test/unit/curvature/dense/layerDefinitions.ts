/** D and E, as the dense matrices say. */
import { layers, lossAt, sampleAt, tensors, theta, weights } from './network';
import {
  applied,
  average,
  block,
  diagonal,
  eigenvalues,
  frobenius,
  inner,
  kronecker,
  largest,
  mean,
  outer,
  product,
  singularValues,
  times,
  trace,
  transposed,
  type Rows,
} from './matrix';
import { H, P, empirical, g, gradients, samples } from './setting';
import type { Definitions } from './spectrumDefinitions';

const MATRICES = ['fc1.weight', 'fc2.weight'] as const;
type Matrix = (typeof MATRICES)[number];

const median = (list: readonly number[]): number => {
  const sorted = [...list].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return Number.isInteger(half)
    ? ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2
    : (sorted[Math.floor(half)] ?? NaN);
};
const medianKappa = (matrix: Rows): number => {
  const own = eigenvalues(matrix);
  return (own[0] ?? NaN) / median(own.filter((value) => value > P * 2 ** -53 * (own[0] ?? NaN)));
};
/** P^(−½)HP^(−½) for a diagonal P to which a thousandth of its mean is added. */
const underDiagonal = (entries: readonly number[]): Rows => {
  const root = diagonal(entries.map((p) => 1 / Math.sqrt(p + 1e-3 * average(entries))));
  return product(root, product(H, root));
};

/** A sample's gradient of a weight as a matrix. */
const shaped = (own: readonly number[], name: Matrix): number[][] => {
  const flat = own.slice(...(tensors[name] ?? [0, 0]));
  const columns = weights(name)[0]?.length ?? 0;
  return weights(name).map((_, i) => flat.slice(i * columns, (i + 1) * columns));
};

function kroneckerQuality(name: Matrix): Definitions {
  const matrices = gradients.map((own) => shaped(own, name));
  const moment = block(empirical, tensors[name] ?? [0, 0]);
  const left = mean(matrices.map((G) => product(G, transposed(G))));
  const right = mean(matrices.map((G) => product(transposed(G), G)));
  const cosine = (l: Rows, r: Rows): number => {
    const both = kronecker(l, r);
    return both.reduce((sum, row, i) => sum + inner(row, moment[i] ?? []), 0) / (frobenius(moment) * frobenius(both));
  };
  const root = (matrix: Rows): Rows => applied(matrix, (value) => Math.sqrt(Math.max(0, value)));
  const bias = tensors[name.replace('weight', 'bias')] ?? [0, 0];
  const deltas = gradients.map((own) => own.slice(...bias));
  const fed = samples.map(({ inputs, hidden }) => (name === 'fc1.weight' ? inputs : hidden));
  return {
    [`D2.optimal[${name}]`]:
      (singularValues(rearranged(moment, left.length, right.length))[0] ?? NaN) / frobenius(moment),
    [`D2.shampooSquared[${name}]`]: cosine(left, right),
    [`D2.shampoo[${name}]`]: cosine(root(left), root(right)),
    [`D2.kfac[${name}]`]: cosine(mean(deltas.map((d) => outer(d, d))), mean(fed.map((a) => outer(a, a)))),
  };
}

/** Van Loan and Pitsianis's rearrangement, in which a Kronecker product has rank one. */
const rearranged = (moment: Rows, m: number, n: number): Rows =>
  Array.from({ length: m * m }, (_, ij) => {
    const [i, j] = [Math.floor(ij / m), ij % m];
    return Array.from({ length: n * n }, (__, kl) => moment[i * n + Math.floor(kl / n)]?.[j * n + (kl % n)] ?? NaN);
  });

function weightSpectrum(name: Matrix): Definitions {
  const own = singularValues(weights(name));
  return {
    [`D3.spectralNorm[${name}]`]: own[0] ?? NaN,
    [`D3.stableRank[${name}]`]: (frobenius(weights(name)) / (own[0] ?? NaN)) ** 2,
    [`D3.conditionNumber[${name}]`]: (own[0] ?? NaN) / (own.at(-1) ?? NaN),
  };
}

/** Levels −n … n times a scale of each row, the largest magnitude on the last. */
function rounded(name: Matrix, bits: number): number[] {
  const levels = 2 ** (bits - 1) - 1;
  return weights(name).flatMap((row) => {
    const scale = Math.max(...row.map(Math.abs)) / levels;
    return row.map((w) => scale * Math.round(w / scale));
  });
}
const changeTo = (name: Matrix, bits: number): number[] => {
  const change = theta.map(() => 0);
  rounded(name, bits).forEach(
    (w, k) => (change[(tensors[name]?.[0] ?? 0) + k] = w - (theta[(tensors[name]?.[0] ?? 0) + k] ?? NaN)),
  );
  return change;
};
const quadratic = (change: readonly number[]): number => inner(g, change) + inner(change, times(H, change)) / 2;
/** g·δ + δᵀH(θ)δ/6 + δᵀH(θ + δ/2)δ/3 */
function alongChange(change: readonly number[]): number {
  const halfway = theta.map((w, k) => w + (change[k] ?? NaN) / 2);
  const there = mean(samples.map((_, i) => sampleAt(halfway, i).loss.hessian));
  return inner(g, change) + inner(change, times(H, change)) / 6 + inner(change, times(there, change)) / 3;
}
const moved = (change: readonly number[]): number =>
  average(
    samples.map(
      (_, i) =>
        lossAt(
          theta.map((w, k) => w + (change[k] ?? NaN)),
          i,
        ) - lossAt(theta, i),
    ),
  );

function quantisation(name: Matrix): Definitions {
  const range = tensors[name] ?? [0, 0];
  const meanTrace = trace(block(H, range)) / (range[1] - range[0]);
  const sensitivity = (bits: number): number => meanTrace * inner(changeTo(name, bits), changeTo(name, bits));
  const saliency = theta.slice(...range).map((w, k) => (w * w * (H[range[0] + k]?.[range[0] + k] ?? NaN)) / 2);
  return {
    ...Object.fromEntries([2, 3, 4, 8].map((bits) => [`E2.sensitivity${bits}[${name}]`, sensitivity(bits)])),
    [`E2.multiplications[${name}]`]: range[1] - range[0],
    [`E3.saliency[${name}]`]: average(saliency),
    [`E4.quadratic[${name}]`]: quadratic(changeTo(name, 4)),
    [`E4.alongChange[${name}]`]: alongChange(changeTo(name, 4)),
    [`E4.measured[${name}]`]: moved(changeTo(name, 4)),
  };
}

/** Half of the weights of two axes, those of smallest magnitude. */
function pruned(): number[] {
  const candidates = MATRICES.flatMap((name) => {
    const [start, end] = tensors[name] ?? [0, 0];
    return Array.from({ length: end - start }, (_, k) => start + k);
  }).sort((i, j) => Math.abs(theta[i] ?? NaN) - Math.abs(theta[j] ?? NaN));
  const lost = new Set(candidates.slice(0, Math.round(candidates.length / 2)));
  return theta.map((w, k) => (lost.has(k) ? -w : 0));
}

const squaresOf = (pick: (sample: (typeof samples)[number]) => readonly number[]): number =>
  average(samples.map((sample) => inner(pick(sample), pick(sample))));
const outputs = samples.flatMap((sample) => sample.outputs);
const centre = average(outputs);
const central = (power: number): number => average(outputs.map((f) => (f - centre) ** power));
/** p − onehot: the gradient at the output. */
const atOutput = ({ probabilities, label }: (typeof samples)[number]): number[] =>
  probabilities.map((p, c) => p - (c === label ? 1 : 0));

const inputValues = samples.map(({ inputJacobian }) => singularValues(inputJacobian));
const spread = (own: readonly number[]): number => {
  const squares = own.map((s) => s * s);
  const middle = average(squares);
  return average(squares.map((square) => (square - middle) ** 2)) / middle ** 2;
};
const moment = mean(samples.map(({ inputJacobian }) => product(transposed(inputJacobian), inputJacobian)));

export const layerDefinitions: Definitions = {
  'D1.medianKappa': medianKappa(H),
  'D1.preconditionedKappa[Jacobi]': medianKappa(underDiagonal(H.map((row, i) => Math.abs(row[i] ?? NaN)))),
  'D1.preconditionedKappa[Adam]': medianKappa(underDiagonal(empirical.map((row, i) => Math.sqrt(row[i] ?? NaN)))),
  ...kroneckerQuality('fc1.weight'),
  ...kroneckerQuality('fc2.weight'),
  ...weightSpectrum('fc1.weight'),
  ...weightSpectrum('fc2.weight'),
  'D4.activation[fc1]': Math.sqrt(squaresOf(({ first }) => first) / 4),
  'D4.activation[fc2]': Math.sqrt(squaresOf((sample) => sample.outputs) / 3),
  // The gradient of a bias is the gradient at the output of its layer.
  'D4.gradient[fc1]': Math.sqrt(squaresOf(({ loss }) => loss.gradient.slice(...(tensors['fc1.bias'] ?? [0, 0])))),
  'D4.gradient[fc2]': Math.sqrt(squaresOf(atOutput)),
  'D4.outputKurtosis': central(4) / central(2) ** 2,
  'D5.spectralProduct':
    (singularValues(weights('fc1.weight'))[0] ?? NaN) * (singularValues(weights('fc2.weight'))[0] ?? NaN),
  'D5.localNorm': Math.max(...inputValues.map(([first]) => first ?? NaN)),
  'D5.margin': average(
    samples.map(({ outputs: f, label }) => (f[label] ?? NaN) - Math.max(...f.filter((__, c) => c !== label))),
  ),
  'D8.spectralNorm': average(inputValues.map(([first]) => first ?? NaN)),
  'D8.meanSquare': average(inputValues.map((own) => average(own.map((s) => s * s)))),
  'D8.squareSpread': average(inputValues.map(spread)),
  'D8.directionGain': Math.sqrt(largest(moment)),
  'D8.directionShare': largest(moment) / trace(moment),
  'E1.layerLambdaMax[fc1]': largest(block(H, layers['fc1'] ?? [0, 0])),
  'E1.layerLambdaMax[fc2]': largest(block(H, layers['fc2'] ?? [0, 0])),
  ...quantisation('fc1.weight'),
  ...quantisation('fc2.weight'),
  'E3.increase[magnitude]': moved(pruned()),
  'E3.quadraticIncrease[magnitude]': quadratic(pruned()),
};
