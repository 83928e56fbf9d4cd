/** The whole analysis: what is found first is reported first, and everything may be cancelled between products. */
import type { Engine } from '../../engine/engine';
import { gradientDifferenceGuard, hessianDifferenceGuard, symmetryGuard } from '../estimators/guards';
import { lanczos } from '../estimators/lanczos';
import { createCurvatureOperator, predictCost, type CurvatureOperator } from '../operators/curvatureOperator';
import { createGradient, type GradientFunction, type LossAndGradient } from '../operators/gradient';
import { hessianProduct } from '../operators/hessian';
import { PerSample } from '../operators/perSample';
import { layersOf, parameterCount, tensorsOf, type ParameterGroup, type Problem } from '../problem';
import { symmetricSpread, type Interval, type Quantity, type Spread } from '../quantity';
import { Random } from '../random';
import type { AnalysisResult, GuardResult, LayerResult } from '../result';
import { gradientStatistics, plainGradient, type GradientStatistics } from './gradient';
import { layerEigenvalues, layerResults, tensorResults, type GroupTraces } from './layers';
import { isWanted, type AnalysisOptions } from './options';
import { estimate, notComputed, type Circumstances } from './quantities';
import {
  bulkOf,
  eigenpairOf,
  findDensity,
  findEnds,
  findTraces,
  planFor,
  samplingOf,
  traceQuantities,
  type Ends,
  type Plan,
  type Traces,
} from './spectrum';
import { stabilityOf } from './stability';

/** Vectors per run of the product's program. */
const BLOCK = 4;
/** Bytes for intermediates of one run of a per-sample program: longer runs are no faster. */
const PER_SAMPLE_BYTES = 2 ** 26;
/** Memory of the process before it computes anything. */
const BASE_BYTES = 2 ** 29;
/** Memory that engines take (measured) per byte of intermediates that exist at once: they grow in powers of two and keep what they had. */
const ARENA_FACTOR = 5;
/** Share of the work that each stage is expected to take, for the progress bar. */
const STAGES = [
  ['gradient', 0.03],
  ['largest and smallest eigenvalues', 0.3],
  ['checks', 0.05],
  ['trace', 0.2],
  ['gradient noise', 0.15],
  ['spectral density', 0.17],
  ['layers', 0.1],
] as const;

/**
 * Computes the wanted quantities at the problem's θ. Throws the signal's reason when cancelled, `RangeError` where the loss has no finite
 * derivatives or does not fit into memory.
 */
export async function analyze(problem: Problem, engine: Engine, options: AnalysisOptions): Promise<AnalysisResult> {
  const analysis = new Analysis(problem, engine, options);
  try {
    return await analysis.run();
  } finally {
    analysis.dispose();
  }
}

class Analysis {
  private readonly start = performance.now();
  private readonly disposables: { dispose(): void }[] = [];
  private readonly layers: readonly ParameterGroup[];
  private readonly sampleCount: number;
  private stage = 0;
  private hvps = 0;
  /** Grows as stages finish. */
  private found: Findings = {};

  constructor(
    private readonly problem: Problem,
    private readonly engine: Engine,
    private readonly options: AnalysisOptions,
  ) {
    this.layers = layersOf(problem.parameters);
    this.sampleCount = problem.sampleCount;
  }

  async run(): Promise<AnalysisResult> {
    const { problem, engine, options } = this;
    const operatorOptions = this.operatorOptions();
    const cost = predictCost(problem, engine, hessianProduct, operatorOptions);
    const plan = planFor(parameterCount(problem), cost.operations);
    this.announce(cost, plan);

    const gradient = await this.firstStage(cost.chunks);
    await this.enter();
    const operator = this.keep(await createCurvatureOperator(problem, engine, hessianProduct, operatorOptions));
    const perSample = problem.separable
      ? this.keep(
          new PerSample(problem, engine, {
            memoryLimit: Math.min(options.memoryLimit, PER_SAMPLE_BYTES),
            batch: options.batch ?? problem.sampleCount,
            blockSize: BLOCK,
            ...this.signal(),
          }),
        )
      : undefined;
    const ends = await this.findEnds(operator, plan, perSample);
    this.found.sharpness = await this.trainingSharpness();
    this.report();

    await this.enter();
    this.found.guards = await this.check(operator, gradient, ends);
    await this.enter();
    if (this.wants('A2'))
      this.found.traces = await findTraces(
        operator,
        ends,
        plan,
        [...this.layers, ...tensorsOf(problem.parameters)],
        perSample,
        options,
        this.within,
      );
    this.count(operator);
    this.report();
    await this.enter();
    await this.gradientNoise(operator, perSample);
    perSample?.dispose();
    await this.enter();
    if (this.wants('A3') || this.wants('A4'))
      this.found.density = await findDensity(operator, ends, options, this.within);
    this.count(operator);
    this.report();
    await this.enter();
    if (this.wants('E1'))
      this.found.layerLambdaMax = await layerEigenvalues(operator, this.layers, options, () => this.circumstances());
    this.count(operator);
    return this.result(true);
  }

  dispose(): void {
    for (const each of this.disposables) each.dispose();
  }

  private keep<T extends { dispose(): void }>(resource: T): T {
    this.disposables.push(resource);
    return resource;
  }

  private operatorOptions(): Parameters<typeof createCurvatureOperator>[3] {
    const { batch, memoryLimit } = this.options;
    return { blockSize: BLOCK, memoryLimit, ...(batch === undefined ? {} : { batch }), ...this.signal() };
  }

  private signal(): { signal?: AbortSignal } {
    return this.options.signal === undefined ? {} : { signal: this.options.signal };
  }

  private readonly wants = (id: string): boolean => isWanted(this.options, id);

  private announce(cost: ReturnType<typeof predictCost>, plan: Plan): void {
    const p = parameterCount(this.problem);
    const products = plan.dense || plan.exactTrace ? p + 100 : 400;
    const work = cost.workBytesPerSample * Math.ceil(this.sampleCount / cost.chunks);
    const bytes =
      BASE_BYTES +
      2 * Math.min(cost.residualBytes, this.options.memoryLimit) +
      ARENA_FACTOR * (work + (this.problem.separable ? PER_SAMPLE_BYTES : 0)) +
      8 * p * 150;
    this.options.onPrediction?.({ operations: cost.operations, bytes, chunks: cost.chunks, products });
  }

  // ── progress

  private async enter(): Promise<void> {
    this.stage++;
    this.within(0);
    // Lets a cancellation in before the next stage starts.
    await new Promise(setImmediate);
    this.options.signal?.throwIfAborted();
  }

  private readonly within = (fraction: number): void => {
    const before = STAGES.slice(0, this.stage).reduce((sum, [, share]) => sum + share, 0);
    const [name, share] = STAGES[this.stage] ?? STAGES[0];
    this.options.onProgress?.(name, before + share * Math.min(1, fraction));
  };

  private report(): void {
    this.options.onPartial?.(this.result(false));
  }

  private count(operator: CurvatureOperator): void {
    this.hvps = operator.applications;
  }

  private circumstances(): Circumstances {
    return { hvps: this.hvps, samples: this.sampleCount };
  }

  // ── stages

  private async firstStage(chunks: number): Promise<GradientFunction> {
    this.within(0);
    const gradient = this.keep(
      await createGradient(this.problem, this.engine, {
        batch: Math.ceil(this.sampleCount / chunks),
        ...this.signal(),
      }),
    );
    const point = await gradient.evaluate(this.problem.theta);
    if (!Number.isFinite(point.loss) || !point.gradient.every(Number.isFinite))
      throw new RangeError(
        `the loss is ${point.loss} and its gradient is not finite at these parameters: the analysis needs a point where both are finite`,
      );
    this.found.point = point;
    return gradient;
  }

  private async findEnds(operator: CurvatureOperator, plan: Plan, perSample: PerSample | undefined): Promise<Ends> {
    const ends = await findEnds(operator, plan, this.options, this.within);
    this.count(operator);
    this.found.ends = ends;
    this.report();
    const rest = this.restOf(ends);
    this.found.topSampling = await samplingOf(perSample, ends.top, rest, this.options, 'sampling top');
    this.found.bottomSampling = await samplingOf(perSample, ends.bottom, rest, this.options, 'sampling bottom');
    return ends;
  }

  /** Typical eigenvalue away from the ends: all but the known ones, where they are known, else near zero. */
  private restOf({ all, top }: Ends): number {
    if (all === undefined) return 0;
    const inner = all.slice(0, Math.max(0, all.length - top.length));
    return inner.length === 0 ? 0 : inner.reduce((sum, value) => sum + value, 0) / inner.length;
  }

  /** λmax of the problem that training meets, where that is another one. */
  private async trainingSharpness(): Promise<Quantity | undefined> {
    const { training } = this.options;
    if (training === undefined || !this.wants('B1')) return undefined;
    const operator = this.keep(
      await createCurvatureOperator(training, this.engine, hessianProduct, this.operatorOptions()),
    );
    const found = await lanczos(operator, {
      top: 1,
      bottom: 0,
      tolerance: 1e-3,
      maxApplications: 400,
      maxBasis: Math.min(operator.size, 120),
      block: Math.min(operator.blockSize, 4),
      random: new Random(this.options.seed, 'training'),
      sketch: 0,
    });
    const [pair] = found.top;
    if (pair === undefined) return undefined;
    const method = `Lanczos in train mode, batch of ${training.sampleCount}, ${found.applications} products`;
    const details = { method, estimator: symmetricSpread(pair.error), sampling: null };
    return estimate('B1.sharpness', pair.value, details, { hvps: found.applications, samples: training.sampleCount });
  }

  private async check(operator: CurvatureOperator, gradient: GradientFunction, ends: Ends): Promise<GuardResult[]> {
    const { theta } = this.problem;
    const direction = ends.top[0]?.vector ?? new Random(this.options.seed, 'guards').gaussianVector(theta.length);
    const guards = [await symmetryGuard(operator, new Random(this.options.seed, 'symmetry'))];
    this.within(0.3);
    guards.push(await hessianDifferenceGuard(operator, gradient, theta, direction));
    this.within(0.7);
    guards.push(await gradientDifferenceGuard(gradient, theta, operator.roundoff));
    return guards;
  }

  private async gradientNoise(operator: CurvatureOperator, perSample: PerSample | undefined): Promise<void> {
    const { point } = this.found;
    if (point === undefined || !this.wants('C1')) return;
    this.found.gradient =
      perSample === undefined
        ? plainGradient(
            point,
            this.layers,
            this.engine,
            this.problem.inseparableBecause ?? 'the loss is not a mean over samples',
            this.circumstances(),
          )
        : await gradientStatistics(this.problem, this.engine, point, this.layers, perSample, operator, this.options);
    this.count(operator);
  }

  // ── result

  private result(complete: boolean): AnalysisResult {
    const { found, options, problem, engine } = this;
    const { seed, provenance } = options;
    const circumstances = this.circumstances();
    const pending = complete ? 'not asked for' : 'not yet computed';
    const dimension = parameterCount(problem);
    const traces =
      found.traces === undefined ? undefined : traceQuantities(found.traces, dimension, options, circumstances);
    const groupTraces: GroupTraces | undefined =
      found.traces === undefined || traces === undefined
        ? undefined
        : { probed: found.traces.groups, method: found.traces.method, whole: traces.trace };
    const statistics = found.gradient ?? this.pointOnly(pending);
    const ends = this.endQuantities(pending);
    const sharpness =
      found.sharpness ?? (this.options.training === undefined ? ends.lambdaMax : notComputed('B1.sharpness', pending));
    const spectrum: AnalysisResult['spectrum'] = {
      matrix: 'hessian',
      dimension,
      top: (found.ends?.top ?? []).map((pair, i) => eigenpairOf(pair, found.topSampling?.[i])),
      bottom: (found.ends?.bottom ?? []).map((pair, i) => eigenpairOf(pair, found.bottomSampling?.[i])),
      trace: traces?.trace ?? notComputed('A2.trace', pending),
      meanEigenvalue: traces?.meanEigenvalue ?? notComputed('A2.meanEigenvalue', pending),
      frobenius: traces?.frobenius ?? notComputed('A2.frobenius', pending),
      density: found.density?.density ?? { notComputed: pending },
      bulk:
        found.ends === undefined || !this.wants('A4')
          ? missingBulk(pending)
          : bulkOf(
              found.ends,
              found.density?.perProbe,
              dimension,
              problem.classCount,
              found.topSampling,
              circumstances,
            ),
    };
    const layers = layerResults(this.layers, groupTraces, found.layerLambdaMax, statistics.layers, circumstances);
    const tensors = tensorResults(problem.parameters, groupTraces, this.layers.length, circumstances);
    const stability = stabilityOf(
      this.wants('B1') ? sharpness : notComputed('B1.sharpness', 'not asked for'),
      options.optimizer,
      circumstances,
    );
    const loss = { value: found.point?.loss ?? NaN, interval: statistics.lossInterval, samples: this.sampleCount };
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
      this.densityQuantity(pending),
      ...layers.flatMap(layerQuantities),
      ...tensors.flatMap(({ trace, meanEigenvalue }) => [trace, meanEigenvalue]),
    ];
    return {
      provenance: {
        ...provenance,
        engine: engine.description,
        precision: engine.precision,
        samples: this.sampleCount,
        seed,
      },
      loss,
      spectrum,
      layers,
      tensors,
      gradient: statistics.gradient,
      stability,
      conditioning: {},
      sensitivity: {},
      guards: found.guards ?? [],
      findings: [],
      quantities: Object.fromEntries(all.map((quantity) => [quantity.id, quantity])),
      cost: { seconds: (performance.now() - this.start) / 1000, hvps: this.hvps, peakMemory: 0 },
      complete,
    };
  }

  private pointOnly(pending: string): GradientStatistics {
    const { point } = this.found;
    if (point !== undefined) return plainGradient(point, this.layers, this.engine, pending, this.circumstances());
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

  private endQuantities(pending: string): { lambdaMax: Quantity; lambdaMin: Quantity } {
    const { ends, topSampling, bottomSampling } = this.found;
    const quantity = (
      id: 'A1.lambdaMax' | 'A1.lambdaMin',
      pair: Ends['top'][number] | undefined,
      sampling: Spread | undefined,
    ): Quantity =>
      pair === undefined
        ? notComputed(id, pending)
        : estimate(
            id,
            pair.value,
            {
              method: ends?.method ?? '',
              estimator: symmetricSpread(pair.error),
              sampling: sampling ?? null,
              ...(pair.converged ? {} : { notResolved: `not converged: residual ${pair.residual.toPrecision(2)}` }),
            },
            this.circumstances(),
          );
    return {
      lambdaMax: quantity('A1.lambdaMax', ends?.top[0], topSampling?.[0]),
      lambdaMin: quantity('A1.lambdaMin', ends?.bottom[0], bottomSampling?.[0]),
    };
  }

  private densityQuantity(pending: string): Quantity {
    const density = this.found.density?.density;
    if (density === undefined) return notComputed('A3.probes', pending);
    const method = density.exact ? 'every eigenvalue is known' : `${density.steps} Lanczos steps per probe`;
    return estimate(
      'A3.probes',
      density.probes,
      { method, estimator: symmetricSpread(0), sampling: null },
      this.circumstances(),
    );
  }
}

/** What is known so far. */
interface Findings {
  point?: LossAndGradient;
  ends?: Ends;
  topSampling?: readonly Spread[] | undefined;
  bottomSampling?: readonly Spread[] | undefined;
  sharpness?: Quantity | undefined;
  guards?: readonly GuardResult[];
  traces?: Traces;
  gradient?: GradientStatistics;
  density?: Awaited<ReturnType<typeof findDensity>>;
  layerLambdaMax?: readonly Quantity[];
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
