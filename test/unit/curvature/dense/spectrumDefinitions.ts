/** A and B, as the dense matrices say. */
import { layers, inputCurvature, SAMPLES, tensors } from './network';
import {
  average,
  block,
  eigen,
  eigenvalues,
  frobenius,
  inner,
  largest,
  mean,
  minus,
  product,
  trace,
  transposed,
  type Rows,
} from './matrix';
import {
  BATCH,
  DECAY,
  F,
  G,
  H,
  MOMENTUM,
  P,
  RATE,
  TOP,
  empirical,
  samples,
  spectralRadius,
  spectrum,
  squares,
  tangentKernel,
} from './setting';

export type Definitions = Readonly<Record<string, number>>;

const { values, vectors } = spectrum;
const [largestValue, smallestValue] = [values[0] ?? NaN, values.at(-1) ?? NaN];
const sum = (list: readonly number[]): number => list.reduce((total, x) => total + x, 0);
const count = (of: readonly number[], inside: (value: number) => boolean): number => of.filter(inside).length;
const perPart = (
  parts: Readonly<Record<string, readonly [number, number]>>,
  make: (name: string, range: readonly [number, number]) => Definitions,
): Definitions => Object.assign({}, ...Object.entries(parts).map(([name, range]) => make(name, range))) as Definitions;

const traces = perPart({ ...layers, ...tensors }, (name, range) => {
  const own = trace(block(H, range));
  return { [`A2.layerTrace[${name}]`]: own, [`A2.layerMeanEigenvalue[${name}]`]: own / (range[1] - range[0]) };
});

/** The widest gap λᵢ/λᵢ₊₁, what is below a thousandth of the largest counting as that. */
function bulk(): Definitions {
  const floor = 1e-3 * spectralRadius;
  const gaps = values
    .slice(0, -1)
    .map((above, i) => (above > floor ? above / Math.max(values[i + 1] ?? NaN, floor) : 0));
  const outliers = gaps.indexOf(Math.max(...gaps)) + 1;
  return { 'A4.outliers': outliers, 'A4.bulkEdge': values[outliers] ?? NaN };
}

const damped = sum(values.map((value) => Math.max(0, value) / (Math.max(0, value) + DECAY)));

const classes: Definitions = Object.assign(
  {},
  ...[0, 1, 2].map((label) => {
    const own = eigenvalues(mean(samples.filter((sample) => sample.label === label).map(({ loss }) => loss.hessian)));
    const [top, bottom] = [own[0] ?? NaN, own.at(-1) ?? NaN];
    return {
      [`A6.classLambdaMax[class ${label}]`]: top,
      [`A6.classLambdaMin[class ${label}]`]: bottom,
      [`A6.classEndRatio[class ${label}]`]: Math.abs(Math.min(bottom, 0)) / top,
    };
  }),
) as Definitions;

const inputs = eigen(mean(samples.map(({ ofInput }) => ofInput.hessian)));
const steepest = inputs.vectors[0] ?? [];
/** d/dt of the curvature along u, by central differences of two lengths without their common error. */
function thirdDerivative(): number {
  const slope = (h: number): number =>
    average(samples.map((_, i) => (inputCurvature(i, steepest, h) - inputCurvature(i, steepest, -h)) / (2 * h)));
  return (4 * slope(5e-4) - slope(1e-3)) / 3;
}

const offDiagonal = (name: string): number => {
  const range = layers[name] ?? [0, 0];
  const own = frobenius(H.slice(...range)) ** 2;
  return (own - frobenius(block(H, range)) ** 2) / own;
};
const outside = frobenius(H) ** 2 - sum(Object.values(layers).map((range) => frobenius(block(H, range)) ** 2));

const span = vectors.slice(0, TOP);
const restricted = (matrix: Rows): Rows => product(span, product(matrix, transposed(span)));
const whole = restricted(H);
const inexactness =
  (SAMPLES / (SAMPLES - 1)) *
  average(samples.map(({ loss }) => frobenius(minus(restricted(loss.hessian), whole)) ** 2));
const sharpness = largestValue + DECAY;

export const spectrumDefinitions: Definitions = {
  'A1.lambdaMax': largestValue,
  'A1.lambdaMin': smallestValue,
  'A2.trace': trace(H),
  'A2.meanEigenvalue': trace(H) / P,
  'A2.frobenius': frobenius(H),
  ...traces,
  ...bulk(),
  'A4.massAtZero': count(values, (value) => Math.abs(value) <= 1e-3 * spectralRadius) / P,
  'A4.negativeMass': count(values, (value) => value < -1e-3 * spectralRadius) / P,
  'A5.numericalRank': count(values, (value) => Math.abs(value) > P * 2 ** -53 * spectralRadius),
  'A5.stableRank': (frobenius(H) / spectralRadius) ** 2,
  'A5.effectiveDimension': damped,
  'A5.aOptimality': sum(values.map((value) => 1 / (Math.max(0, value) + DECAY))),
  ...classes,
  'A7.gaussNewtonLambdaMax': largest(G),
  'A7.gaussNewtonTrace': trace(G),
  'A7.residualShare': frobenius(minus(H, G)) / frobenius(H),
  'A7.fisherLambdaMax': largest(F),
  'A7.fisherTrace': trace(F),
  'A7.fisherLambdaMin': Math.max(0, eigenvalues(F).at(-1) ?? NaN),
  'A7.empiricalFisherLambdaMax': largest(empirical),
  'A7.empiricalFisherTrace': average(squares),
  'A8.gaussNewtonLambdaMax': largest(G),
  'A8.gaussNewtonRank': count(eigenvalues(G), (value) => value > 3 * SAMPLES * 2 ** -53 * largest(G)),
  'A8.kernelLambdaMax': largest(tangentKernel),
  'A9.endRatio': Math.abs(smallestValue / largestValue),
  'A9.balance': sum(values.map((value) => Math.max(0, -value))) / sum(values.map((value) => Math.max(0, value))),
  'A9.rootBalance':
    sum(values.map((value) => Math.sqrt(Math.max(0, -value)))) /
    sum(values.map((value) => Math.sqrt(Math.max(0, value)))),
  'A10.gradientNorm': average(samples.map(({ ofInput }) => Math.sqrt(inner(ofInput.gradient, ofInput.gradient)))),
  'A10.inputLambdaMax': inputs.values[0] ?? NaN,
  'A10.inputLambdaMin': inputs.values.at(-1) ?? NaN,
  'A10.thirdDerivative': Math.abs(thirdDerivative()),
  'A11.offDiagonalShare': outside / frobenius(H) ** 2,
  'A11.layerOffDiagonalShare[fc1]': offDiagonal('fc1'),
  'A11.layerOffDiagonalShare[fc2]': offDiagonal('fc2'),
  'A12.relativeInexactness': Math.sqrt(inexactness / BATCH) / frobenius(whole),
  'A12.batchForTenPercent': inexactness / (0.1 * frobenius(whole)) ** 2,
  'B1.sharpness': largestValue,
  'B1.limit': (2 * (1 + MOMENTUM)) / sharpness,
  'B1.limitGradientDescent': 2 / sharpness,
  'B1.limitHeavyBall': (2 * (1 + MOMENTUM)) / sharpness,
  'B1.limitNesterov': (2 * (1 + MOMENTUM)) / ((1 + 2 * MOMENTUM) * sharpness),
  'B1.margin': (RATE * sharpness) / (2 * (1 + MOMENTUM)),
  'B3.traceLimit': 2 / trace(H),
  'B3.coherence': coherence(),
  'B5.learningRate[B = 32]': 4 * RATE,
  'B6.startRate': Math.min(RATE, (1 + MOMENTUM) / sharpness),
  'B8.temperature': RATE / (BATCH * (1 - MOMENTUM)),
};

/** λmax(S)/max λmax(Hᵢ) with Sᵢⱼ = √tr(Hᵢ₊Hⱼ₊) in the span of the leading eigenvectors that are curved upwards. */
function coherence(): number {
  const own = samples.map(({ loss }) => {
    const parts = eigen(restricted(loss.hessian));
    const kept = parts.vectors.map((vector, k) =>
      vector.map((x) => Math.sqrt(Math.max(0, parts.values[k] ?? NaN)) * x),
    );
    return product(transposed(kept), kept);
  });
  const pairs = own.map((a) => own.map((b) => Math.sqrt(Math.max(0, trace(product(a, b))))));
  return largest(pairs) / Math.max(...own.map((matrix) => largest(matrix)));
}
