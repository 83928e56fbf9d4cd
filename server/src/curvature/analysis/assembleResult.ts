/** The result of an analysis from what its stages have found so far. */
import type { Engine } from '../../engine/engine';
import { parameterCount, type ParameterGroup, type Problem } from '../problem';
import { symmetricSpread, type Interval, type Quantity, type Spread } from '../quantity';
import type { AnalysisResult, CostResult, GuardResult, LayerResult, SpectrumResult, StudyResult } from '../result';
import type { RitzValue } from '../estimators/lanczos';
import type { LossAndGradient } from '../operators/gradient';
import { plainGradient, type GradientStatistics } from './gradient';
import type { LossSoFar } from './lossSoFar';
import { layerResults, tensorResults, type GroupTraces } from './layers';
import { stepsTaken } from './optimizerState';
import { isWanted, type AnalysisOptions } from './options';
import { estimate, notComputed, type Circumstances } from './quantities';
import { bulkOf, eigenpairOf, traceQuantities, type Ends, type findDensity, type Traces } from './spectrum';
import { stabilityOf } from './stability';

/** What is known so far. */
export interface Findings {
  /** Until `point` is there. */
  lossSoFar?: LossSoFar;
  point?: LossAndGradient;
  /** λmax, where it is known before all of `ends`. */
  largest?: RitzValue;
  ends?: Ends;
  topSampling?: readonly Spread[] | undefined;
  bottomSampling?: readonly Spread[] | undefined;
  sharpness?: Quantity | undefined;
  guards?: readonly GuardResult[];
  traces?: Traces;
  gradient?: GradientStatistics;
  density?: Awaited<ReturnType<typeof findDensity>>;
  layerLambdaMax?: readonly Quantity[];
  studies?: readonly StudyResult[];
  studyQuantities?: readonly Quantity[];
}

/** What does not change while stages run, and the clock. */
export interface Setting {
  readonly problem: Problem;
  readonly engine: Engine;
  readonly options: AnalysisOptions;
  readonly layers: readonly ParameterGroup[];
  readonly circumstances: Circumstances;
  /** Of what may be of some of the samples only: trace, density, layers. */
  readonly ofPart: Circumstances;
  /** What a reader should know of how it was computed. */
  readonly notes: readonly string[];
  readonly seconds: number;
  readonly parts: CostResult['parts'];
}

/** `complete` false: what is missing is still to come. */
export function assembleResult(setting: Setting, found: Findings, complete: boolean): AnalysisResult {
  const { problem, engine, options, circumstances, ofPart } = setting;
  const pending = complete ? 'not asked for' : 'still to come';
  const traces =
    found.traces === undefined ? undefined : traceQuantities(found.traces, parameterCount(problem), options, ofPart);
  const statistics = found.gradient ?? pointOnly(setting, found.point, pending);
  const ends = endQuantities(found, pending, circumstances);
  const sharpness =
    found.sharpness ?? (options.training === undefined ? ends.lambdaMax : notComputed('B1.sharpness', pending));
  const spectrum = spectrumOf(setting, found, traces, pending);
  const groupTraces: GroupTraces | undefined =
    found.traces === undefined || traces === undefined
      ? undefined
      : { probed: found.traces.groups, method: found.traces.method, whole: traces.trace };
  const layers = layerResults(setting.layers, groupTraces, found.layerLambdaMax, statistics.layers, ofPart);
  const tensors = tensorResults(problem.parameters, groupTraces, setting.layers.length, ofPart);
  const stability = stabilityOf(
    isWanted(options, 'B1') ? sharpness : notComputed('B1.sharpness', 'not asked for'),
    options.optimizer,
    circumstances,
    {
      quantity:
        found.studyQuantities?.find(({ id }) => id === 'B2.preconditionedSharpness') ??
        notComputed('B2.preconditionedSharpness', pending),
      step: stepsTaken(options),
    },
  );
  const rateBefore = options.optimizerState?.learningRate ?? null;
  const all: Quantity[] = [
    ends.lambdaMax,
    ends.lambdaMin,
    spectrum.trace,
    spectrum.meanEigenvalue,
    spectrum.frobenius,
    ...Object.values<Quantity>(spectrum.bulk),
    ...Object.values<Quantity>({ ...statistics.gradient }),
    { ...sharpness, id: 'B1.sharpness' },
    stability.limit,
    stability.margin,
    ...Object.values<Quantity>(stability.limits),
    densityQuantity(found, pending, ofPart),
    ...layers.flatMap(layerQuantities),
    ...tensors.flatMap(({ trace, meanEigenvalue }) => [trace, meanEigenvalue]),
    ...(found.studyQuantities ?? []),
  ];
  const quantities = Object.fromEntries(all.map((quantity) => [quantity.id, quantity]));
  return {
    provenance: {
      ...options.provenance,
      notes: [...options.provenance.notes, ...setting.notes],
      engine: engine.description,
      precision: engine.precision,
      samples: problem.sampleCount,
      seed: options.seed,
    },
    loss: lossOf(setting, found, statistics.lossInterval),
    spectrum,
    layers,
    tensors,
    gradient: statistics.gradient,
    stability: rateBefore === null ? stability : { ...stability, checkpointLearningRate: rateBefore },
    conditioning: ofSection(quantities, 'D'),
    sensitivity: ofSection(quantities, 'E'),
    studies: found.studies ?? [],
    guards: found.guards ?? [],
    findings: [],
    quantities,
    cost: { seconds: setting.seconds, hvps: circumstances.hvps, parts: setting.parts, peakMemory: 0 },
    complete,
  };
}

function lossOf({ problem }: Setting, { point, lossSoFar }: Findings, interval: Interval): AnalysisResult['loss'] {
  if (point === undefined && lossSoFar !== undefined) return lossSoFar;
  return { value: point?.loss ?? NaN, interval, samples: problem.sampleCount };
}

const ofSection = (quantities: Readonly<Record<string, Quantity>>, section: string): Record<string, Quantity> =>
  Object.fromEntries(Object.entries(quantities).filter(([id]) => id.startsWith(section)));

function spectrumOf(
  { problem, options, circumstances, ofPart }: Setting,
  found: Findings,
  traces: Pick<SpectrumResult, 'trace' | 'meanEigenvalue' | 'frobenius'> | undefined,
  pending: string,
): SpectrumResult {
  const dimension = parameterCount(problem);
  const { ends, density, topSampling, bottomSampling } = found;
  return {
    matrix: 'hessian',
    dimension,
    top: (ends?.top ?? (found.largest === undefined ? [] : [found.largest])).map((pair, i) =>
      eigenpairOf(pair, topSampling?.[i]),
    ),
    bottom: (ends?.bottom ?? []).map((pair, i) => eigenpairOf(pair, bottomSampling?.[i])),
    trace: traces?.trace ?? notComputed('A2.trace', pending),
    meanEigenvalue: traces?.meanEigenvalue ?? notComputed('A2.meanEigenvalue', pending),
    frobenius: traces?.frobenius ?? notComputed('A2.frobenius', pending),
    density: density?.density ?? { notComputed: pending },
    bulk:
      ends === undefined || !isWanted(options, 'A4')
        ? missingBulk(pending)
        : bulkOf(ends, density?.perProbe, dimension, problem.classCount, topSampling, circumstances, ofPart),
  };
}

function pointOnly(
  { engine, layers, circumstances }: Setting,
  point: LossAndGradient | undefined,
  pending: string,
): GradientStatistics {
  if (point !== undefined) return plainGradient(point, layers, engine, pending, circumstances);
  const nothing: Interval = { low: null, high: null, estimator: 0, sampling: null };
  return {
    gradient: {
      norm: notComputed('C1.gradientNorm', pending),
      variance: notComputed('C1.variance', pending),
      noiseScale: notComputed('C1.noiseScale', pending),
      curvatureNoiseScale: notComputed('C1.curvatureNoiseScale', pending),
      criticalBatch: notComputed('C1.criticalBatch', pending),
    },
    layers: [],
    lossInterval: nothing,
  };
}

function endQuantities(
  { ends, largest, topSampling, bottomSampling }: Findings,
  pending: string,
  circumstances: Circumstances,
): { lambdaMax: Quantity; lambdaMin: Quantity } {
  const quantity = (
    id: 'A1.lambdaMax' | 'A1.lambdaMin',
    pair: RitzValue | undefined,
    sampling: Spread | undefined,
  ): Quantity =>
    pair === undefined
      ? notComputed(id, pending)
      : estimate(
          id,
          pair.value,
          {
            method: ends?.method ?? 'Lanczos',
            estimator: symmetricSpread(pair.error),
            sampling: sampling ?? null,
            ...unresolved(pair, sampling),
          },
          circumstances,
        );
  return {
    lambdaMax: quantity('A1.lambdaMax', ends?.top[0] ?? largest, topSampling?.[0]),
    lambdaMin: quantity('A1.lambdaMin', ends?.bottom[0], bottomSampling?.[0]),
  };
}

function unresolved({ converged, residual }: RitzValue, sampling: Spread | undefined): { notResolved?: string } {
  if (!converged) return { notResolved: `not converged: residual ${residual.toPrecision(2)}` };
  if (sampling === undefined || Number.isFinite(sampling.above)) return {};
  return {
    notResolved:
      'no analysed sample has any curvature along its eigenvector, and they are too few to say that none has',
  };
}

function densityQuantity({ density: found }: Findings, pending: string, circumstances: Circumstances): Quantity {
  const density = found?.density;
  if (density === undefined) return notComputed('A3.probes', pending);
  const method = density.exact ? 'every eigenvalue is known' : `${density.steps} Lanczos steps per probe`;
  return estimate(
    'A3.probes',
    density.probes,
    { method, estimator: symmetricSpread(0), sampling: null },
    circumstances,
  );
}

const missingBulk = (reason: string): AnalysisResult['spectrum']['bulk'] => ({
  edge: notComputed('A4.bulkEdge', reason),
  outliers: notComputed('A4.outliers', reason),
  massAtZero: notComputed('A4.massAtZero', reason),
  negativeMass: notComputed('A4.negativeMass', reason),
});

const layerQuantities = ({
  trace,
  meanEigenvalue,
  lambdaMax,
  gradientNorm,
  signalToNoise,
}: LayerResult): Quantity[] => [trace, meanEigenvalue, lambdaMax, gradientNorm, signalToNoise];
