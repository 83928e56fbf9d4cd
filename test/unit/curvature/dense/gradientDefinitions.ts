/** C, as the gradients of the samples say one by one. */
import { layers, SAMPLES } from './network';
import { average, block, inner, times, trace } from './matrix';
import { BATCH, C, RATE, TOP, g, gradients, ofLayer, samples, spectrum, squares } from './setting';
import type { Definitions } from './spectrumDefinitions';

const norm = (x: readonly number[]): number => Math.sqrt(inner(x, x));
const signal = inner(g, g) - trace(C) / SAMPLES;
const falling = [...squares].sort((a, b) => b - a);
const total = falling.reduce((sum, square) => sum + square, 0);
const forHalf =
  falling.findIndex((_, k) => falling.slice(0, k + 1).reduce((sum, square) => sum + square, 0) >= total / 2) + 1;
const second = average(squares);
const top = spectrum.vectors.slice(0, TOP);

const ofLayers: Definitions = Object.assign(
  {},
  ...Object.entries(layers).map(([name, range]) => {
    const [own, noise] = [ofLayer(g, name), trace(block(C, range))];
    return {
      [`C1.layerGradientNorm[${name}]`]: norm(own),
      [`C1.layerSignalToNoise[${name}]`]: Math.max(0, inner(own, own) - noise / SAMPLES) / noise,
      [`C7.addedVariance[${name}]`]: addedVariance(name),
    };
  }),
) as Definitions;

/** (E‖X‖²‖Y‖² + E‖XᵀY‖²)/(mB²) over the variance of a batch, X the inputs of the layer and Y the gradients at its outputs; samples are drawn with replacement. */
function addedVariance(name: string): number {
  const isFirst = name === 'fc1';
  const pairs = samples.map(({ inputs, hidden, loss }) => {
    const biases = loss.gradient.slice(...(isFirst ? ([12, 16] as const) : ([28, 31] as const)));
    return { x: inner(isFirst ? inputs : hidden, isFirst ? inputs : hidden), y: inner(biases, biases) };
  });
  const weights = gradients.map((own) => own.slice(...(isFirst ? ([0, 12] as const) : ([16, 28] as const))));
  const centre = (weights[0] ?? []).map((_, k) => average(weights.map((own) => own[k] ?? NaN)));
  const one = average(weights.map((own) => inner(own, own)));
  const noise = one - inner(centre, centre);
  const norms =
    BATCH * average(pairs.map(({ x, y }) => x * y)) +
    BATCH * (BATCH - 1) * average(pairs.map(({ x }) => x)) * average(pairs.map(({ y }) => y));
  const square = BATCH * one + BATCH * (BATCH - 1) * inner(centre, centre);
  return (norms + square) / (0.1 * BATCH * BATCH ** 2) / (noise / BATCH);
}

export const gradientDefinitions: Definitions = {
  'B8.noiseToSignal': trace(C) / signal / BATCH,
  'C1.gradientNorm': norm(g),
  'C1.variance': trace(C),
  'C1.noiseScale': trace(C) / signal,
  ...ofLayers,
  'C2.strongGrowth': second / inner(g, g),
  'C3.varianceLeft': (average(squares.map(Math.sqrt)) ** 2 - inner(g, g)) / (second - inner(g, g)),
  'C3.halfShare': forHalf / SAMPLES,
  'C3.largestShare': (falling[0] ?? NaN) / total,
  'C4.gradientShare': top.reduce((sum, u) => sum + inner(g, u) ** 2, 0) / inner(g, g),
  'C4.varianceShare': top.reduce((sum, u) => sum + inner(u, times(C, u)), 0) / trace(C),
  'C5.stepChange': (RATE * trace(C)) / SAMPLES,
};
