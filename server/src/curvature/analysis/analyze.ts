/** The whole analysis: what is found first is reported first, and everything may be cancelled between products. */
import type { Engine } from '../../engine/engine';
import { metered } from '../../engine/meteredEngine';
import { gradientDifferenceGuard, hessianDifferenceGuard, symmetryGuard } from '../estimators/guards';
import { largestEigenvalue } from '../estimators/largestEigenvalue';
import { createCurvatureOperator, predictCost, type CurvatureOperator } from '../operators/curvatureOperator';
import { createGradient, type GradientFunction } from '../operators/gradient';
import { hessianProduct } from '../operators/hessian';
import { PerSample, type PerSampleOptions } from '../operators/perSample';
import { layersOf, parameterCount, tensorsOf, type ParameterGroup, type Problem } from '../problem';
import { symmetricSpread, type Quantity } from '../quantity';
import { Random } from '../random';
import type { AnalysisResult, GuardResult } from '../result';
import { runStudies, wantedStudies } from '../studies/run';
import type { Study } from '../studies/study';
import { assembleResult, type Findings } from './assembleResult';
import { gradientStatistics, plainGradient } from './gradient';
import { layerEigenvalues } from './layers';
import { Ledger } from './ledger';
import { isWanted, type AnalysisOptions } from './options';
import { estimate, type Circumstances } from './quantities';
import { findDensity, findEnds, findTraces, planFor, samplingOf, type Ends, type Plan } from './spectrum';

/** Vectors per run of the product's program. */
const BLOCK = 4;
/** Bytes for intermediates of one run of a per-sample program: longer runs are no faster. */
const PER_SAMPLE_BYTES = 2 ** 26;
/** Memory of the process before it computes anything. */
const BASE_BYTES = 2 ** 29;
/** Memory that engines take (measured) per byte of intermediates that exist at once: they grow in powers of two and keep what they had. */
const ARENA_FACTOR = 5;
/** Products of the default set on a model too large for exact ways. */
const USUAL_PRODUCTS = 400;
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
  readonly layers: readonly ParameterGroup[];
  private readonly sampleCount: number;
  private readonly studies: readonly Study[];
  private readonly engine: Engine;
  private readonly ledger: Ledger;
  private stage = 0;
  /** Products of all operators. */
  private hvps = 0;
  /** Grows as stages finish. */
  private found: Findings = {};

  constructor(
    readonly problem: Problem,
    engine: Engine,
    private readonly options: AnalysisOptions,
  ) {
    const meter = metered(engine);
    this.engine = meter.engine;
    this.ledger = new Ledger(() => ({
      seconds: performance.now() / 1000,
      processorSeconds: options.processorSeconds?.() ?? 0,
      hvps: this.hvps,
      ...meter.use(),
    }));
    this.layers = layersOf(problem.parameters);
    this.sampleCount = problem.sampleCount;
    this.studies = wantedStudies(options);
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
      ? this.keep(new PerSample(problem, engine, this.perSampleOptions()))
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
    this.report();
    await this.enter();
    await this.gradientNoise(operator, perSample);
    // Its numbers stay, for studies.
    perSample?.dispose();
    await this.enter();
    if (this.wants('A3') || this.wants('A4'))
      this.found.density = await findDensity(operator, ends, options, this.within);
    this.report();
    await this.enter();
    if (this.wants('E1'))
      this.found.layerLambdaMax = await layerEigenvalues(operator, this.layers, options, () => this.circumstances());
    this.report();
    await this.study(operator, gradient, perSample, cost.chunks);
    this.ledger.end();
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
    const onProducts = (vectors: number): void => void (this.hvps += vectors);
    return { blockSize: BLOCK, memoryLimit, onProducts, ...(batch === undefined ? {} : { batch }), ...this.signal() };
  }

  private perSampleOptions(): PerSampleOptions {
    const { batch, memoryLimit } = this.options;
    return {
      memoryLimit: Math.min(memoryLimit, PER_SAMPLE_BYTES),
      batch: batch ?? this.sampleCount,
      blockSize: BLOCK,
      ...this.signal(),
    };
  }

  private signal(): { signal?: AbortSignal } {
    return this.options.signal === undefined ? {} : { signal: this.options.signal };
  }

  /** Asked for, or needed by a study that is. */
  private readonly wants = (id: string): boolean =>
    isWanted(this.options, id) || this.studies.some(({ needs }) => needs?.some((needed) => needed === id));

  private announce(cost: ReturnType<typeof predictCost>, plan: Plan): void {
    const p = parameterCount(this.problem);
    const products =
      (plan.dense || plan.exactTrace ? p + 100 : USUAL_PRODUCTS) +
      this.studies.reduce((sum, study) => sum + study.products(this), 0);
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
    this.ledger.begin(name);
    this.options.onProgress?.(name, this.studyStart() * (before + share * Math.min(1, fraction)));
  };

  private report(): void {
    this.options.onPartial?.(this.result(false));
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
    const ends = await findEnds(operator, plan, this.options, this.within, (largest) => {
      this.found.largest = largest;
      this.report();
    });
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
    const { pair, applications } = await largestEigenvalue(operator, {
      tolerance: 1e-3,
      maxApplications: 400,
      maxBasis: 120,
      block: Math.min(operator.blockSize, 4),
      random: new Random(this.options.seed, 'training'),
    });
    if (pair === undefined) return undefined;
    const method = `Lanczos in train mode, batch of ${training.sampleCount}, ${applications} products`;
    const details = { method, estimator: symmetricSpread(pair.error), sampling: null };
    return estimate('B1.sharpness', pair.value, details, { hvps: applications, samples: training.sampleCount });
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
  }

  private async study(
    operator: CurvatureOperator,
    gradient: GradientFunction,
    perSample: PerSample | undefined,
    chunks: number,
  ): Promise<void> {
    const { problem, engine, options, layers, found } = this;
    const { point } = found;
    if (this.studies.length === 0 || point === undefined) return;
    const shares = this.studies.map((study) => study.products({ problem, layers }));
    const whole = shares.reduce((sum, share) => sum + share, 1e-9);
    await runStudies(
      this.studies,
      {
        problem,
        engine,
        layers,
        options,
        point,
        ends: found.ends,
        traces: found.traces,
        density: found.density,
        quantities: this.result(false).quantities,
        hessian: operator,
        gradient,
        samples: perSample,
        operatorOptions: this.operatorOptions(),
        perSampleOptions: this.perSampleOptions(),
        gradientBatch: Math.ceil(this.sampleCount / chunks),
        products: () => this.hvps,
      },
      (study, fraction) => {
        this.ledger.begin(study.id);
        const at = this.studies.indexOf(study);
        const done = shares.slice(0, at).reduce((sum, share) => sum + share, 0) + fraction * (shares[at] ?? 0);
        const start = this.studyStart();
        options.onProgress?.(study.title.toLowerCase(), start + ((1 - start) * done) / whole);
      },
      (result, quantities) => {
        found.studies = [...(found.studies ?? []), result];
        found.studyQuantities = [...(found.studyQuantities ?? []), ...quantities];
        this.report();
      },
    );
  }

  /** Where on the progress bar studies begin. */
  private studyStart(): number {
    const products = this.studies.reduce((sum, study) => sum + study.products(this), 0);
    return USUAL_PRODUCTS / (USUAL_PRODUCTS + products);
  }

  private result(complete: boolean): AnalysisResult {
    return assembleResult(
      {
        problem: this.problem,
        engine: this.engine,
        options: this.options,
        layers: this.layers,
        circumstances: this.circumstances(),
        seconds: (performance.now() - this.start) / 1000,
        parts: this.ledger.parts,
      },
      this.found,
      complete,
    );
  }
}
