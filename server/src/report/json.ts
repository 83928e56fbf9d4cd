/** An analysis as the JSON of the command line's contract. */
import type { AnalysisResult, LayerResult } from '../curvature/result';
import type { Interval, Quantity } from '../curvature/quantity';
import { isComputed, valueOf } from '../curvature/quantity';

/** Every value is a plain number or null; the full quantity is under `quantities` by its id. */
export function toContractJson(result: AnalysisResult): Record<string, unknown> {
  const {
    provenance,
    loss,
    spectrum,
    layers,
    tensors,
    gradient,
    stability,
    conditioning,
    sensitivity,
    studies,
    guards,
    findings,
    quantities,
    cost,
  } = result;
  return {
    provenance,
    loss,
    spectrum: {
      matrix: spectrum.matrix,
      dimension: spectrum.dimension,
      top: spectrum.top,
      bottom: spectrum.bottom,
      trace: spectrum.trace,
      meanEigenvalue: number(spectrum.meanEigenvalue),
      frobenius: number(spectrum.frobenius),
      density: spectrum.density,
      bulk: numbers({ ...spectrum.bulk }),
    },
    layers: layers.map(layerJson),
    tensors: tensors.map(({ name, layer, parameters, trace, meanEigenvalue }) => ({
      name,
      layer,
      parameters,
      trace: number(trace),
      traceInterval: interval(trace),
      meanEigenvalue: number(meanEigenvalue),
    })),
    gradient: {
      ...numbers({ ...gradient }),
      normInterval: interval(gradient.norm),
      noiseScaleInterval: interval(gradient.noiseScale),
    },
    stability: {
      optimizer: stability.optimizer,
      learningRate: stability.learningRate,
      batchSize: stability.batchSize,
      limit: number(stability.limit),
      limitInterval: interval(stability.limit),
      margin: number(stability.margin),
      marginInterval: interval(stability.margin),
      limits: numbers(stability.limits),
    },
    conditioning: numbers(conditioning),
    sensitivity: numbers(sensitivity),
    studies,
    guards,
    findings,
    quantities,
    cost,
    complete: result.complete,
  };
}

const number = (quantity: Quantity): number | null => valueOf(quantity) ?? null;
const interval = (quantity: Quantity): Interval | null => (isComputed(quantity) ? quantity.interval : null);

const numbers = (quantities: Readonly<Record<string, Quantity>>): Record<string, number | null> =>
  Object.fromEntries(Object.entries(quantities).map(([name, quantity]) => [name, number(quantity)]));

function layerJson({
  name,
  parameters,
  trace,
  traceShare,
  meanEigenvalue,
  lambdaMax,
  gradientNorm,
  signalToNoise,
}: LayerResult): unknown {
  return {
    name,
    parameters,
    trace: number(trace),
    traceInterval: interval(trace),
    traceShare,
    meanEigenvalue: number(meanEigenvalue),
    lambdaMax: number(lambdaMax),
    lambdaMaxInterval: interval(lambdaMax),
    gradientNorm: number(gradientNorm),
    signalToNoise: number(signalToNoise),
  };
}
